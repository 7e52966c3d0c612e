"""The Dockerfile and .dockerignore, read without Docker."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text():
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instruction(name):
    """What follows an instruction that stands once at the start of a line."""
    (found,) = re.findall(rf"^{name} (.*)$", text(), flags=re.MULTILINE)
    return found


def environment():
    block = re.search(r"^ENV ((?:.*\\\n)*.*)", text(), flags=re.MULTILINE).group(1)
    return dict(re.findall(r"(\w+)=(\S+)", block))


def picture_step():
    """The program that keeps the first picture beside the sources."""
    return re.search(r'CONTRANORM_RUNS=/app python -c "(.*)"$', text(), re.MULTILINE).group(1)


def health_check():
    return json.loads(re.search(r"^HEALTHCHECK .*\\\n\s+CMD (.*)$", text(), re.MULTILINE).group(1))


def shipped_files():
    """Every file that `COPY . .` takes, relative to the project."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in ignored if line and not line.startswith("#")]
    return _kept(ROOT, patterns)


def _kept(folder, patterns):
    found = []
    for path in sorted(folder.iterdir()):
        if any(_matches(path.relative_to(ROOT), pattern) for pattern in patterns):
            continue
        found += _kept(path, patterns) if path.is_dir() else [path.relative_to(ROOT)]
    return found


def _matches(path, pattern):
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    return path.match(pattern) and len(path.parts) == len(Path(pattern).parts)
