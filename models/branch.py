"""One branch of a comparison: a norm and its strength."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Branch:
    """A norm of `NORMS` by name; `settings` are further keywords, `(("form", "plain"),)` say."""

    norm: str = "none"
    scale: float = 1.0
    temperature: float = 1.0
    settings: tuple[tuple[str, str], ...] = ()
