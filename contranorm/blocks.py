"""ContraNorm and the moments of a cloud, block by block: large clouds in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import get_args

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import (
    checked_scale,
    checked_temperature,
    require_choice,
    require_tokens,
)
from contranorm.functional import Form, unit_vectors
from contranorm.precision import in_float64

ROWS = 256  # of one step: about a quarter of a second at 20,000 × 768 on one core
ROWS_OF_MOMENTS = 2048


def contra_norm_in_blocks(
    h: Float[Tensor, "n d"],
    *,
    scale: float | int,
    temperature: float | int = 1.0,
    form: Form = "residual",
    rows: int = ROWS,
) -> Iterator[Float[Tensor, "block d"]]:
    """Give ContraNorm's output a few rows at a time, so that one can stop in between.

    The rows of `contra_norm(h, ...)`, in order: (1 + s) H − s A H with A = softmax(Ĥ Ĥᵀ/τ).

    Source and both ends: those of `contra_norm`, with cosines and the anchor half. Beside h and
    its unit rows, no more than rows × n numbers are held at a time.

    Args:
        h: The tokens of one item.
        scale: The step size s.
        temperature: τ > 0.
        form: Whether the coefficient of H is 1 + s or 1.
        rows: How many rows at a time.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For an unknown form, a strength that is not finite, a temperature that is
            not positive, or fewer than one row at a time.

    >>> h = torch.tensor([[1.0], [3.0], [2.0]])
    >>> [block.flatten().tolist() for block in contra_norm_in_blocks(h, scale=0.5, rows=2)]
    [[0.5, 3.5], [2.0]]
    """
    require_tokens(h)
    require_choice("form", form, get_args(Form))
    strength, tau = checked_scale(scale, h), checked_temperature(temperature, h)
    if rows < 1:
        raise ValueError(f"rows must be at least 1; got {rows}")
    unit = unit_vectors(h)
    for start in range(0, len(h), rows):
        own = h[start : start + rows]  # (block, d)
        average = F.scaled_dot_product_attention(
            unit[None, None, start : start + rows],
            unit[None, None],
            h[None, None],
            scale=1 / float(tau),
        )[0, 0]
        yield (own + strength * (own - average) if form == "residual" else own - strength * average)


@dataclass(frozen=True, eq=False)
class Moments:
    """What the measures of a cloud need, in float64, whatever the number of its rows.

    `gram` is Σ (hᵢ − mean)(hᵢ − mean)ᵀ; `directions` are Σ ĥᵢ of the rows as they are and about
    the mean, `directed` how many of those rows are not zero.
    """

    count: int
    mean: Float[Tensor, "d"]
    gram: Float[Tensor, "d d"]
    directions: Float[Tensor, "2 d"]
    directed: tuple[int, int]

    def singular_values(self, *, centered: bool = False) -> Float[Tensor, "k"]:
        """Give the singular values of the rows, largest first, min(n, d) of them.

        By the eigenvalues of HᵀH = gram + n · mean meanᵀ. Those within rounding of zero are
        zero: below 1e-8 times the largest singular value nothing is told apart.
        """
        offset = self.count * torch.outer(self.mean, self.mean)
        eigenvalues = torch.linalg.eigvalsh(self.gram if centered else self.gram + offset).flip(-1)
        floor = len(self.mean) * torch.finfo(torch.float64).eps * eigenvalues[:1].clamp_min(0)
        sigma = torch.where(eigenvalues > floor, eigenvalues, 0.0).sqrt()
        return sigma[: min(self.count, len(self.mean))]

    def mean_cosine(self, *, centered: bool = False) -> float:
        """Average the cosine over all pairs, exactly: (‖Σ ĥᵢ‖² − Σ ‖ĥᵢ‖²) / (n(n−1))."""
        if self.count < 2:
            return 1.0
        total = float(self.directions[int(centered)].square().sum())
        own = self.directed[int(centered)]
        return min(1.0, max(-1.0, (total - own) / (self.count * (self.count - 1))))


def moments(
    h: Float[Tensor, "n d"],
    *,
    rows: int = ROWS_OF_MOMENTS,
    report: Callable[[float], None] | None = None,
) -> Moments:
    """Add up what the measures need, a block of rows at a time.

    Beside h, a block in float64 and three d × d matrices are held.

    Args:
        h: The rows of one cloud.
        rows: How many at a time.
        report: Told the share that is done, from 0 to 1.

    Raises:
        TypeError: For something that is no floating-point tensor.
        ValueError: For a tensor without rows or columns.

    >>> moments(torch.diag(torch.tensor([3.0, 1.0]))).singular_values().tolist()
    [3.0, 1.0]
    """
    require_tokens(h)
    mean = torch.stack([in_float64(block).sum(0) for block in h.split(rows)]).sum(0) / len(h)
    gram = torch.zeros(h.shape[-1], h.shape[-1], dtype=torch.float64)
    directions = torch.zeros(2, h.shape[-1], dtype=torch.float64)
    directed = [0, 0]
    for number, block in enumerate(h.split(rows), start=1):
        own = in_float64(block)
        centred = own - mean
        gram += centred.mT @ centred
        for about, moved in enumerate((own, centred)):
            directions[about] += unit_vectors(moved).sum(0)
            directed[about] += int((moved != 0).any(-1).sum())
        if report is not None:
            report(min(1.0, number * rows / len(h)))
    return Moments(len(h), mean, gram, directions, (directed[0], directed[1]))
