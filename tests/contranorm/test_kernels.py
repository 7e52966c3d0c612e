"""The fused and the explicit form are one function, and the choice between them is made."""

import pytest
import torch

from contranorm import contra_norm, kernels

DTYPES = {torch.float64: 1e-6, torch.float32: 1e-5}
MASKS = ("none", "tokens", "pairs", "nothing")


def made_mask(kind: str, b: int, n: int) -> torch.Tensor | None:
    generator = torch.Generator().manual_seed(5)
    if kind == "tokens":
        return torch.rand(b, n, generator=generator) < 0.7
    if kind == "pairs":
        mask = torch.rand(b, n, n, generator=generator) < 0.3
        mask[:, 2] = False
        return mask
    return torch.zeros(b, n, dtype=torch.bool) if kind == "nothing" else None


def both(monkeypatch, h: torch.Tensor, **settings) -> tuple[list, list]:
    """The result and the gradient of each kernel, forced."""
    results, gradients = [], []
    for fused in (False, True):
        used = []
        monkeypatch.setattr(kernels, "_prefers_fused", lambda _, fused=fused: fused)
        for name in ("explicit_average", "fused_average"):
            monkeypatch.setattr(kernels, name, spied(getattr(kernels, name), name, used))
        leaf = h.clone().requires_grad_()
        result = contra_norm(leaf, **settings)
        result.square().sum().backward()
        assert used == ["fused_average" if fused else "explicit_average"]
        results.append(result.detach())
        gradients.append(leaf.grad)
        monkeypatch.undo()
    return results, gradients


def spied(function, name, used):
    def spy(*args, **kwargs):
        used.append(name)
        return function(*args, **kwargs)

    return spy


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", ["residual", "plain"])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
@pytest.mark.parametrize("kind", MASKS)
def test_fused_and_explicit_agree(monkeypatch, dtype, form, similarity, kind):
    h = torch.randn(3, 17, 8, generator=torch.Generator().manual_seed(1), dtype=dtype)
    settings = {"scale": 0.8, "temperature": 0.6, "form": form, "similarity": similarity}
    results, gradients = both(monkeypatch, h, mask=made_mask(kind, 3, 17), **settings)
    tolerance = DTYPES[dtype]
    torch.testing.assert_close(results[0], results[1], rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=10 * tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", [(9, 4), (2, 3, 9, 4), (1, 1)])
def test_fused_and_explicit_agree_for_any_batch_axes(monkeypatch, shape):
    h = torch.randn(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    results, _ = both(monkeypatch, h, scale=1, temperature=torch.inf)
    torch.testing.assert_close(results[0], results[1], rtol=1e-6, atol=1e-6)


def test_a_mask_shared_by_the_batch_agrees_too(monkeypatch):
    h = torch.randn(2, 3, 9, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    mask = torch.rand(1, 3, 9, generator=torch.Generator().manual_seed(2)) < 0.6
    results, _ = both(monkeypatch, h, scale=1, mask=mask)
    torch.testing.assert_close(results[0], results[1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [{"terms": "both_sum"}, {"terms": "both_mean"}, {"temperature": torch.tensor(0.5)}],
    ids=["both_sum", "both_mean", "tensor temperature"],
)
def test_what_the_fused_kernel_cannot_do_is_done_explicitly(monkeypatch, settings):
    monkeypatch.setattr(kernels, "_prefers_fused", lambda _: True)
    h = torch.randn(5, 3, generator=torch.Generator().manual_seed(3))
    forced = contra_norm(h, scale=1, **settings)
    monkeypatch.undo()
    assert torch.equal(forced, contra_norm(h, scale=1, **settings))


def test_the_fused_kernel_is_chosen_by_size_and_later_with_gradients():
    small = torch.empty(1, 1023, 2, device="cpu")
    large = torch.empty(1, 1024, 2)
    many = torch.empty(4, 512, 2)
    assert not kernels._prefers_fused(small)
    assert kernels._prefers_fused(large)
    assert kernels._prefers_fused(many)
    assert not kernels._prefers_fused(large.requires_grad_())
    with torch.no_grad():
        assert kernels._prefers_fused(large)
    assert kernels._prefers_fused(torch.empty(2, 2048, 2).requires_grad_())


def test_a_device_other_than_the_cpu_always_takes_the_fused_kernel():
    assert kernels._prefers_fused(torch.empty(2, 3, device="meta"))
