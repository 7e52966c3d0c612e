"""Every family's layers written out by hand, with a place for a norm wherever there is one."""

import copy
import inspect

from torch import nn

from contranorm import Placement
from tests.contranorm.tiny_models import DEPTH


def post(h, at, attend, dense, first, feed, second):
    """LayerNorm on the sum of a half and its residual."""
    h = at(Placement.ATTENTION_INPUT, h)
    context = at(Placement.ATTENTION_CONTEXT, attend(h))
    mixed = at(Placement.AFTER_ATTENTION_DENSE, dense(context))
    half = first(at(Placement.AFTER_ATTENTION_RESIDUAL, mixed + h))
    half = at(Placement.AFTER_ATTENTION_LAYER_NORM, half)
    fed = at(Placement.FEED_FORWARD_OUTPUT, feed(half))
    whole = second(at(Placement.AFTER_FEED_FORWARD_RESIDUAL, fed + half))
    return at(Placement.AFTER_OUTPUT_LAYER_NORM, whole)


def pre(h, at, attend, dense, first, feed, second):
    """LayerNorm on the copy that a half reads."""
    h = at(Placement.ATTENTION_INPUT, h)
    read = first(at(Placement.BEFORE_ATTENTION_LAYER_NORM, h))
    context = at(Placement.ATTENTION_CONTEXT, attend(read))
    half = h + at(Placement.AFTER_ATTENTION_DENSE, dense(context))
    read = second(at(Placement.BEFORE_FEED_FORWARD_LAYER_NORM, half))
    whole = half + at(Placement.FEED_FORWARD_OUTPUT, feed(read))
    return at(Placement.AFTER_FEED_FORWARD_RESIDUAL, whole)


def without(module, dense):
    """The same module with its dense layer left out, so that it gives what that would read."""
    bare = copy.deepcopy(module)
    setattr(bare, dense, nn.Identity())
    return bare


def bert(layer, call):
    return post, {
        "attend": lambda h: layer.attention.self(h, call["attention_mask"])[0],
        "dense": layer.attention.output.dense,
        "first": layer.attention.output.LayerNorm,
        "feed": lambda h: layer.output.dense(layer.intermediate(h)),
        "second": layer.output.LayerNorm,
    }


def deberta(layer, call):
    given = {name: call[name] for name in ("relative_pos", "rel_embeddings")}
    attend = {"attend": lambda h: layer.attention.self(h, call["attention_mask"], **given)[0]}
    return post, bert(layer, call)[1] | attend


def mpnet(layer, call):
    bare, bias = without(layer.attention.attn, "o"), call["position_bias"]
    return post, {
        "attend": lambda h: bare(h, call["attention_mask"], bias)[0],
        "dense": layer.attention.attn.o,
        "first": layer.attention.LayerNorm,
        "feed": lambda h: layer.output.dense(layer.intermediate(h)),
        "second": layer.output.LayerNorm,
    }


def distilbert(layer, call):
    bare = without(layer.attention, "out_lin")
    return post, {
        "attend": lambda h: bare(h, call["attention_mask"])[0],
        "dense": layer.attention.out_lin,
        "first": layer.sa_layer_norm,
        "feed": layer.ffn,
        "second": layer.output_layer_norm,
    }


def albert(layer, call):
    bare = without(without(layer.attention, "dense"), "LayerNorm")  # gives h + context
    return post, {
        "attend": lambda h: bare(h, call["attention_mask"])[0] - h,
        "dense": layer.attention.dense,
        "first": layer.attention.LayerNorm,
        "feed": lambda h: layer.ffn_output(layer.activation(layer.ffn(h))),
        "second": layer.full_layer_layer_norm,
    }


def modernbert(layer, call):
    bare = without(layer.attn, "Wo")
    given = {name: call[name] for name in ("attention_mask", "position_embeddings")}
    return pre, {
        "attend": lambda h: bare(h, **given)[0],
        "dense": layer.attn.Wo,
        "first": layer.attn_norm,
        "feed": layer.mlp,
        "second": layer.mlp_norm,
    }


def gpt2(layer, call):
    bare = without(layer.attn, "c_proj")
    return pre, {
        "attend": lambda h: bare(h, attention_mask=call["attention_mask"])[0],
        "dense": layer.attn.c_proj,
        "first": layer.ln_1,
        "feed": layer.mlp,
        "second": layer.ln_2,
    }


def llama(layer, call):
    bare = without(layer.self_attn, "o_proj")
    given = {name: call[name] for name in ("attention_mask", "position_embeddings")}
    return pre, {
        "attend": lambda h: bare(hidden_states=h, **given)[0],
        "dense": layer.self_attn.o_proj,
        "first": layer.input_layernorm,
        "feed": layer.mlp,
        "second": layer.post_attention_layernorm,
    }


def vit(layer, call):
    bare = without(layer.attention, "o_proj")
    return pre, {
        "attend": lambda h: bare(h, call.get("attention_mask"))[0],
        "dense": layer.attention.o_proj,
        "first": layer.layernorm_before,
        "feed": layer.mlp,
        "second": layer.layernorm_after,
    }


def dinov2(layer, call):
    bare = without(layer.attention, "o_proj")
    return pre, {
        "attend": lambda h: bare(h, call.get("attention_mask"))[0],
        "dense": lambda h: layer.attention.o_proj(h) * layer.layer_scale1.lambda1,
        "first": layer.norm1,
        "feed": lambda h: layer.mlp(h) * layer.layer_scale2.lambda1,
        "second": layer.norm2,
    }


BY_HAND = {
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert", "electra"), bert),
    **dict.fromkeys(("deberta", "deberta-v2"), deberta),
    "mpnet": mpnet,
    "distilbert": distilbert,
    "albert": albert,
    "modernbert": modernbert,
    "gpt2": gpt2,
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3"), llama),
    **dict.fromkeys(("vit", "deit"), vit),
    "dinov2": dinov2,
}


def layers_of(model, name):
    """The layers in the order they run."""
    if name == "albert":
        return [model.encoder.albert_layer_groups[0].albert_layers[0]] * DEPTH
    if name in ("gpt2", "distilbert"):
        return list(model.h if name == "gpt2" else model.transformer.layer)
    return list(model.encoder.layer if hasattr(model, "encoder") else model.layers)


def closing(model):
    """The LayerNorm behind the last layer, if there is one."""
    for name in ("final_norm", "ln_f", "norm", "layernorm"):
        if hasattr(model, name):
            return getattr(model, name)
    return nn.Identity()


def only(norm, placement, layers=range(DEPTH)):
    """What to do at each place: the norm at one, in the given layers, and nothing elsewhere."""

    def act(place, h, layer):
        return norm(h) if layer in layers and place is placement else h

    return act


def by_hand(model, name, given, act):
    """What leaves the model when `act(place, tokens, layer)` is done at every place."""
    stack, calls = layers_of(model, name), []

    def note(layer, args, kwargs):
        bound = inspect.signature(layer.forward).bind(*args, **kwargs).arguments
        calls.append(bound | bound.pop("kwargs", {}))

    handles = [layer.register_forward_pre_hook(note, with_kwargs=True) for layer in set(stack)]
    model(**given)
    for handle in handles:
        handle.remove()
    h = calls[0]["hidden_states"]
    for index, (layer, call) in enumerate(zip(stack, calls, strict=True)):

        def at(place, h, here=index):
            return act(place, h, here)

        block, parts = BY_HAND[name](layer, call)
        h = block(h, at, **parts)
    return closing(model)(h)
