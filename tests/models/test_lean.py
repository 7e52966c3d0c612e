import subprocess
import sys

from transformers import utils
from transformers.utils import import_utils

from models.lean import without_losses

LOADED = """
import sys
from models.pretrained import minilm
depth = minilm().depth
print(depth, "scipy" in sys.modules)
"""


def test_loading_a_model_loads_no_scipy():
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["6", "False"]


def test_scipy_is_found_again_afterwards_even_after_an_error():
    before = import_utils.is_scipy_available
    try:
        with without_losses():
            assert not import_utils.is_scipy_available()
            assert not utils.is_scipy_available()
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert import_utils.is_scipy_available is utils.is_scipy_available is before
