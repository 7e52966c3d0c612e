"""Loading transformers without what only its training losses need."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_alone = RLock()  # of two at once, the later would take the earlier one's answer for the truth


@contextmanager
def without_losses() -> Iterator[None]:
    """Let transformers find no scipy while its models are imported: 33 MB that nothing here uses.

    Every model of the library imports every training loss, and the ones for object detection
    import scipy's optimisers. The library asks a question of its own on machines without scipy;
    only its answer is changed, and only here. Other packages find scipy as before.
    """
    from transformers import utils
    from transformers.utils import import_utils

    with _alone:
        truth = import_utils.is_scipy_available
        utils.is_scipy_available = import_utils.is_scipy_available = lambda: False
        try:
            yield
        finally:
            utils.is_scipy_available = import_utils.is_scipy_available = truth
