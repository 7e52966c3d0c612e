"""A package like the real one, with made-up addresses, put in the real one's place."""

import base64
import hashlib
import io
import random
import tarfile

from models.masked_words import vocabulary
from training import corpus


def texts(count=20, words=2400):
    """Addresses of known words and, now and then, a word that is not known."""
    drawn = random.Random(0)
    known = [word for word in vocabulary()[2:] if word.isalpha()]
    return [
        " ".join("zyzzyva" if drawn.random() < 0.1 else drawn.choice(known) for _ in range(words))
        for _ in range(count)
    ]


def packed(addresses, *, also=()):
    """The bytes of a package: the newest address first, and files that are none."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as package:
        named = [
            (f"package/data/{1790 + number}_somebody_n.txt", text)
            for number, text in reversed(list(enumerate(addresses)))
        ]
        for name, text in [*named, ("package/README.md", "not an address"), *also]:
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def digest(content):
    """What the registry would call its integrity."""
    return base64.b64encode(hashlib.sha512(content).digest()).decode()


def put(monkeypatch, folder, content=None):
    """Keep a package in a folder, and let it be the one that belongs there."""
    content = packed(texts()) if content is None else content
    path = folder / corpus.FILE
    path.write_bytes(content)
    monkeypatch.setenv(corpus.PLACE, str(path))
    monkeypatch.setattr(corpus, "SHA512", digest(content))
    return path
