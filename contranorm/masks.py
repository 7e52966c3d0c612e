"""Which token may repel which: boolean masks, told apart by their number of axes."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True)
class Pairs:
    """The pairs that count: row i sees key j where `rows[i]` and `keys[i, j]` hold.

    `keys` is `*batch n n`, or `*batch 1 n` if every row sees the same keys. A row that sees
    nothing is False in `rows`: it has to come back as it went in.
    """

    keys: Bool[Tensor, "*batch #n n"]
    rows: Bool[Tensor, "*batch n 1"]

    @property
    def allowed(self) -> Bool[Tensor, "*batch n n"]:
        """The same as one mask with an entry for every pair."""
        return self.keys & self.rows

    @property
    def keys_or_all(self) -> Bool[Tensor, "*batch #n n"]:
        """The keys, where a row without any sees all of them.

        A softmax over nothing is NaN, and stays NaN in the gradient even where the result is
        thrown away; such rows are therefore computed over something and then replaced.
        """
        return _or_all(self.keys, dim=-1)

    @property
    def allowed_in_columns(self) -> Bool[Tensor, "*batch n n"]:
        """The pairs, where a column without any has all of them (for the same reason)."""
        return _or_all(self.allowed, dim=-2)


def pairs_that_count(h: Float[Tensor, "*batch n d"], mask: object) -> Pairs | None:
    """Read a mask as pairs: as many axes as h is pairs, one fewer is real tokens.

    With a token mask m, tokens i and j count for each other where m_i and m_j hold. The number
    of axes decides, never a size, so n = d or n = batch changes nothing.

    Args:
        h: The tokens.
        mask: Boolean, `*batch n n` (True: may repel) or `*batch n` (True: a real token), or
            None for no mask.

    Raises:
        TypeError: For a mask that is not a boolean tensor.
        ValueError: For a shape that fits neither reading.

    >>> seen = pairs_that_count(torch.ones(3, 5), torch.tensor([True, True, False]))
    >>> seen.rows.flatten().tolist()
    [True, True, False]
    """
    if mask is None:
        return None
    mask = _boolean(mask)
    n = h.shape[-2]
    if mask.dim() == h.dim() and mask.shape[-2:] == (n, n) and _batch_fits(h, mask, axes=2):
        return Pairs(keys=mask, rows=mask.any(-1, keepdim=True))
    if _is_token_mask(h, mask):
        real = mask.unsqueeze(-1)
        return Pairs(keys=real.mT, rows=real & real.any(-2, keepdim=True))
    raise ValueError(
        f"for tokens {tuple(h.shape)} a mask must be (*batch, n, n) for pairs or (*batch, n) "
        f"for real tokens, with n = {n}; got shape {tuple(mask.shape)}"
    )


def causal_mask(
    n: int,
    *,
    real: Bool[Tensor, "*batch n"] | None = None,
    device: torch.device | str | None = None,
) -> Bool[Tensor, "*batch n n"]:
    """Give the pairs of a causal model: a token sees itself and the real tokens before it.

    Args:
        n: How many tokens there are.
        real: Which of them are real (the others may stand on either side); all of them if None.
        device: Where the mask is made; that of `real` if None.

    >>> causal_mask(3).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    >>> causal_mask(3, real=torch.tensor([False, True, True])).int().tolist()
    [[0, 0, 0], [0, 1, 0], [0, 1, 1]]
    """
    if device is None and real is not None:
        device = real.device
    earlier = torch.ones(n, n, dtype=torch.bool, device=device).tril()
    return earlier if real is None else earlier & real.unsqueeze(-1) & real.unsqueeze(-2)


def real_tokens(h: Float[Tensor, "*batch n d"], mask: object) -> Bool[Tensor, "*#batch n 1"] | None:
    """Read a token mask as a column beside the tokens; None if there is no mask.

    Args:
        h: The tokens.
        mask: Boolean, `*batch n` (True: a real token), or None.

    Raises:
        TypeError: For a mask that is not a boolean tensor.
        ValueError: For another shape.

    >>> tuple(real_tokens(torch.ones(2, 3, 5), torch.ones(2, 3, dtype=torch.bool)).shape)
    (2, 3, 1)
    """
    if mask is None:
        return None
    mask = _boolean(mask)
    if not _is_token_mask(h, mask):
        raise ValueError(
            f"for tokens {tuple(h.shape)} the mask must say which tokens are real, (*batch, n) "
            f"with n = {h.shape[-2]}; got shape {tuple(mask.shape)}"
        )
    return mask.unsqueeze(-1)


def token_mean(
    h: Float[Tensor, "*batch n d"], real: Bool[Tensor, "*#batch n 1"] | None
) -> Float[Tensor, "*batch 1 d"]:
    """Average the real tokens; an item without any has mean zero.

    >>> token_mean(torch.tensor([[1.0], [5.0]]), torch.tensor([[True], [False]])).item()
    1.0
    """
    if real is None:
        return h.mean(-2, keepdim=True)
    count = real.sum(-2, keepdim=True).clamp_min(1)
    return h.masked_fill(~real, 0).sum(-2, keepdim=True) / count


def mean_of_keys(
    h: Float[Tensor, "*batch n d"], pairs: Pairs | None
) -> Float[Tensor, "*batch #n d"]:
    """Average, for each row, the tokens that it sees; a row that sees none has mean zero.

    >>> h, seen = torch.tensor([[1.0], [5.0]]), torch.tensor([[True, False], [True, True]])
    >>> mean_of_keys(h, pairs_that_count(h, seen)).flatten().tolist()
    [1.0, 3.0]
    """
    if pairs is None:
        return token_mean(h, None)
    if pairs.keys.shape[-2] == 1:  # every row sees the same tokens
        return token_mean(h, pairs.keys.mT)
    count = pairs.keys.sum(-1, keepdim=True).clamp_min(1)
    return pairs.keys.to(h) @ h / count


def keep_pads(
    normed: Float[Tensor, "*batch n d"],
    h: Float[Tensor, "*batch n d"],
    real: Bool[Tensor, "*#batch n 1"] | None,
) -> Float[Tensor, "*batch n d"]:
    """Put the rows that are no real tokens back as they went in.

    >>> keep_pads(torch.zeros(2, 1), torch.ones(2, 1), torch.tensor([[True], [False]])).tolist()
    [[0.0], [1.0]]
    """
    return normed if real is None else torch.where(real, normed, h)


def _boolean(mask: object) -> Tensor:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        found = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"a mask must be a boolean torch.Tensor; got {found}")
    return mask


def _is_token_mask(h: Tensor, mask: Tensor) -> bool:
    same_tokens = mask.dim() == h.dim() - 1 and mask.shape[-1] == h.shape[-2]
    return same_tokens and _batch_fits(h, mask, axes=1)


def _batch_fits(h: Tensor, mask: Tensor, *, axes: int) -> bool:
    """Say whether the mask's batch axes are those of h, or 1."""
    pairs = zip(mask.shape[:-axes], h.shape[:-2], strict=True)
    return all(own in (1, other) for own, other in pairs)


def _or_all(mask: Tensor, *, dim: int) -> Tensor:
    return mask | ~mask.any(dim, keepdim=True)
