"""Every published spelling of ContraNorm, with its settings and where it was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import checked_scale, checked_temperature, require_tokens
from contranorm.functional import contra_norm, feature_contra_norm, unit_vectors
from contranorm.masks import keep_pads, real_tokens


@dataclass(frozen=True)
class Variant:
    """One spelling: a function, its settings, and what the source does besides.

    `temperature` says where τ goes: "inside" the softmax, or "outside", as s/τ in front of it
    and 1 inside. `released_temperature` is None if the source has a τ to choose, and the value
    it is fixed at otherwise; `apply` takes any. `layer_norm_follows` tells whether the source
    runs a LayerNorm right after; `apply` runs none. `needs_pair_mask` tells whether the source
    lets only some pairs repel. `tag`: "code" was read in the authors' code, "img" in an image
    of the paper's page, "num" is derived here.
    """

    name: str
    title: str
    function: Callable[..., Tensor]
    source: str
    tag: str
    note: str
    settings: Mapping[str, str] = field(default_factory=dict)
    temperature: Literal["inside", "outside"] = "inside"
    released_temperature: float | None = 1.0
    layer_norm_follows: bool = True
    needs_pair_mask: bool = False

    def apply(
        self,
        h: Float[Tensor, "*batch n d"],
        *,
        scale: float | int | Tensor,
        temperature: float | int | Tensor = 1.0,
        mask: Tensor | None = None,
    ) -> Float[Tensor, "*batch n d"]:
        """Apply this spelling, without a LayerNorm after it.

        Args:
            h: The tokens.
            scale: The step size s.
            temperature: τ > 0.
            mask: Boolean, pairs or real tokens; feature-wise spellings take real tokens only.

        Raises:
            TypeError: For arguments of the wrong kind.
            ValueError: For values the function refuses.

        >>> import torch
        >>> VARIANTS["albert"].apply(torch.tensor([[1.0], [1.0]]), scale=0.25).flatten().tolist()
        [0.75, 0.75]
        """
        if self.temperature == "outside":
            require_tokens(h)
            scale = checked_scale(scale, h) / checked_temperature(temperature, h)
            temperature = 1.0
        return self.function(h, scale=scale, temperature=temperature, mask=mask, **self.settings)


def feature_contra_norm_on_unit_rows(
    h: Float[Tensor, "*batch n d"],
    *,
    scale: float | int | Tensor,
    temperature: float | int | Tensor = 1.0,
    mask: Tensor | None = None,
) -> Float[Tensor, "*batch n d"]:
    """Push features apart as the authors' code does, with rows where columns are meant.

    (1 + s) H − s H P with P = softmax(Ĥᵀ Ĥ/τ) over rows and Ĥ the *rows* of H at length one.

    Source: modeling_bert.py:251-265 and model_rev.py:257-279 of the authors' code. ĤᵀĤ grows
    like n/d, so that P becomes the identity. Both ends: s = 0 is the identity; and for many
    tokens around the origin (n far above d) every s is.

    >>> import torch
    >>> feature_contra_norm_on_unit_rows(
    ...     torch.tensor([[2.0, 4.0]]), scale=1.0, temperature=torch.inf
    ... ).tolist()
    [[1.0, 5.0]]
    """
    require_tokens(h)
    strength, tau = checked_scale(scale, h), checked_temperature(temperature, h)
    real = real_tokens(h, mask)
    unit = unit_vectors(h if real is None else h.masked_fill(~real, 0))
    weights = (unit.mT @ unit / tau).softmax(-1)  # (*batch, d, d)
    return keep_pads(h + strength * (h - h @ weights), h, real)


def _settings(form: str, similarity: str, terms: str) -> Mapping[str, str]:
    return MappingProxyType({"form": form, "similarity": similarity, "terms": terms})


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        row.name: row
        for row in (
            Variant(
                "paper",
                "The paper as printed",
                contra_norm,
                "Guo et al., arXiv 2303.06562v2, the layer's equation",
                "img",
                "H − (s/τ) softmax(H Hᵀ) H. With dot products on rows that a LayerNorm has "
                "made √d long the softmax becomes the identity, and the layer does nothing "
                "that the next LayerNorm does not undo.",
                _settings("plain", "dot", "anchor"),
                temperature="outside",
                released_temperature=None,
            ),
            Variant(
                "bert",
                "BERT",
                contra_norm,
                "the authors' modeling_bert.py:268-281",
                "code",
                "Cosine, 1 + s in front of H, no τ, and padding is not masked.",
                _settings("residual", "cosine", "anchor"),
            ),
            Variant(
                "albert",
                "ALBERT",
                contra_norm,
                "the authors' modeling_albert.py:75-87",
                "code",
                "As for BERT, but with 1 in front of H.",
                _settings("plain", "cosine", "anchor"),
            ),
            Variant(
                "vit",
                "Vision Transformer",
                contra_norm,
                "the authors' models.py:19-63",
                "code",
                "1 in front of H, τ inside the softmax, a LayerNorm (ε = 1e-6) inside the layer.",
                _settings("plain", "cosine", "anchor"),
                released_temperature=None,
            ),
            Variant(
                "vit_dual",
                "Vision Transformer, both terms",
                contra_norm,
                "the authors' models.py:19-63 with --dual-norm",
                "code",
                "Row and column softmax added, not averaged: the whole gradient, and about "
                "twice the strength.",
                _settings("plain", "cosine", "both_sum"),
                released_temperature=None,
            ),
            Variant(
                "gcn",
                "Graph network",
                contra_norm,
                "the authors' gnn/layers.py:166-175",
                "code",
                "Only nodes that are not neighbours repel each other, so it wants a pair mask; "
                "a node next to all others is NaN in their code and unchanged here.",
                _settings("residual", "cosine", "anchor"),
                layer_norm_follows=False,
                needs_pair_mask=True,
            ),
            Variant(
                "feature",
                "Feature-wise, unit columns",
                feature_contra_norm,
                "Guo et al., arXiv 2303.06562 (the feature-wise variant), repaired",
                "num",
                "Pushes features apart instead of tokens, at a cost linear in n. Columns are "
                "made length one, so that the number of tokens does not matter.",
                MappingProxyType({"form": "residual"}),
                released_temperature=None,
            ),
            Variant(
                "feature_rows",
                "Feature-wise, as released",
                feature_contra_norm_on_unit_rows,
                "the authors' modeling_bert.py:251-265 and model_rev.py:257-279",
                "code",
                "Rows are made length one, so that with many tokens the softmax becomes the "
                "identity and the layer does nothing.",
                released_temperature=None,
                layer_norm_follows=False,
            ),
        )
    }
)
