"""Reading real handwritten digits: sixteen patches in, ten scores out."""

from jaxtyping import Float
from torch import Tensor

from models.handwriting import PATCHES, digits, patches
from models.network import NetworkConfig
from training.task import Data, Part, Task


def data(split: int) -> Data:
    """Cut the digits of one split into patches.

    >>> data(0).train.inputs.shape
    torch.Size([1077, 16, 4])
    """
    known = digits(split)
    return Data(
        Part(patches(known.train_pixels), known.train_labels),
        Part(patches(known.validation_pixels), known.validation_labels),
        Part(patches(known.test_pixels), known.test_labels),
    )


def names(given: Float[Tensor, "n features"]) -> tuple[str, ...]:
    """Give each patch's row and column, whatever is in it."""
    return PATCHES[: len(given)]


TASK = Task(
    name="digits",
    title="handwritten digits",
    kind="real",
    source="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI; "
    "its test part, as scikit-learn carries it",
    licence="CC BY 4.0",
    data=data,
    trained=1077,
    shape=NetworkConfig(tokens=16, features=4, classes=10),
    names=names,
)
