"""Runs so small that a test of the whole road takes a second."""

import pytest

from models.network import NetworkConfig
from training.config import RunConfig
from training.task import Data, Part, Task
from training.tasks import digits


def small_data(split):
    """The first digits of a real split."""
    whole = digits.data(split)
    return Data(
        *(
            Part(part.inputs[:count], part.labels[:count])
            for part, count in ((whole.train, 96), (whole.validation, 32), (whole.test, 40))
        )
    )


SMALL_TASK = Task(
    name="small",
    title="a few digits",
    kind="real",
    source=digits.TASK.source,
    licence=digits.TASK.licence,
    data=small_data,
    trained=96,
    shape=NetworkConfig(tokens=16, features=4, classes=10),
    names=digits.names,
)


@pytest.fixture
def small(monkeypatch):
    """Put the small task in the place of the digits, and make runs of it."""
    tasks = {"digits": SMALL_TASK}
    for module in ("training.config", "training.loop", "training.together"):
        monkeypatch.setattr(f"{module}.TASKS", tasks)

    def made(**changes):
        return RunConfig(
            **{"depth": 2, "width": 16, "heads": 2, "batch": 32, "epochs": 3} | changes
        )

    return made
