"""What a visitor can set in the training lab, in one frozen value and in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from models.methods import METHODS, RATE
from training.config import RunConfig
from training.tasks import TASKS
from training.together import steps_of
from ui.settings import meaning, shown

DEPTHS = (2, 4, 6, 8, 12, 16, 24, 32)
EPOCHS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 30)
SEEDS = (1, 2, 3, 5)
MOST_METHODS = 4
SCALES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
RATES = (1e-5, 3e-5, 1e-4, 3e-4, RATE, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0)
WARM_UPS = (0, 10, 20, 50, 100, 200)
LAYER_NORMS = ("post", "pre")
FORMS = ("residual", "plain")  # of ContraNorm
LOSS_WEIGHTS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
COMPARED = ("none", "layer_norm", "partial_centering", "contra_norm")


@dataclass(frozen=True)
class Setup:
    """One press of the button: equal setups train equal networks.

    The methods are in the order of `METHODS`; each is trained with the first `seeds` seeds.
    """

    task: str = "digits"
    depth: int = 24
    methods: tuple[str, ...] = COMPARED
    seeds: int = 1
    epochs: int = 6
    layer_norm: str = "post"
    scale: float = 1.0
    temperature: float = 0.2
    rate: float = RATE
    warm_up: int = 0
    form: str = "residual"
    loss_weight: float = 0.1

    def config(self, method: str, seed: int) -> RunConfig:
        """Give one run of it; what stands at a method's default is left to the method."""
        start = Setup()
        return RunConfig(
            task=self.task,
            method=method,
            depth=self.depth,
            layer_norm=cast(Literal["post", "pre"], self.layer_norm),
            scale=None if self.scale == start.scale else self.scale,
            temperature=None if self.temperature == start.temperature else self.temperature,
            learning_rate=None if self.rate == start.rate else self.rate,
            warm_up=self.warm_up,
            form=None if self.form == start.form else cast(Any, self.form),
            loss_weight=None if self.loss_weight == start.loss_weight else self.loss_weight,
            epochs=self.epochs,
            seed=seed,
        )

    def configs(self) -> dict[tuple[str, int], RunConfig]:
        """Give every run of it, by method and seed: all methods of a seed, then the next seed."""
        return {
            (method, seed): self.config(method, seed)
            for seed in range(self.seeds)
            for method in self.methods
        }

    @property
    def steps(self) -> int:
        """How many training steps all its runs have."""
        return sum(steps_of(config) for config in self.configs().values())


PARAMETERS: Mapping[str, tuple[str, tuple[Any, ...]]] = {  # of each setting; what it may be
    "task": ("training_task", tuple(TASKS)),
    "depth": ("training_depth", DEPTHS),
    "seeds": ("training_seeds", SEEDS),
    "epochs": ("training_epochs", EPOCHS),
    "layer_norm": ("training_layernorm", LAYER_NORMS),
    "scale": ("training_s", SCALES),
    "temperature": ("training_tau", TEMPERATURES),
    "rate": ("training_rate", RATES),
    "warm_up": ("training_warmup", WARM_UPS),
    "form": ("training_form", FORMS),
    "loss_weight": ("training_weight", LOSS_WEIGHTS),
}
CHOSEN = "training_methods"  # separated by commas


def read(address: Mapping[str, str]) -> Setup:
    """Read a setup from parameters, whatever they hold."""
    meant = {
        name: meaning(options, address[parameter])
        for name, (parameter, options) in PARAMETERS.items()
        if parameter in address
    }
    known: dict[str, Any] = {name: value for name, value in meant.items() if value is not None}
    asked = address.get(CHOSEN, "").split(",")
    methods = tuple(name for name in METHODS if name in asked)[:MOST_METHODS]
    return Setup(**known | ({"methods": methods} if methods else {}))


def written(setup: Setup) -> dict[str, str]:
    """Return the parameters that `read` turns into the same setup."""
    said = {parameter: shown(getattr(setup, name)) for name, (parameter, _) in PARAMETERS.items()}
    return said | {CHOSEN: ",".join(setup.methods)}
