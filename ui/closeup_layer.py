"""The page above's experiment, seen from here: its hidden states, and a link that carries it."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from jaxtyping import Float
from torch import Tensor

from models.branch import Branch
from ui.compute import part
from ui.seen import seen
from ui.settings import LONGEST_LINKED_TEXT, Settings, read, written

BRANCHES = ("without", "contra_norm", "rival")  # in the order of `Settings.branches`
LONGEST_LINK = 8000  # characters; 500 characters of any script, escaped, are fewer

States = tuple[tuple[str, ...], Float[Tensor, "layers_and_input n d"]]


def branch_of(experiment: Settings, name: str) -> Branch:
    """Give one of the experiment's branches; the digits' rival is always partial centring."""
    if experiment.trained is not None:
        experiment = replace(experiment, rival="partial_centering")
    return experiment.branches()[BRANCHES.index(name)]


def hidden_states(experiment: Settings, *, branch: str) -> States:
    """Run one branch of the experiment; give the tokens' names and every layer, the input first.

    Raises:
        ModelUnavailable: If the experiment needs a model that is not on this machine.
    """
    return part(_states, (experiment, branch_of(experiment, branch)))  # asked for at every move


def link(experiment: Settings) -> str:
    """Write the experiment as one parameter's value; a text too long for a link stays out."""
    said = written(experiment)
    if len(said.get("text", "")) > LONGEST_LINKED_TEXT:
        del said["text"]
    return urlencode(said, errors="replace")


def carried(experiment: Settings) -> str:
    """Write the whole experiment, a text of any length included, as one text for the server."""
    return urlencode(written(experiment), errors="replace")


def uncarried(value: str) -> Settings:
    """Read what `carried` wrote; whatever is missing or impossible is at home."""
    return read(dict(parse_qsl(value, keep_blank_values=True)))


def linked(value: str) -> Settings:
    """Read what `link` wrote; whatever is missing, impossible or too long is at home.

    >>> linked(link(Settings(depth=3))).depth, linked("depth=soup").depth
    (3, 24)
    """
    said = dict(parse_qsl(value[:LONGEST_LINK], keep_blank_values=True))
    if len(said.get("text", "")) > LONGEST_LINKED_TEXT:
        del said["text"]
    return read(said)


def _states(asked: tuple[Settings, Branch]) -> States:
    settings, branch = asked
    (one,) = seen(settings, [branch])
    return one.tokens, one.hidden
