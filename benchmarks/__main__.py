"""Every benchmark, with one torch thread: `python -m benchmarks`."""

import torch

from benchmarks import answer, collection, kernels, measures

torch.set_num_threads(1)
for part in (answer, measures, collection, kernels):
    part.report()
