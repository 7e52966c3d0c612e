"""What `contranorm` offers, and what it needs: torch and jaxtyping, nothing else."""

import inspect
import subprocess
import sys

import contranorm
from contranorm import MEASURES, NORMS

PUBLIC = {
    *("contra_norm", "feature_contra_norm", "equivalent_scale", "ContraNorm", "FeatureContraNorm"),
    *("VARIANTS", "Variant", "NORMS", "Norm", "MEASURES", "Measure", "PLACEMENTS", "Placement"),
    *("partial_centering", "pair_norm", "pair_norm_si", "pair_norm_scs", "token_batch_norm"),
    *("zca_whitening", "layer_norm", "alignment", "uniformity", "uniformity_gradient"),
    *("singular_values", "effective_rank", "stable_rank", "participation_ratio"),
    *("explained_variance", "mean_cosine_similarity", "attention_similarity", "token_variance"),
    *("attn_scale", "feat_scale", "scaled_residual", "layer_scale_start"),
    *("deep_norm", "deep_norm_constants", "attach", "trace", "Trace"),
    *("FAMILIES", "Family", "family", "family_placements"),
    *("causal_mask", "PARTS", "State", "rank_changes", "RankChanges", "Change"),
}

IMPORT_ALONE = """
import sys

INSTALLED = {"streamlit", "plotly", "transformers", "pandas", "sklearn", "scipy", "yaml",
             "beartype", "hypothesis", "pytest", "safetensors", "models", "training", "ui"}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in INSTALLED:
            raise ImportError(name + " is not part of this environment")

sys.meta_path.insert(0, Refuse())
from contranorm import contra_norm, ContraNorm, effective_rank, uniformity, attach, trace
from contranorm import MEASURES, NORMS, VARIANTS
import torch
before = torch.randn(5, 3)
print(float(effective_rank(contra_norm(before, scale=1.0))) > 0)
loaded = {name.split(".")[0] for name in sys.modules}
print(sorted(loaded & INSTALLED))
"""


def test_all_names_are_there_and_no_others():
    assert set(contranorm.__all__) == PUBLIC
    assert list(contranorm.__all__) == sorted(set(contranorm.__all__), key=_constants_first)
    for name in PUBLIC:
        assert hasattr(contranorm, name)


def _constants_first(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_measure_and_every_method_of_the_tables_is_public():
    functions = {row.function.__name__ for row in (*MEASURES.values(), *NORMS.values())}
    assert functions - PUBLIC == {"unchanged"}


def test_everything_public_is_explained():
    for name in PUBLIC:
        thing = getattr(contranorm, name)
        if inspect.isfunction(inspect.unwrap(thing)) or inspect.isclass(thing):
            assert inspect.getdoc(thing)


def test_everything_after_the_tensors_is_keyword_only():
    for row in (*MEASURES.values(), *NORMS.values()):
        for parameter in inspect.signature(inspect.unwrap(row.function)).parameters.values():
            tensor = parameter.name in {"h", "h_positive", "attention"}
            assert tensor or parameter.kind is parameter.KEYWORD_ONLY


def test_the_library_imports_with_torch_and_jaxtyping_alone():
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALONE], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.split("\n")[:2] == ["True", "[]"]
