"""ContraNorm, the methods it has to be compared with, and the measures that judge them.

>>> import torch
>>> h = torch.tensor([[1.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
>>> bool(effective_rank(contra_norm(h, scale=1.0)) > effective_rank(h))
True
"""

from contranorm.attaching import attach
from contranorm.attn_scale import attn_scale
from contranorm.baselines import (
    layer_norm,
    pair_norm,
    pair_norm_scs,
    pair_norm_si,
    partial_centering,
    token_batch_norm,
    zca_whitening,
)
from contranorm.changes import Change, RankChanges, rank_changes
from contranorm.families import FAMILIES, Family, family, family_placements
from contranorm.feat_scale import feat_scale
from contranorm.functional import contra_norm, equivalent_scale, feature_contra_norm
from contranorm.layers import ContraNorm, FeatureContraNorm
from contranorm.masks import causal_mask
from contranorm.measures import (
    MEASURES,
    Measure,
    alignment,
    attention_similarity,
    effective_rank,
    explained_variance,
    mean_cosine_similarity,
    participation_ratio,
    singular_values,
    stable_rank,
    token_variance,
    uniformity,
    uniformity_gradient,
)
from contranorm.norms import NORMS, Norm
from contranorm.placements import PLACEMENTS, Placement
from contranorm.residuals import (
    deep_norm,
    deep_norm_constants,
    layer_scale_start,
    scaled_residual,
)
from contranorm.states import PARTS, State
from contranorm.tracing import Trace, trace
from contranorm.variants import VARIANTS, Variant

__all__ = [
    "FAMILIES",
    "MEASURES",
    "NORMS",
    "PARTS",
    "PLACEMENTS",
    "VARIANTS",
    "Change",
    "ContraNorm",
    "Family",
    "FeatureContraNorm",
    "Measure",
    "Norm",
    "Placement",
    "RankChanges",
    "State",
    "Trace",
    "Variant",
    "alignment",
    "attach",
    "attention_similarity",
    "attn_scale",
    "causal_mask",
    "contra_norm",
    "deep_norm",
    "deep_norm_constants",
    "effective_rank",
    "equivalent_scale",
    "explained_variance",
    "family",
    "family_placements",
    "feat_scale",
    "feature_contra_norm",
    "layer_norm",
    "layer_scale_start",
    "mean_cosine_similarity",
    "pair_norm",
    "pair_norm_scs",
    "pair_norm_si",
    "partial_centering",
    "participation_ratio",
    "rank_changes",
    "scaled_residual",
    "singular_values",
    "stable_rank",
    "token_batch_norm",
    "token_variance",
    "trace",
    "uniformity",
    "uniformity_gradient",
    "zca_whitening",
]
