"""One run, described: everything that fixes its numbers, and the command that repeats it."""

import sys
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from models.methods import METHODS, TRIES, Setting
from models.network import NetworkConfig
from training.tasks import TASKS

SPLITS = 3  # of every task's data
MOST = {"depth": 64, "width": 256, "heads": 32, "epochs": 500, "batch": 2048, "seed": 10**6}
HIGHEST_RATE = 1.0


class ConfigError(ValueError):
    """A run that cannot be trained as it is described."""


@dataclass(frozen=True)
class RunConfig:
    """One run: equal configs give equal numbers on one machine and one thread.

    `tried` numbers the method's settings, 0 being its default; `scale` to `learning_rate`
    replace single numbers of that setting when they are not None. `warm_up` is how many steps
    the learning rate rises for, evenly, and 0 is none. The data are split number `split`, or
    the seed's own (seed modulo 3) when it is None.
    """

    task: str = "digits"
    method: str = "contra_norm"
    tried: int = 0
    depth: int = 24
    width: int = 64
    heads: int = 4
    layer_norm: Literal["post", "pre"] = "post"
    scale: float | None = None
    temperature: float | None = None
    form: Literal["residual", "plain"] | None = None
    learnable: bool | None = None
    gain: float | None = None
    learned_gain: bool | None = None
    loss_weight: float | None = None
    learning_rate: float | None = None
    warm_up: int = 0
    epochs: int = 8
    batch: int = 128
    clip: float = 1.0
    seed: int = 0
    split: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            ConfigError: With the rule and the value.
        """
        _require_sizes(self)
        _require_names(self)
        _require_numbers(self)

    @property
    def setting(self) -> Setting:
        """The method's setting with this run's own numbers in it."""
        chosen = METHODS[self.method].grid[self.tried]
        names = ("scale", "temperature", "form", "learnable", "gain", "learned_gain", "loss_weight")
        own: dict[str, Any] = {
            name: getattr(self, name) for name in names if getattr(self, name) is not None
        }
        if self.layer_norm == "pre" and chosen.treatment.residual == "post":
            own["residual"] = "pre"
        rate = chosen.learning_rate if self.learning_rate is None else self.learning_rate
        return Setting(replace(chosen.treatment, **own), rate)

    @property
    def network(self) -> NetworkConfig:
        """The shape of the network that is trained."""
        return replace(
            TASKS[self.task].shape,
            depth=self.depth,
            width=self.width,
            heads=self.heads,
            treatment=self.setting.treatment,
        )

    @property
    def data_split(self) -> int:
        """Which split of the data is used."""
        return self.seed % SPLITS if self.split is None else self.split

    @property
    def command(self) -> str:
        """The command that trains the same run again."""
        return " ".join(["python -m training.run", *options(self)])


def options(config: RunConfig) -> list[str]:
    """Write what differs from the default run as command-line options.

    >>> options(RunConfig(method="none", depth=6))
    ['--method none', '--depth 6']
    """
    said = []
    for entry in fields(config):
        value = getattr(config, entry.name)
        if value != entry.default:
            said.append(f"--{entry.name.replace('_', '-')} {value!s}")
    return said


def _require_names(config: RunConfig) -> None:
    choices: dict[str, tuple[Any, ...]] = {
        "task": tuple(TASKS),
        "method": tuple(METHODS),
        "layer_norm": ("post", "pre"),
        "form": (None, "residual", "plain"),
        "learnable": (None, False, True),
        "learned_gain": (None, False, True),
    }
    for name, allowed in choices.items():
        value = getattr(config, name)
        if value not in allowed:
            known = ", ".join(str(choice) for choice in allowed if choice is not None)
            raise ConfigError(f"{name} must be one of {known}; got {value!r}")
    gained = config.gain is not None or config.learned_gain is not None
    if gained and not METHODS[config.method].grid[config.tried].treatment.then_layer_norm:
        raise ConfigError(
            "gain and learned_gain are of the LayerNorm behind a norm, which the method must "
            f"have; got {config.method!r}"
        )


def _require_sizes(config: RunConfig) -> None:
    ranges = {name: (1, most) for name, most in MOST.items()}
    ranges |= {"seed": (0, MOST["seed"]), "epochs": (0, MOST["epochs"])}
    ranges |= {"tried": (0, TRIES - 1), "warm_up": (0, 10**5), "split": (0, SPLITS - 1)}
    for name, (least, most) in ranges.items():
        value = getattr(config, name)
        if name == "split" and value is None:
            continue
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not least <= value <= most:
            raise ConfigError(
                f"{name} must be a whole number from {least} to {most}; got {value!r}"
            )
    if config.width % config.heads:
        raise ConfigError(
            f"the width must be a multiple of the heads; got {config.width} and {config.heads}"
        )


def _require_numbers(config: RunConfig) -> None:
    for name in ("scale", "temperature", "gain", "loss_weight", "learning_rate", "clip"):
        value = getattr(config, name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise ConfigError(f"{name} must be a number; got {value!r}")
        if not abs(value) <= sys.float_info.max:  # NaN is below nothing
            raise ConfigError(f"{name} must be finite; got {value}")
        if value < 0 or (value == 0 and name in ("temperature", "gain", "learning_rate", "clip")):
            raise ConfigError(f"{name} must be positive; got {value}")
    if (config.learning_rate or 0) > HIGHEST_RATE:
        raise ConfigError(
            f"learning_rate must be at most {HIGHEST_RATE}; got {config.learning_rate}"
        )
