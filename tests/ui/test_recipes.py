"""Every page's program, run: it gives the numbers of the page."""

import dataclasses

import numpy as np
import pytest

from contranorm import MEASURES, NORMS, VARIANTS
from models.vectors import reading
from models.vectors.diagnosis import diagnose
from models.vectors.examples import EXAMPLES as EXAMPLES_OF_VECTORS
from models.vectors.table import Bounds, without_gaps
from models.vectors.text_files import read_text
from tests.models.vectors import files
from ui import (
    closeup,
    origin,
    real_picture,
    real_recipe,
    receipts,
    tradeoffs,
    tradeoffs_depths,
    tradeoffs_slower,
    twins,
    vectors_recipe,
    vectors_store,
    watch,
)
from ui.closeup import LAYER, SPELLINGS, CloudSettings, Source, close_up
from ui.closeup_example import EXAMPLES, ExampleSettings, example
from ui.origin import Descent, descend
from ui.origin_derivation import Step, derivations
from ui.picture import picture
from ui.real_settings import RealSettings
from ui.recipe import script
from ui.settings import FORMS, PLACES, RIVALS, Settings
from ui.vectors_picture import picture as picture_of_vectors
from ui.vectors_settings import View
from ui.vectors_store import Origin

SHORT = Settings(text="a cat, a dog and «a bird»", depth=3)
MEASURED = (
    *("effective_rank", "mean_cosine", "attention_similarity"),
    *("singular_values", "coordinates"),
)
EXPERIMENTS = (
    SHORT,
    Settings(text="", depth=2),
    Settings(text="word", depth=2),
    Settings(text="word " * 100, depth=1),
    dataclasses.replace(SHORT, width=32, heads=2, seed=3, gain=2.0, attention_temperature=0.2),
    dataclasses.replace(SHORT, residual=False, mlp=False, layer_norm="none", positions=False),
    dataclasses.replace(SHORT, layer_norm="pre", scale=0.2, temperature=0.05),
    Settings(model="minilm", text="the cat sat; the dog ran", depth=3, scale=0.5),
    Settings(model="minilm", text="", depth=1, rival="pair_norm_si", placement="attention_input"),
    Settings(model="digits_6", digit=3, depth=6, temperature=0.2),
    Settings(model="digits", digit=7, depth=4, scale=2.0, temperature=0.2, rival="pair_norm"),
    *(dataclasses.replace(SHORT, rival=rival) for rival in RIVALS),
    *(dataclasses.replace(SHORT, placement=place, form=FORMS[1]) for place in PLACES),
)


def close(found, expected):
    return np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-5, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("settings", EXPERIMENTS, ids=str)
def test_the_first_page_s_script_gives_its_numbers(numbers, settings):
    packet, found = picture(settings), numbers(watch.recipe(settings))
    assert tuple(found["branches"]) == packet.branches
    assert tuple(found["tokens"]) == packet.tokens
    for name in MEASURED:
        assert close(np.stack(found[name], axis=1), getattr(packet, name)), name


@pytest.mark.parametrize(
    "settings",
    [
        RealSettings(text="a cat\nthe dog ran", line=2, head=3),
        RealSettings("a cat", scale=0.3, temperature=0.1, rival="pair_norm", form="plain"),
        RealSettings("«a bird»", placement="after_output_layer_norm", head=99),
        RealSettings("a cat", model="minilm_untrained", placement="nowhere"),
        RealSettings(model="digits_contra_norm_6", digit=7, head=2),
    ],
    ids=str,
)
def test_the_real_model_s_script_gives_its_numbers(numbers, settings):
    real, found = real_picture.picture(settings), numbers(real_recipe.recipe(settings))
    assert tuple(found["branches"]) == real.packet.branches
    assert tuple(found["tokens"]) == real.packet.tokens
    for name in MEASURED[:3]:
        assert close(np.stack(found[name], axis=1), getattr(real.packet, name)), name
    for name in ("attention", "cosine"):
        assert close(np.stack(found[name], axis=1), getattr(real, name)), name
    assert close(found["kept"], real.kept)


def clouds():
    for cloud in closeup.CLOUDS:
        if cloud != LAYER:
            yield CloudSettings(cloud, "3" if cloud == "ring" else "2", unit=cloud != "blob")
    for variant in SPELLINGS:
        yield CloudSettings("cone", "3", variant, 0.3, 0.5)
    yield CloudSettings("isotropic", "2", "vit", 3.0, 0.1, unit=False)  # runs away
    for branch, layer in (("without", 0), ("contra_norm", 2), ("rival", 9)):
        yield CloudSettings(LAYER, "3", "albert", 0.1, 0.3, True, Source(SHORT, branch, layer))
    digits = Settings(model="digits", depth=2)
    yield CloudSettings(LAYER, "2", source=Source(digits, "rival", 2))


@pytest.mark.parametrize("settings", list(clouds()), ids=str)
def test_the_close_up_s_script_gives_its_numbers(numbers, settings):
    packet = close_up(settings)
    found = numbers(closeup.recipe(settings, ExampleSettings()))
    assert tuple(found["tokens"]) == packet.tokens
    assert len(found["effective_rank"]) == packet.last + 1
    for name in ("coordinates", "pushed", "singular_values"):
        drawn = getattr(packet, name)
        assert np.asarray(found[name]) == pytest.approx(drawn, rel=1e-5, abs=1e-5), name
    for name in ("uniformity", "effective_rank", "mean_cosine"):
        assert close(found[name], getattr(packet, name)), name


@pytest.mark.parametrize("tokens", EXAMPLES)
def test_the_close_up_s_script_works_the_four_tokens_out(numbers, tokens):
    settings = CloudSettings(scale=0.7, temperature=0.3)
    asked = ExampleSettings(tokens, 0.7, 0.3)
    worked, found = example(asked), numbers(closeup.recipe(settings, asked))["by_hand"]
    for name, value in found.items():
        assert close(value, getattr(worked, name)), name


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        (Descent(), Step()),
        (Descent("sphere", 0.5, 1.5, 0.3, 0.5), Step(0.2, 0.3)),
        (Descent(alignment=0.0, overlap=1.0), Step(2.0, 0.1)),
        (Descent(uniformity=0.0, seed=1), Step(0.0, 2.0, seed=4)),
    ],
    ids=str,
)
def test_the_loss_s_script_gives_its_numbers(numbers, settings, step):
    path, found = descend(settings), numbers(origin.recipe(settings, step))
    for name in (
        *("points", "alignment", "uniformity", "total"),
        *("pair_distance", "other_distance"),
    ):
        assert close(found[name], getattr(path, name)), name
    for rows, expected in zip(("unit_rows", "rows_as_drawn"), derivations(step), strict=True):
        for name, value in found[rows].items():
            shown = expected.rows[name] if name in expected.rows else getattr(expected, name)
            assert close(value, shown), name


@pytest.mark.parametrize("name", EXAMPLES_OF_VECTORS)
def test_the_vectors_script_gives_the_diagnosis_and_the_points_drawn(numbers, name):
    view = View(data=name, norm="pair_norm" if name == "point" else "contra_norm", scale=1.5)
    cloud = vectors_store.example(name)
    drawn, found = picture_of_vectors(view, cloud), numbers(vectors_recipe.recipe(cloud, view))
    measured = diagnose(cloud.table.values)
    assert found["before"]["raw"] == pytest.approx(dict(measured.raw), rel=1e-5)
    assert found["before"]["centered"] == pytest.approx(dict(measured.centered), rel=1e-5)
    for side in ("before", "after"):
        assert close(found[side]["points"], getattr(drawn, side).points), side
        assert found[side]["spread"] == pytest.approx(getattr(drawn, side).outline.spread, rel=1e-5)


def test_the_twins_script_gives_the_measures_of_the_page(numbers):
    asked = twins.View(6)
    expected, found = twins.twins(asked), numbers(twins.recipe(asked))
    for index, method in enumerate(expected.methods):
        said = found[method]
        assert said["accuracy"] == said["accuracy_on_its_card"]
        assert said["accuracy"] == pytest.approx(expected.accuracy[index], rel=1e-5)
        for name, array in (
            ("effective_rank", "rank"),
            ("mean_cosine", "cosine"),
            ("singular_values", "sigma"),
        ):
            assert close(said[name], getattr(expected, array)[:, index]), name


def test_the_tradeoffs_script_gives_the_maps_of_the_page(numbers):
    asked = tradeoffs.View(12)
    expected, found = tradeoffs.tradeoffs(asked), numbers(tradeoffs.recipe(asked))
    assert tuple(found["scales"]) == expected.scales
    for name, title in tradeoffs.COLUMNS.items():
        said = [[np.nan if cell is None else cell for cell in row] for row in found[title]]
        assert close(said, expected.maps[name]), name
    names = [f"{method} {learned}" for method, learned in expected.begun]
    assert set(found["by_gain"]) == set(names)
    for name, column in zip(names, expected.by_gain.T, strict=True):
        said = found["by_gain"][name]
        assert close([said[f"{gain:g}"] for gain in expected.gains], column), name
    scores = tradeoffs_depths.scores()
    for name, known in (("by_depth", scores.default), ("best_by_depth", scores.best)):
        lines = known.set_index(["method", "depth"])[["mean", "min", "max"]]
        assert len(found[name]) == len(lines)
        for place, numbers_there in found[name].items():
            method, depth = place.split()
            assert close(numbers_there, lines.loc[method, int(depth)].tolist())
    for kind, race in tradeoffs_slower.at_depth(12).items():
        assert found["epochs_to_80"][kind] == {
            method: {str(seed): epoch if epoch < np.inf else None for seed, epoch in goals.items()}
            for method, goals in race.goals.items()
        }


UPLOADS = {
    "npz": ("a.npz", lambda: files.npz(first=ROWS[:3], second=ROWS), "second", "none"),
    "csv": ("=1+1.csv", lambda: b"x,y,z\n1,2,0\n4,,1\n7,1,2\n0,3,3\n", "", "drop"),
    "mean": ("a.csv", lambda: b"x,y,z\n1,2,0\n4,,1\n7,1,2\n0,3,3\n", "", "mean"),
}
ROWS = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)


@pytest.mark.parametrize("kind", UPLOADS)
def test_the_program_of_a_visitor_s_file_reads_the_array_and_treats_its_gaps(
    numbers, tmp_path, monkeypatch, kind
):
    name, data, member, how = UPLOADS[kind]
    table = reading.read(data(), name, Bounds(), member)
    held = table if how == "none" else without_gaps(table, how)
    cloud = vectors_store.hold(held, name=name, origin=Origin(gaps=how))
    (tmp_path / name).write_bytes(data())
    monkeypatch.chdir(tmp_path)
    view = View(key=cloud.key, norm="partial_centering")
    found = numbers(vectors_recipe.recipe(cloud, view))
    assert found["before"]["raw"] == pytest.approx(dict(diagnose(held.values).raw), rel=1e-5)
    assert len(found["before"]["points"]) == len(held.values)


@pytest.mark.parametrize("most", [20_000, 5])
def test_the_program_of_pasted_text_holds_it_or_asks_for_its_file(
    numbers, tmp_path, monkeypatch, most
):
    monkeypatch.setattr(vectors_recipe, "LONGEST_PASTED", most)
    text = 'a,b,"%s"\n1,2,"""\n{{ 1 }}"\n3,5,x\n4,4,y\n'
    table = read_text(text.encode(), Bounds())
    cloud = vectors_store.hold(table, name="pasted text", origin=Origin(text))
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    recipe = vectors_recipe.recipe(cloud, View(key=cloud.key))
    assert ("read_bytes" in script(recipe)) == (most == 5)
    found = numbers(recipe)
    assert found["before"]["raw"] == pytest.approx(dict(diagnose(table.values).raw), rel=1e-5)


def test_the_receipts_script_lists_every_row(numbers, capsys):
    found = numbers(receipts.recipe())
    assert [row["title"] for row in found["measures"]] == [row.title for row in MEASURES.values()]
    assert [row["source"] for row in found["norms"]] == [row.source for row in NORMS.values()]
    assert [row["note"] for row in found["variants"]] == [row.note for row in VARIANTS.values()]
    assert found["norms"][1]["laws"] == "batch, permutation, rotation, scale"
    assert len(found["run"]["sha256"]) == 20
    assert '"tag": "code"' in capsys.readouterr().out


def test_a_script_writes_its_numbers_to_a_file_if_asked(numbers, tmp_path, monkeypatch):
    import json

    monkeypatch.setenv("CONTRANORM_SAVE", str(tmp_path / "numbers.json"))
    found = numbers(watch.recipe(SHORT))
    assert json.loads((tmp_path / "numbers.json").read_text()) == found
