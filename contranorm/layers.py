"""ContraNorm as modules: shells that hold settings and call the functions."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from contranorm.functional import Form, Similarity, Terms, contra_norm, feature_contra_norm


class ContraNorm(nn.Module):
    """`contra_norm`, and by default the LayerNorm after it that the paper prints.

    LN(contra_norm(H)). Source: Guo et al., arXiv 2303.06562; the authors' ViT code has the
    LayerNorm inside (models.py:19-63), their BERT code puts the layer before one that is
    there already: use `layer_norm=False` for that.

    >>> ContraNorm(4, scale=1.0, layer_norm=False)
    ContraNorm(
      4, scale=1.0, temperature=1.0, form='residual', similarity='cosine', terms='anchor'
      (norm): Identity()
    )
    """

    # Ten settings: the equation's own six, and those of nn.LayerNorm under its names.
    def __init__(  # noqa: PLR0913
        self,
        dim: int,
        *,
        scale: float | int | Tensor,
        temperature: float | int | Tensor = 1.0,
        form: Form = "residual",
        similarity: Similarity = "cosine",
        terms: Terms = "anchor",
        layer_norm: bool = True,
        learnable: bool = False,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
    ) -> None:
        """Keep the settings of `contra_norm`, and make the LayerNorm.

        Args:
            dim: The number of features d.
            scale: The step size s, or where it starts if it is learnable.
            temperature: τ > 0.
            form: As for `contra_norm`.
            similarity: As for `contra_norm`.
            terms: As for `contra_norm`.
            layer_norm: Whether a LayerNorm follows.
            learnable: Make the scale a parameter with one value per channel.
            eps: The LayerNorm's ε.
            elementwise_affine: Whether the LayerNorm has weights.

        Raises:
            TypeError: For arguments of the wrong kind.
            ValueError: For values that `contra_norm` refuses.
        """
        super().__init__()
        self.dim, self.scale, self.temperature = dim, scale, temperature
        self.form, self.similarity, self.terms = form, similarity, terms
        self._pushed(torch.zeros(1, dim))  # refuses bad settings here rather than in use
        if learnable:
            self.scale = nn.Parameter(torch.ones(dim) * scale)
        following = nn.LayerNorm(dim, eps=eps, elementwise_affine=elementwise_affine)
        self.norm = following if layer_norm else nn.Identity()

    def forward(
        self, h: Float[Tensor, "*batch n d"], mask: Tensor | None = None
    ) -> Float[Tensor, "*batch n d"]:
        """Apply `contra_norm`, then the LayerNorm if there is one."""
        return self.norm(self._pushed(h, mask))

    def extra_repr(self) -> str:
        """Say the settings."""
        scale = "learnable" if isinstance(self.scale, nn.Parameter) else self.scale
        return (
            f"{self.dim}, scale={scale}, temperature={self.temperature}, form={self.form!r}, "
            f"similarity={self.similarity!r}, terms={self.terms!r}"
        )

    def _pushed(self, h: Tensor, mask: Tensor | None = None) -> Tensor:
        return contra_norm(
            h,
            scale=self.scale,
            temperature=self.temperature,
            form=self.form,
            similarity=self.similarity,
            terms=self.terms,
            mask=mask,
        )


class FeatureContraNorm(nn.Module):
    """`feature_contra_norm`, and by default a LayerNorm after it.

    Source: the feature-wise variant of Guo et al., arXiv 2303.06562.

    >>> FeatureContraNorm(4, scale=1.0, layer_norm=False)(torch.tensor([[2.0, 4.0, 2.0, 4.0]]))
    tensor([[1., 5., 1., 5.]])
    """

    def __init__(
        self,
        dim: int,
        *,
        scale: float | int | Tensor,
        temperature: float | int | Tensor = 1.0,
        form: Form = "residual",
        layer_norm: bool = True,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
    ) -> None:
        """Keep the settings of `feature_contra_norm`, and make the LayerNorm.

        Args:
            dim: The number of features d.
            scale: The step size s.
            temperature: τ > 0.
            form: As for `feature_contra_norm`.
            layer_norm: Whether a LayerNorm follows.
            eps: The LayerNorm's ε.
            elementwise_affine: Whether the LayerNorm has weights.

        Raises:
            TypeError: For arguments of the wrong kind.
            ValueError: For values that `feature_contra_norm` refuses.
        """
        super().__init__()
        self.dim, self.scale, self.temperature, self.form = dim, scale, temperature, form
        self._pushed(torch.zeros(1, dim))  # refuses bad settings here rather than in use
        following = nn.LayerNorm(dim, eps=eps, elementwise_affine=elementwise_affine)
        self.norm = following if layer_norm else nn.Identity()

    def forward(
        self, h: Float[Tensor, "*batch n d"], mask: Tensor | None = None
    ) -> Float[Tensor, "*batch n d"]:
        """Apply `feature_contra_norm`, then the LayerNorm if there is one."""
        return self.norm(self._pushed(h, mask))

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"{self.dim}, scale={self.scale}, temperature={self.temperature}, form={self.form!r}"

    def _pushed(self, h: Tensor, mask: Tensor | None = None) -> Tensor:
        return feature_contra_norm(
            h, scale=self.scale, temperature=self.temperature, form=self.form, mask=mask
        )
