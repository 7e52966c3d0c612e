"""Each published spelling against itself, written out the way its source writes it."""

import pytest
import torch
import torch.nn.functional as F

from contranorm import VARIANTS

H = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
S, TAU = 0.6, 0.7


def paper(x):
    return x - (S / TAU) * torch.softmax(torch.bmm(x, x.transpose(1, 2)), dim=2).bmm(x)


def bert(x):
    unit = F.normalize(x, dim=2)
    weights = F.softmax(unit @ unit.transpose(1, 2) / TAU, dim=2)
    return (1 + S) * x - S * torch.bmm(weights, x)


def albert(x):
    return bert(x) - S * x


def vit_dual(x):
    unit = F.normalize(x, dim=2)
    similar = unit @ unit.transpose(1, 2) / TAU
    return x - S * (F.softmax(similar, dim=2) + F.softmax(similar, dim=1)) @ x


def feature(x):
    unit = x / x.norm(dim=1, keepdim=True)
    return (1 + S) * x - S * x @ F.softmax(unit.transpose(1, 2) @ unit / TAU, dim=2)


def feature_rows(x):
    unit = F.normalize(x, dim=2)
    return (1 + S) * x - S * x @ F.softmax(unit.transpose(1, 2) @ unit / TAU, dim=2)


SPELLED_OUT = {
    "paper": paper,
    "bert": bert,
    "albert": albert,
    "vit": albert,
    "vit_dual": vit_dual,
    "gcn": bert,
    "feature": feature,
    "feature_rows": feature_rows,
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_what_its_source_writes(name):
    result = VARIANTS[name].apply(H, scale=S, temperature=TAU)
    torch.testing.assert_close(result, SPELLED_OUT[name](H), rtol=1e-6, atol=1e-6)


def test_the_graph_spelling_lets_only_strangers_repel():
    adjacency = torch.eye(6, dtype=torch.bool)
    adjacency[0, 1] = adjacency[1, 0] = adjacency[2, 3] = adjacency[3, 2] = True
    adjacency[5] = True
    x = H[0]
    similar = F.normalize(x, dim=1) @ F.normalize(x, dim=1).T / TAU
    weights = F.softmax(similar.masked_fill(adjacency, float("-inf")), dim=1)
    expected = (1 + S) * x - S * weights @ x
    result = VARIANTS["gcn"].apply(x, scale=S, temperature=TAU, mask=~adjacency)
    torch.testing.assert_close(result[:5], expected[:5], rtol=1e-6, atol=1e-6)
    assert expected[5].isnan().all()
    assert torch.equal(result[5], x[5])


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_take_a_mask_of_real_tokens(name):
    mask = torch.tensor([[True] * 4 + [False] * 2, [True] * 6])
    result = VARIANTS[name].apply(H, scale=S, temperature=TAU, mask=mask)
    alone = VARIANTS[name].apply(H[0, :4], scale=S, temperature=TAU)
    torch.testing.assert_close(result[0, :4], alone)
    assert torch.equal(result[0, 4:], H[0, 4:])


@pytest.mark.parametrize("name", VARIANTS)
def test_temperature_moves_every_variant(name):
    cold, warm = (VARIANTS[name].apply(H, scale=S, temperature=tau) for tau in (0.3, 3))
    assert (cold - warm).abs().max() > 1e-3


def test_the_printed_step_takes_tensors_too():
    per_item = torch.tensor([0.5, 2.0], dtype=torch.float64).reshape(2, 1, 1)
    result = VARIANTS["paper"].apply(H, scale=S, temperature=per_item)
    for b, tau in enumerate((0.5, 2.0)):
        torch.testing.assert_close(
            result[b], VARIANTS["paper"].apply(H[b], scale=S, temperature=tau)
        )


def test_the_released_feature_wise_layer_does_nothing_for_many_tokens_and_the_repaired_one_does():
    h = torch.randn(3000, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    released = VARIANTS["feature_rows"].apply(h, scale=1)
    repaired = VARIANTS["feature"].apply(h, scale=1)
    assert (released - h).norm() / h.norm() < 1e-9
    assert (repaired - h).norm() / h.norm() > 0.1


@pytest.mark.parametrize("name", VARIANTS)
def test_rows_say_where_they_were_read(name):
    row = VARIANTS[name]
    assert row.name == name
    assert row.title
    assert row.note
    assert row.tag in {"code", "img", "num"}
    assert (row.tag == "code") == (".py:" in row.source)


def test_the_table_says_what_the_sources_do_besides():
    follows = {name for name, row in VARIANTS.items() if row.layer_norm_follows}
    fixed = {name for name, row in VARIANTS.items() if row.released_temperature == 1}
    assert follows == {"paper", "bert", "albert", "vit", "vit_dual", "feature"}
    assert fixed == {"bert", "albert", "gcn"}
    assert [name for name, row in VARIANTS.items() if row.needs_pair_mask] == ["gcn"]
