"""Laws over the table: those a row lists hold, and those it does not list fail somewhere."""

import pytest
import torch

from contranorm import NORMS, contra_norm, feature_contra_norm

LAWS = ("permutation", "rotation", "scale", "batch")
H = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.4
ORDER = torch.tensor([3, 0, 6, 2, 5, 1, 4])
TURN = torch.linalg.qr(
    torch.randn(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
)[0]


def gap(name: str, law: str) -> float:
    """How far a norm is from a law on one batch of tokens."""

    def f(h):
        return NORMS[name](h, scale=0.8, temperature=0.5)

    sides = {
        "permutation": lambda: (f(H[:, ORDER]), f(H)[:, ORDER]),
        "rotation": lambda: (f(H @ TURN), f(H) @ TURN),
        "scale": lambda: (f(3 * H), 3 * f(H)),
        "batch": lambda: (f(H), torch.stack([f(item) for item in H])),
    }
    left, right = sides[law]()
    return (left - right).abs().max().item()


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", NORMS)
def test_a_listed_law_holds_and_another_has_a_counterexample(name, law):
    if law in NORMS[name].laws:
        assert gap(name, law) < 1e-9
    else:
        assert gap(name, law) > 1e-3


@pytest.mark.parametrize("form", ["residual", "plain"])
@pytest.mark.parametrize("terms", ["anchor", "both_sum", "both_mean"])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_every_setting_of_contra_norm_obeys_the_laws_of_directions(form, terms, similarity):
    def f(h):
        return NORMS["contra_norm"](h, scale=0.8, form=form, terms=terms, similarity=similarity)

    torch.testing.assert_close(f(H[:, ORDER]), f(H)[:, ORDER])
    torch.testing.assert_close(f(H @ TURN), f(H) @ TURN)
    assert torch.allclose(f(3 * H), 3 * f(H)) == (similarity == "cosine")


@pytest.mark.parametrize("name", NORMS)
def test_rows_say_everything_and_only_known_laws(name):
    row = NORMS[name]
    assert row.name == name
    assert row.title
    assert row.source
    assert row.tag in {"code", "num"}
    assert row.laws <= set(LAWS)


@pytest.mark.parametrize("name", NORMS)
def test_scale_matters_exactly_where_the_row_says_it_is_a_strength(name):
    weak, strong = NORMS[name](H, scale=0.1), NORMS[name](H, scale=0.9)
    assert torch.equal(weak, strong) != NORMS[name].strength


@pytest.mark.parametrize("name", NORMS)
def test_temperature_matters_exactly_where_the_row_says_so(name):
    cold, warm = (NORMS[name](H, scale=1, temperature=tau) for tau in (0.1, 10))
    assert torch.equal(cold, warm) != NORMS[name].uses_temperature


@pytest.mark.parametrize("name", [name for name in NORMS if NORMS[name].strength])
def test_a_strength_of_zero_is_the_identity(name):
    assert torch.equal(NORMS[name](H, scale=0), H)


@pytest.mark.parametrize("name", NORMS)
def test_real_tokens_do_not_feel_the_padding_and_pads_do_not_change(name):
    mask = torch.tensor([[True] * 5 + [False] * 2, [True] * 7, [False] * 7])
    result = NORMS[name](H, scale=0.8, mask=mask)
    torch.testing.assert_close(result[0, :5], NORMS[name](H[0, :5], scale=0.8))
    torch.testing.assert_close(result[1], NORMS[name](H[1], scale=0.8))
    assert torch.equal(result[~mask], H[~mask])


@pytest.mark.parametrize("name", NORMS)
def test_huge_pads_do_not_spoil_the_real_tokens(name):
    mask = torch.tensor([True] * 5 + [False] * 2)
    spoiled = H[0].clone()
    spoiled[5:] = 1e12
    result = NORMS[name](spoiled, scale=0.8, mask=mask)
    torch.testing.assert_close(result[:5], NORMS[name](H[0, :5], scale=0.8))


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("h", [torch.zeros(5, 3), torch.ones(5, 3), torch.zeros(1, 3)])
def test_equal_tokens_and_zeros_stay_finite(name, h):
    assert NORMS[name](h, scale=1).isfinite().all()


@pytest.mark.parametrize("name", [name for name in NORMS if name != "contra_norm"])
def test_a_setting_that_a_row_does_not_have_is_refused(name):
    with pytest.raises(TypeError, match=f"{name} takes these settings: .*; got terms"):
        NORMS[name](H, scale=1, terms="anchor")


def test_rows_call_their_functions():
    result = NORMS["contra_norm"](H, scale=2, temperature=0.3, form="plain", terms="both_mean")
    expected = contra_norm(H, scale=2, temperature=0.3, form="plain", terms="both_mean")
    assert torch.equal(result, expected)
    result = NORMS["feature_contra_norm"](H, scale=2, temperature=0.3, form="plain")
    assert torch.equal(result, feature_contra_norm(H, scale=2, temperature=0.3, form="plain"))


@pytest.mark.parametrize("name", NORMS)
def test_gradients_are_finite_and_there(name):
    h = H.clone().requires_grad_()
    (NORMS[name](h, scale=1) * H.cos()).sum().backward()
    assert h.grad is not None
    assert h.grad.isfinite().all()
    assert h.grad.abs().max() > 1e-3


@pytest.mark.parametrize("name", NORMS)
def test_dtype_and_shape_stay(name):
    for shape in ((6, 3), (2, 6, 3), (2, 2, 3, 6)):
        h = torch.randn(shape, generator=torch.Generator().manual_seed(4))
        result = NORMS[name](h, scale=1)
        assert result.shape == h.shape
        assert result.dtype == torch.float32
