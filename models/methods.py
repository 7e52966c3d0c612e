"""Every method that can be trained, with its default and an equally long grid to tune it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.treatment import Treatment

RATE = 1e-3  # the learning rate of every default
RATES = (RATE, 3e-4, 1e-4, 3e-3)
TRIES = 4  # settings of each method


@dataclass(frozen=True)
class Setting:
    """One thing to train: a treatment and the learning rate it is trained with."""

    treatment: Treatment
    learning_rate: float = RATE


@dataclass(frozen=True)
class Method:
    """One row: what it changes, what it is run with, and what it may be tuned to.

    The first treatment is the default. Every grid is equally long: two treatments are tried with
    two learning rates each, and a method without numbers of its own with four.
    """

    name: str
    title: str
    changes: str
    source: str
    treatments: tuple[Treatment, ...]

    @property
    def grid(self) -> tuple[Setting, ...]:
        """What may be tried, the default first."""
        rates = RATES[: TRIES // len(self.treatments)]
        return tuple(Setting(treatment, rate) for rate in rates for treatment in self.treatments)

    @property
    def default(self) -> Setting:
        """What the method is run with when nothing is tuned."""
        return self.grid[0]


def _at_the_end(norm: str, scale: float = 1.0, temperature: float = 1.0) -> Treatment:
    return Treatment(norm, scale, temperature, then_layer_norm=True)


CONTRA_NORM = "Guo et al., arXiv 2303.06562"
FOURIER = "Wang et al. 2022, arXiv 2203.05962"

ROWS = (
    Method(
        "none",
        "no norm",
        "nothing: the plain post-LayerNorm network",
        "Vaswani et al. 2017, arXiv 1706.03762",
        (Treatment(),),
    ),
    Method(
        "layer_norm",
        "LayerNorm only",
        "one more LayerNorm at the end of every block, as behind every norm below",
        "the control for that LayerNorm; Ba, Kiros and Hinton 2016, arXiv 1607.06450",
        (Treatment(then_layer_norm=True),),
    ),
    Method(
        "partial_centering",
        "partial centring",
        "pushes tokens away from their mean at the end of every block",
        "ContraNorm's limit for an infinite temperature",
        (
            _at_the_end("partial_centering"),
            _at_the_end("partial_centering", 3.0),
        ),
    ),
    Method(
        "contra_norm",
        "ContraNorm",
        "pushes tokens away from similar ones at the end of every block",
        CONTRA_NORM,
        (
            _at_the_end("contra_norm", 1.0, 0.2),
            _at_the_end("contra_norm", 3.0, 0.2),
        ),
    ),
    Method(
        "contra_norm_learned",
        "ContraNorm, learned s",
        "the same with one learned s per channel and block",
        f"{CONTRA_NORM}; their models.py:19-63 with --learnable",
        (
            Treatment("contra_norm", 1.0, 0.2, learnable=True, then_layer_norm=True),
            Treatment("contra_norm", 3.0, 0.2, learnable=True, then_layer_norm=True),
        ),
    ),
    Method(
        "uniformity_last",
        "uniformity loss, last layer",
        "adds the uniformity loss of the last layer's tokens to the objective",
        f"Wang and Isola 2020, arXiv 2005.10242; {CONTRA_NORM}",
        (
            Treatment(temperature=0.2, loss_layers="last", loss_weight=0.1),
            Treatment(temperature=0.2, loss_layers="last", loss_weight=1.0),
        ),
    ),
    Method(
        "uniformity_all",
        "uniformity loss, all layers",
        "adds the mean uniformity loss of all layers' tokens to the objective",
        f"Wang and Isola 2020, arXiv 2005.10242; {CONTRA_NORM}",
        (
            Treatment(temperature=0.2, loss_layers="all", loss_weight=0.1),
            Treatment(temperature=0.2, loss_layers="all", loss_weight=1.0),
        ),
    ),
    Method(
        "pair_norm",
        "PairNorm",
        "centres the tokens and fixes their total distance at the end of every block",
        "Zhao and Akoglu 2020, arXiv 1909.12223",
        (
            _at_the_end("pair_norm"),
            _at_the_end("pair_norm_si"),
        ),
    ),
    Method(
        "token_batch_norm",
        "BatchNorm over tokens",
        "gives each feature mean 0 and variance 1 over tokens at the end of every block",
        "Ioffe and Szegedy 2015, arXiv 1502.03167",
        (_at_the_end("token_batch_norm"),),
    ),
    Method(
        "zca_whitening",
        "ZCA whitening",
        "makes all directions alike at the end of every block",
        "Huang et al. 2018, arXiv 1804.08450",
        (_at_the_end("zca_whitening"),),
    ),
    Method(
        "attn_scale",
        "AttnScale",
        "enlarges what differs from the mean in every attention map, learned from 0",
        FOURIER,
        (Treatment(attention="attn_scale"),),
    ),
    Method(
        "feat_scale",
        "FeatScale",
        "weighs the mean and the rest of attention's output apart, learned from 0",
        FOURIER,
        (Treatment(attention="feat_scale"),),
    ),
    Method(
        "pre_layer_norm",
        "pre-LayerNorm",
        "moves the LayerNorms from the residual stream into the branches",
        "Xiong et al. 2020, arXiv 2002.04745; the control for LayerScale",
        (Treatment(residual="pre"),),
    ),
    Method(
        "rezero",
        "ReZero",
        "multiplies what a block adds by a number learned from 0, without LayerNorm",
        "Bachlechner et al. 2020, arXiv 2003.04887",
        (Treatment(residual="rezero"),),
    ),
    Method(
        "layer_scale",
        "LayerScale",
        "multiplies what a pre-LayerNorm block adds by learned numbers that start small",
        "Touvron et al. 2021, arXiv 2103.17239",
        (
            Treatment(residual="layer_scale"),
            Treatment(residual="layer_scale", residual_start=0.01),
        ),
    ),
    Method(
        "deep_norm",
        "DeepNorm",
        "enlarges the residual before its LayerNorm and starts the weights smaller",
        "Wang et al. 2022, arXiv 2203.00555",
        (Treatment(residual="deep_norm"),),
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in ROWS})
