"""How far a token's output depends on later tokens: what a causal model must never let happen.

random_gpt2() -> a tiny GPT-2 with random weights, for machines without a causal model
leak(model, ids, norm=..., placement=..., causal=...) -> relative changes, n by n
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from contranorm.attaching import attach
from contranorm.placements import Placement
from contranorm.tracing import trace

VOCABULARY = 512
PLACES = 64
SPREAD = 0.15  # of the weights; with the library's 0.02 the tokens would hardly mix


@lru_cache(maxsize=1)
def random_gpt2() -> nn.Module:
    """Make a GPT-2 of 4 layers, width 64 and 4 heads with random weights of seed 0."""
    from transformers import GPT2Config, GPT2Model  # slow to import, and only needed here

    settings: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "n_positions": PLACES,
        "n_embd": 64,
        "n_layer": 4,
        "n_head": 4,
        "initializer_range": SPREAD,
        "use_cache": False,
        "bos_token_id": None,
        "eos_token_id": None,
        "attn_implementation": "eager",
    }
    config = GPT2Config(**settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model: nn.Module = GPT2Model(config)
    return model.eval().requires_grad_(False)


def random_ids(words: Sequence[str]) -> tuple[int, ...]:
    """Give each word a number of the tiny model's vocabulary, which its spelling alone decides.

    >>> random_ids(["a", "b", "a"])[0] == random_ids(["a"])[0]
    True
    """
    digests = [hashlib.sha256(word.encode("utf-8", "replace")).digest() for word in words]
    return tuple(int.from_bytes(digest[:4], "big") % VOCABULARY for digest in digests)


@torch.inference_mode()
def leak(
    model: nn.Module,
    ids: Sequence[int],
    *,
    norm: Callable[..., Tensor] | None,
    placement: Placement = Placement.BEFORE_ATTENTION_LAYER_NORM,
    causal: bool = True,
) -> Float[Tensor, "n n"]:
    """Change one token at a time, and measure how far each token's output moves.

    Entry (i, j) is ‖yᵢ(x with token j replaced) − yᵢ(x)‖ / ‖yᵢ(x)‖, y what leaves the model.

    How to read it: 0 above the diagonal (j later than i) is a causal model; anything else there
    is a token that has seen the future. Below and on the diagonal it says nothing bad.

    Args:
        model: Of a causal family.
        ids: The tokens' numbers, n of them; another one is put in place of each in turn.
        norm: Takes tokens and `mask=`; None for the model as it is.
        placement: Where in each layer the norm acts.
        causal: Whether the norm is kept from looking ahead.
    """
    count, config = len(ids), _config(model)
    table = torch.tensor([list(ids)] * (count + 1))
    for place in range(count):
        table[place + 1, place] = (ids[place] + 1) % config.vocab_size
    put = nullcontext() if norm is None else attach(model, norm, placement=placement, causal=causal)
    device = next(model.parameters()).device
    with put:
        seen = trace(model, {"input_ids": table.to(device)}, attention=False)
    outputs = seen.final.cpu().double()  # (n + 1, n, d)
    moved = (outputs[1:] - outputs[:1]).norm(dim=-1)  # (changed, output)
    return (moved / outputs[0].norm(dim=-1)).mT.float()


def _config(model: nn.Module) -> Any:
    return model.config
