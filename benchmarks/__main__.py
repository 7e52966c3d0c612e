"""Every benchmark, with one torch thread: `python -m benchmarks`."""

import torch

from benchmarks import answer, collection, kernels, measures, minilm

torch.set_num_threads(1)
for part in (answer, measures, minilm, collection, kernels):
    part.report()
