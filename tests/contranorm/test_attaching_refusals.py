import pytest
import torch
from torch import nn
from transformers import CONFIG_MAPPING, AutoModel

from contranorm.attaching import attach
from contranorm.placements import Placement

SIZE = {
    "vocab_size": 30,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 20,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
WHOLE = {"input_ids": torch.tensor([[3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14]])}
PADDED = {
    "input_ids": torch.tensor([[3, 4, 5, 6, 0, 0], [9, 10, 11, 12, 13, 14]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]]),
}


def tiny(name="bert", **changes):
    torch.manual_seed(0)
    config = CONFIG_MAPPING[name](**{**SIZE, **changes})
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    for weight in model.parameters():  # weights large enough for every place to matter
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.5)
    return model


def spread(h, *, strength=0.7, mask=None):
    """Push real tokens from their mean, outer ones more (so it does not pass a linear layer)."""
    real = torch.ones(h.shape[:-1], dtype=torch.bool) if mask is None else mask
    weights = real.unsqueeze(-1).to(h.dtype)
    mean = (h * weights).sum(-2, keepdim=True) / weights.sum(-2, keepdim=True)
    return h + strength * weights * (h - mean) * h.abs()


def output(model, inputs):
    with torch.no_grad():
        return model(**inputs).last_hidden_state


def test_gradients_flow_through_an_attached_norm():
    model = tiny()
    with attach(model, spread):
        model(**WHOLE).last_hidden_state[:, 0].square().sum().backward()
    through = model.embeddings.word_embeddings.weight.grad
    assert through is not None
    assert through.abs().sum() > 0


@pytest.mark.parametrize("layers", [[3], [-1], [0, 7]])
def test_a_layer_that_does_not_exist_is_refused(layers):
    with (
        pytest.raises(ValueError, match="numbered from 0 to 2; got"),
        attach(tiny(), spread, layers=layers),
    ):
        pass


def test_a_placement_must_be_a_placement_and_a_norm_callable():
    with pytest.raises(Exception, match="placement"), attach(tiny(), spread, placement="7"):
        pass
    with pytest.raises(Exception, match="norm"), attach(tiny(), 0.5):
        pass


def test_a_norm_that_changes_the_shape_is_refused():
    model = tiny()
    with pytest.raises(ValueError, match="keep the shape"), attach(model, lambda h: h[..., :3]):
        output(model, WHOLE)


def test_a_model_of_an_unknown_family_is_refused():
    with pytest.raises(ValueError, match="model_type must be one of"), attach(nn.Linear(2, 2), abs):
        pass


def test_an_attention_mask_over_pairs_is_refused():
    model = tiny()
    with pytest.raises(ValueError, match="axes \\(batch, tokens\\)"), attach(model, spread):
        output(model, {**WHOLE, "attention_mask": torch.ones(2, 6, 6)})


def test_a_chunked_feed_forward_is_refused_only_where_chunks_matter():
    model = tiny(chunk_size_feed_forward=3)
    with attach(model, spread):
        output(model, WHOLE)
    with (
        pytest.raises(ValueError, match="chunk_size_feed_forward must be 0; got 3"),
        attach(model, spread, placement=Placement.FEED_FORWARD_OUTPUT),
    ):
        pass
