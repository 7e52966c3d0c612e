"""Shapes in signatures are enforced while testing, and every run is the same run."""

import torch
from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook(["contranorm"], "beartype.beartype")

torch.set_num_threads(1)
settings.register_profile("lab", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("lab")
