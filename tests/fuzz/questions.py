"""Coverage-guided fuzzing of live questions: `python -m tests.fuzz.questions [-max_total_time=60]`.

It needs atheris, which is no part of the other requirements: `pip install atheris`. It begins from
the files in tests/fuzz/questions/. Put there what it finds; it is a test from then on
(tests/ui/test_fuzz.py), and a name that begins with "refused" says that no settings come of it.
"""

import sys
import tempfile
from pathlib import Path

FOUND = Path(__file__).parent / "questions"


def understood(data):
    """Read bytes as the live route does, up to the settings a scene is computed from."""
    from ui.sources import SOURCES
    from ui.stream import Refusal, question

    try:
        asked = question(data.decode("utf-8", "replace"), SOURCES)
    except Refusal as refusal:
        assert str(refusal)
        return None
    settings = SOURCES[asked.page].settings(asked.address)
    hash(settings)
    assert settings == SOURCES[asked.page].settings(asked.address)
    return settings


if __name__ == "__main__":
    try:
        import atheris
    except ImportError:
        sys.exit("fuzzing needs atheris: pip install atheris")
    with atheris.instrument_imports(include=["ui", "urllib", "json"]):
        import ui.sources
        import ui.stream  # noqa: F401
    with tempfile.TemporaryDirectory() as tried:
        atheris.Setup([sys.argv[0], tried, str(FOUND), *sys.argv[1:]], understood)
        atheris.Fuzz()
