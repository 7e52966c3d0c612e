"""What a fuzzer found or begins from, read once more; the fuzzer itself is tests/fuzz."""

import pytest

from tests.fuzz.questions import FOUND, understood

CORPUS = sorted(path for path in FOUND.iterdir() if path.is_file())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_kept_question_is_understood_or_refused(path):
    settings = understood(path.read_bytes())
    assert (settings is None) == path.name.startswith("refused")
