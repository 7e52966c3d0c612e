"""Everything a visitor can set for the main picture, in one frozen value."""

from dataclasses import dataclass

from models.branch import Branch

DEFAULT_TEXT = (
    "The quick brown fox jumps over the lazy dog while a small red bird sings in the old tree"
)
LONGEST_LINKED_TEXT = 500  # characters

DEPTHS = {"lab": tuple(range(1, 49)), "minilm": tuple(range(1, 7)), "digits": tuple(range(1, 25))}
SCALES = (
    0.0,
    0.02,
    0.05,
    *(round(0.1 + 0.02 * step, 2) for step in range(21)),
    0.6,
    0.7,
    0.8,
    0.9,
    1.0,
    1.25,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    5.0,
)  # fine between 0.1 and 0.5, where the threshold lies
TEMPERATURES = (
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.14,
    0.2,
    0.3,
    0.4,
    0.5,
    0.7,
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    7.0,
    10.0,
)  # logarithmic
GAINS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
SEEDS = tuple(range(20))
DIGITS = tuple(range(100))


@dataclass(frozen=True)
class Settings:
    """A whole experiment: equal settings always give the same packet."""

    model: str = "lab"
    text: str = DEFAULT_TEXT
    digit: int = 0
    depth: int = 24
    scale: float = 1.0
    temperature: float = 1.0
    rival: str = "partial_centering"
    form: str = "residual"
    placement: str = "after_attention_residual"
    seed: int = 0
    gain: float = 1.0
    residual: bool = True
    mlp: bool = True
    layer_norm: str = "post"
    positions: bool = True

    def branches(self) -> tuple[Branch, Branch, Branch]:
        """Without a norm, with ContraNorm, and with the rival at the same s."""
        return (
            Branch(),
            Branch("contra_norm", self.scale, self.temperature, (("form", self.form),)),
            Branch(self.rival, self.scale, self.temperature),
        )
