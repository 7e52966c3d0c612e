"""Every method that can be put in ContraNorm's place, in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jaxtyping import Float
from torch import Tensor

from contranorm.baselines import (
    layer_norm,
    pair_norm,
    pair_norm_scs,
    pair_norm_si,
    partial_centering,
    token_batch_norm,
    zca_whitening,
)
from contranorm.functional import contra_norm, feature_contra_norm


@dataclass(frozen=True)
class Norm:
    """One method: what it is called, what it takes, and which laws it obeys.

    `strength` says whether the scale is a step size; where it is not, the method has one
    output size, 1, whatever the scale. The laws: "permutation" f(PH) = P f(H), "rotation"
    f(HQ) = f(H) Q for orthogonal Q, "scale" f(cH) = c f(H) for c > 0, "batch" f of a batch is
    f of its items. `causal` says whether the method takes a mask of pairs and then lets no
    token see another than the mask allows, so that it can stand in a causal model; the others
    need a statistic of all tokens at once. `settings` are the extra names the row accepts.
    `tag` says how far the formula can be trusted: "code" (read in the authors' code) or "num"
    (derived, computed).
    """

    name: str
    title: str
    function: Callable[..., Tensor]
    strength: bool
    uses_temperature: bool
    laws: frozenset[str]
    source: str
    tag: str
    causal: bool = False
    settings: tuple[str, ...] = ()

    def __call__(
        self,
        h: Float[Tensor, "*batch n d"],
        *,
        scale: float | int | Tensor,
        temperature: float | int | Tensor = 1.0,
        mask: Tensor | None = None,
        **settings: Any,
    ) -> Float[Tensor, "*batch n d"]:
        """Apply the method; what it has no use for is ignored.

        Args:
            h: The tokens.
            scale: The step size, for the rows that have one.
            temperature: τ, for the rows that use it.
            mask: Boolean, `*batch n` (True: a real token); `causal` rows take pairs too.
            settings: Only those named in `settings`.

        Raises:
            TypeError: For a setting this row does not have.

        >>> import torch
        >>> NORMS["partial_centering"](torch.tensor([[1.0], [3.0]]), scale=1.0).tolist()
        [[0.0], [4.0]]
        """
        unknown = sorted(set(settings) - set(self.settings))
        if unknown:
            known = ", ".join(self.settings) or "none"
            raise TypeError(f"{self.name} takes these settings: {known}; got {', '.join(unknown)}")
        if self.uses_temperature:
            settings["temperature"] = temperature
        return self.function(h, scale=scale if self.strength else 1.0, mask=mask, **settings)


def unchanged(
    h: Float[Tensor, "*batch n d"],
    *,
    scale: float | int | Tensor = 1.0,
    mask: Tensor | None = None,
) -> Float[Tensor, "*batch n d"]:
    """Give the tokens back as they are, whatever else is asked: no norm at all.

    >>> import torch
    >>> unchanged(torch.ones(1, 2)).tolist()
    [[1.0, 1.0]]
    """
    return h


ALL_LAWS = frozenset({"permutation", "rotation", "scale", "batch"})
PAIR_NORM_SOURCE = "Zhao and Akoglu, arXiv 1909.12223; their layers.py:108-127"

NORMS: Mapping[str, Norm] = MappingProxyType(
    {
        row.name: row
        for row in (
            Norm(
                "none",
                "No norm",
                unchanged,
                False,
                False,
                ALL_LAWS,
                "the tokens as they are",
                "num",
                causal=True,
            ),
            Norm(
                "contra_norm",
                "ContraNorm",
                contra_norm,
                strength=True,
                uses_temperature=True,
                laws=ALL_LAWS,
                source="Guo et al., arXiv 2303.06562; their modeling_bert.py:268-281",
                tag="code",
                causal=True,
                settings=("form", "similarity", "terms"),
            ),
            Norm(
                "feature_contra_norm",
                "Feature-wise ContraNorm",
                feature_contra_norm,
                strength=True,
                uses_temperature=True,
                laws=frozenset({"permutation", "scale", "batch"}),
                source="Guo et al., arXiv 2303.06562, with unit columns where their code "
                "(modeling_bert.py:251-265) has unit rows",
                tag="num",
                settings=("form",),
            ),
            Norm(
                "partial_centering",
                "Partial centring",
                partial_centering,
                strength=True,
                uses_temperature=False,
                laws=ALL_LAWS,
                source="ContraNorm's limit for an infinite temperature",
                tag="num",
                causal=True,
            ),
            Norm(
                "pair_norm",
                "PairNorm",
                pair_norm,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "rotation", "batch"}),
                source=PAIR_NORM_SOURCE,
                tag="code",
            ),
            Norm(
                "pair_norm_si",
                "PairNorm, scaled individually",
                pair_norm_si,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "rotation", "batch"}),
                source=PAIR_NORM_SOURCE,
                tag="code",
            ),
            Norm(
                "pair_norm_scs",
                "PairNorm, scaled then centred",
                pair_norm_scs,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "rotation", "batch"}),
                source=PAIR_NORM_SOURCE,
                tag="code",
            ),
            Norm(
                "token_batch_norm",
                "BatchNorm over tokens",
                token_batch_norm,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "batch"}),
                source="Ioffe and Szegedy 2015, arXiv 1502.03167, over the tokens of one item",
                tag="num",
            ),
            Norm(
                "zca_whitening",
                "ZCA whitening",
                zca_whitening,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "rotation", "batch"}),
                source="Bell and Sejnowski 1997; Huang et al. 2018, arXiv 1804.08450",
                tag="num",
            ),
            Norm(
                "layer_norm",
                "LayerNorm",
                layer_norm,
                strength=False,
                uses_temperature=False,
                laws=frozenset({"permutation", "batch"}),
                source="Ba, Kiros and Hinton 2016, arXiv 1607.06450",
                tag="num",
                causal=True,
            ),
        )
    }
)
