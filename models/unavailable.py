"""Why a model cannot be had: one exception with a kind that a page can choose its words by."""

from typing import Literal

Kind = Literal[
    "missing",  # not on this machine
    "incomplete",  # a file is not there, or cannot be read
    "refused",  # it is what this lab does not load: pickles, links that lead out, other weights
    "family",  # of no family whose layers are known
    "too_large",  # over what the operator allows
    "not_allowed",  # the operator has not opened the Hub
    "name",  # no name of a model on the Hub
    "unknown",  # the Hub has none of this name, or does not show it
    "gated",  # the Hub gives it to those only who asked for it
    "unreachable",  # the Hub does not answer
    "busy",  # as many are on their way as may be at once
    "cancelled",  # stopped by whoever asked for it
]


class ModelUnavailable(RuntimeError):  # noqa: N818 - it states a condition of the machine
    """A model is not on this machine, is not the one it should be, or is not let in.

    `kind` says which of these, for those who have words of their own.

    >>> ModelUnavailable("nothing is there").kind
    'missing'
    """

    def __init__(self, sentence: str, *, kind: Kind = "missing") -> None:
        """Say it in one sentence: the rule, then what was found."""
        super().__init__(sentence)
        self.kind: Kind = kind
