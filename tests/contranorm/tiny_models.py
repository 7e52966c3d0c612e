"""A tiny random model of every family, and what to call it with."""

import torch
from torch import nn
from transformers import CONFIG_MAPPING, AutoModel

from contranorm import attach

DEPTH, WIDTH = 3, 16
SIZE = {
    "hidden_size": WIDTH,
    "num_hidden_layers": DEPTH,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}
TEXT = {
    **SIZE,
    "vocab_size": 30,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
DISENTANGLED = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
IMAGE = {**SIZE, "image_size": 8, "patch_size": 4}
CONFIGS = {
    "albert": {**TEXT, "embedding_size": 8},
    "deberta": {**TEXT, **DISENTANGLED},
    "deberta-v2": {**TEXT, **DISENTANGLED, "position_buckets": 8, "norm_rel_ebd": "layer_norm"},
    "distilbert": {
        "vocab_size": 30,
        "dim": WIDTH,
        "n_layers": DEPTH,
        "n_heads": 2,
        "hidden_dim": 24,
        "max_position_embeddings": 40,
    },
    "modernbert": {**TEXT, "cls_token_id": 1, "sep_token_id": 2},
    "gpt2": {
        "vocab_size": 30,
        "n_embd": WIDTH,
        "n_layer": DEPTH,
        "n_head": 2,
        "n_positions": 40,
        "bos_token_id": 1,
        "eos_token_id": 2,
    },
    "qwen3": {**TEXT, "num_key_value_heads": 1, "head_dim": 10},  # a context wider than the tokens
    **{name: {**TEXT, "num_key_value_heads": 1} for name in ("llama", "mistral", "qwen2")},
    **dict.fromkeys(("vit", "deit"), IMAGE),
    "dinov2": {**IMAGE, "layerscale_value": 0.5},
}
IDS = torch.tensor([[3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14]])
PIXELS = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(5))


def tiny(name, attention="eager", **changes):
    """A model with three layers, and weights large enough for every place to matter."""
    torch.manual_seed(0)
    config = CONFIG_MAPPING[name](**{**CONFIGS.get(name, TEXT), **changes})
    model = AutoModel.from_config(config, attn_implementation=attention).eval()
    for weight in model.parameters():
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.5)
    return model


def inputs(name):
    """Two texts of six tokens, or two images of four patches."""
    if name in ("vit", "deit", "dinov2"):
        return {"pixel_values": PIXELS}
    return {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}


def put(model, norm, **options):
    """Attach a norm that sees every token, in a causal model too."""
    return attach(model, norm, causal=False, **options)


def spread(h, *, strength=0.7, mask=None):
    """Push real tokens from their mean, outer ones more (so it does not pass a linear layer)."""
    real = torch.ones(h.shape[:-1], dtype=torch.bool) if mask is None else mask
    weights = real.unsqueeze(-1).to(h.dtype)
    mean = (h * weights).sum(-2, keepdim=True) / weights.sum(-2, keepdim=True)
    return h + strength * weights * (h - mean) * h.abs()
