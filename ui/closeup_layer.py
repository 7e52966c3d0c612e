"""The page above's experiment, seen from here: its hidden states, and a link that carries it."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from jaxtyping import Float
from torch import Tensor

from contranorm.placements import Placement
from models.branch import Branch
from models.digits import digit_trace
from models.encoder import EncoderConfig, encode
from models.pretrained import sentence_trace
from models.tokens import LONGEST, embeddings, tokens
from ui.picture import NO_WORDS
from ui.settings import LONGEST_LINKED_TEXT, Settings, read, written

BRANCHES = ("without", "contra_norm", "rival")  # in the order of `Settings.branches`
LONGEST_LINK = 8000  # characters; 500 characters of any script, escaped, are fewer

States = tuple[tuple[str, ...], Float[Tensor, "layers_and_input n d"]]


def branch_of(experiment: Settings, name: str) -> Branch:
    """Give one of the experiment's branches; the digits' rival is always partial centring."""
    if experiment.model == "digits":
        experiment = replace(experiment, rival="partial_centering")
    return experiment.branches()[BRANCHES.index(name)]


@lru_cache(maxsize=16)  # a moving control asks for the same ones many times a second
def hidden_states(experiment: Settings, *, branch: str) -> States:
    """Run one branch of the experiment; give the tokens' names and every layer, the input first.

    Raises:
        ModelUnavailable: If the experiment needs a model that is not on this machine.
    """
    runs: dict[str, Callable[[Settings, Branch], States]] = {
        "lab": _lab,
        "minilm": _minilm,
        "digits": _digits,
    }
    return runs[experiment.model](experiment, branch_of(experiment, branch))


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


def _lab(experiment: Settings, branch: Branch) -> States:
    names = (tokens(experiment.text) or NO_WORDS)[:LONGEST]
    config = EncoderConfig(
        depth=experiment.depth,
        width=experiment.width,
        heads=experiment.heads,
        seed=experiment.seed,
        gain=experiment.gain,
        residual=experiment.residual,
        mlp=experiment.mlp,
        layer_norm=experiment.layer_norm,  # type: ignore[arg-type]
        attention_temperature=experiment.attention_temperature,
    )
    h = embeddings(names, width=config.width, seed=experiment.seed, positions=experiment.positions)
    place = Placement(experiment.placement)
    return names, encode(h, config=config, branches=[branch], placement=place).hidden[:, 0]


def _minilm(experiment: Settings, branch: Branch) -> States:
    (seen,) = sentence_trace(
        experiment.text,
        branches=[branch],
        depth=experiment.depth,
        placement=Placement(experiment.placement),
    )
    return seen.tokens, seen.hidden


def _digits(experiment: Settings, branch: Branch) -> States:
    seen = digit_trace(
        branch.norm,
        experiment.digit,
        depth=experiment.depth,
        scale=branch.scale,
        temperature=branch.temperature,
    )
    patches = tuple(f"{index // 4 + 1}, {index % 4 + 1}" for index in range(16))  # row, column
    return patches, seen.hidden[:, 0]
