"""Trade-offs: each cell is the mean of its own runs, each sentence follows from them."""

import csv
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.live_part import findings, move, part
from training.sweep import read as sweep
from ui import tradeoffs as numbers
from ui import tradeoffs_page
from ui.figures import tradeoffs as figures
from ui.text import words
from ui.tradeoffs import FILE, Row, View, tradeoffs
from ui.tradeoffs_races import TRIED
from ui.training_settings import DEPTHS, SCALES, TEMPERATURES, Setup
from ui.training_settings import read as read_setup

MAIN = Path(__file__).parents[2] / "ui" / "main.py"
NAN = float("nan")


def page(**address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.switch_page("../pages/tradeoffs.py")
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def run(method, depth, scale, temperature, seed, accuracy, goal=NAN, **layer_norm):
    rank = 10 * accuracy
    return Row(method, depth, scale, temperature, seed, accuracy, rank, goal, **layer_norm)


MADE_UP = (
    *(run("none", 6, 1, 1, seed, 0.2 + seed / 10, 3.0) for seed in (0, 1)),
    *(run("contra_norm", 6, 1, 0.2, seed, 0.6 + seed / 10, 4.0 + seed) for seed in (0, 1)),
    *(run("contra_norm", 6, 1, 5, seed, 0.4, NAN) for seed in (0, 1)),
    *(run("contra_norm", 6, 3, 0.2, seed, 0.9, 2.0 if seed else NAN) for seed in (0, 1)),
    run("contra_norm", 6, 3, 5, 0, 0.5, 1.0),  # its other seed is missing
)


GAINS = (
    *(run("layer_norm", 6, 1, 1, seed, 0.1 + seed / 10, gain=0.5) for seed in (0, 1)),
    *(run("layer_norm", 6, 1, 1, seed, 0.2 + seed / 10) for seed in (0, 1)),
    *(run("partial_centering", 6, 1, 1, seed, 0.9) for seed in (0, 1)),  # one gain only
    *(run("contra_norm", 6, 1, 0.2, seed, 0.3 + seed / 10, gain=0.5) for seed in (0, 1)),
    *(
        run("contra_norm", 6, 1, 0.2, seed, 0.7 + seed / 10, gain=0.5, learned=False)
        for seed in (0, 1)
    ),
    *(
        run("contra_norm", 6, 1, 0.2, seed, 0.1 + seed / 10, gain=1.0, learned=False)
        for seed in (0, 1)
    ),
)


@pytest.fixture
def runs(monkeypatch):
    """Put other runs in the place of the sweep's."""

    def replaced(known):
        monkeypatch.setattr(numbers, "rows", lambda: known)
        return tradeoffs(View(6))

    return replaced


@pytest.fixture
def made_up(runs):
    return runs(MADE_UP)


def test_a_cell_is_the_mean_of_its_runs_and_empty_where_one_is_missing(made_up):
    assert (made_up.scales, made_up.temperatures) == ((1, 3), (0.2, 5))
    assert made_up.maps["accuracy"] == pytest.approx(
        np.array([[0.65, 0.4], [0.9, NAN]]), nan_ok=True
    )
    assert made_up.maps["rank"] == pytest.approx(np.array([[6.5, 4], [9, NAN]]), nan_ok=True)
    assert made_up.maps["goal"] == pytest.approx(np.array([[4.5, NAN], [NAN, NAN]]), nan_ok=True)
    assert made_up.lines["accuracy"] == pytest.approx(np.array([[0.25, 0.65]]))


def test_findings_name_the_ends_of_each_number(made_up):
    said = tradeoffs_page.findings(made_up, words("tradeoffs"))
    assert "between **0.65** (s = 1) and **0.90** (s = 3)" in said[0]
    assert "between **0.40** (τ = 5) and **0.65** (τ = 0.2)" in said[1]
    assert "over 2 seeds" in said[2]


def test_the_gain_has_lines_of_its_own_and_no_place_in_the_maps(runs, made_up):
    found = runs(MADE_UP + GAINS)
    for name in numbers.MEASURED:
        np.testing.assert_array_equal(found.maps[name], made_up.maps[name])
        ours = found.lines[name][:, [found.methods.index(one) for one in made_up.methods]]
        np.testing.assert_array_equal(ours, made_up.lines[name])
    assert (made_up.gains, found.gains) == ((), (0.5, 1))
    assert found.begun == (("layer_norm", True), ("contra_norm", True), ("contra_norm", False))
    assert found.by_gain == pytest.approx(np.array([[0.15, 0.35, 0.75], [0.25, 0.65, 0.15]]))
    sensitive, highest = tradeoffs_page.findings(found, words("tradeoffs"))[2:4]
    assert "between **0.35** (γ = 0.5) and **0.65** (γ = 1) where it is learned" in sensitive
    assert "between **0.15** (γ = 1) and **0.75** (γ = 0.5) where it is held" in sensitive
    assert "LayerNorm only **0.25** (γ = 1); ContraNorm **0.65** (γ = 1)" in highest
    assert "γ" not in "".join(tradeoffs_page.findings(made_up, words("tradeoffs")))
    drawn = figures.charts(found, words("tradeoffs"), most=16, epochs=8)[-1]
    taken = figures.arrays(found, View(6))
    shown = {trace["name"]: trace["y"].of(taken, 0).tolist() for trace in drawn.traces}
    assert shown == {
        "LayerNorm only": pytest.approx([0.15, 0.25]),
        "ContraNorm": pytest.approx([0.35, 0.65]),
        "ContraNorm, γ and bias held": pytest.approx([0.75, 0.15]),
    }
    dashes = [trace["line"]["dash"] for trace in drawn.traces]
    assert dashes == ["longdash", "solid", "dot"]
    assert "ContraNorm, γ and bias held: from 0.15 to 0.75." in drawn.sentences[0]


def test_only_depths_with_more_than_one_strength_have_maps(made_up, runs):
    assert numbers.swept() == (6,)
    further = (run("contra_norm", 12, 1, 0.2, 0, 0.5), run("none", 24, 3, 1, 0, 0.5))
    runs(MADE_UP + further)
    assert numbers.swept() == (6,)
    runs((*MADE_UP, *further, run("contra_norm", 12, 3, 0.2, 0, 0.5)))
    assert numbers.swept() == (6, 12)


@pytest.mark.parametrize("file", [FILE, TRIED], ids=["maps", "methods"])
def test_the_shipped_runs_are_those_of_the_sweep(file):
    planned = {config.command for config in sweep(file.with_suffix(".yaml").read_text()).runs}
    with file.open(newline="") as text:
        shipped = [line["command"] for line in csv.DictReader(text)]
    assert len(shipped) == len(set(shipped))
    assert set(shipped) == planned


def test_a_setting_has_the_same_numbers_wherever_it_is_shown():
    seen = {}
    for row in (*numbers.rows(), *(row for row in numbers.rows(TRIED) if row.tried == 0)):
        setting = (row.method, row.depth, row.scale, row.temperature, row.gain, row.learned)
        known = tuple(map(str, (row.accuracy, row.rank, row.goal, row.validation)))
        seen.setdefault((*setting, row.seed), set()).add(known)
    assert {len(one) for one in seen.values()} == {1}


def test_every_cell_of_the_shipped_maps_is_there_and_can_be_set_in_the_training_lab():
    assert numbers.swept() == (6, 12, 24)
    for depth in numbers.swept():
        found = tradeoffs(View(depth))
        assert np.isfinite(found.maps["accuracy"]).all()
        assert np.isfinite(found.by_gain).all()
        assert [name for name, _ in found.begun] == [
            *("layer_norm", "partial_centering"),
            *("contra_norm", "contra_norm", "token_batch_norm"),
        ]
        assert found.gains == (0.25, 0.5, 1, 2, 4)
        assert found.runs == 3
        assert set(found.scales) <= set(SCALES)
        assert set(found.temperatures) <= set(TEMPERATURES)
        assert depth in DEPTHS
    assert found.depths == (2, 4, 6, 12, 24)
    assert np.isfinite(found.lines["accuracy"]).all()


def test_the_first_paint_has_maps_lines_and_sentences_about_both():
    at = page()
    keys = [chart["key"] for chart in part(at)[0]["scene"]["charts"]]
    assert keys == [
        "map_accuracy",
        "map_rank",
        "map_goal",
        "line_accuracy",
        "line_goal",
        "gain_accuracy",
    ]
    assert "at depth 24" in findings(at)[0]


def test_another_depth_has_its_own_maps_lines_of_the_gain_and_sentences():
    at = page()
    before, numbers_before = findings(at), part(at)[1]
    move(at, "tradeoffs", tradeoffs_depth="12")
    after, numbers_after = findings(at), part(at)[1]
    for name in (*(f"map_{one}" for one in numbers.MEASURED), "by_gain"):
        assert not np.array_equal(numbers_before[name], numbers_after[name], equal_nan=True)
    assert "at depth 12" in after[0]
    assert [*map(str, before[:3])] != [*map(str, after[:3])]
    assert at.query_params == {"tradeoffs_depth": "12"}
    (link,) = at.get("page_link")
    assert "training_depth=12" in link.proto.query_string
    assert any(one.value.startswith("At depth 12") for one in at.markdown)
    assert any(one.value.startswith("**Depth 12, every method") for one in at.markdown)


@pytest.mark.parametrize(("name", "value"), [("tradeoffs_s", 3.0), ("tradeoffs_tau", 5.0)])
def test_a_chosen_cell_is_framed_said_and_leads_to_its_run(name, value):
    at = page()
    before = [one.value for one in at.markdown]
    assert part(at)[1]["chosen"].tolist() == [[1, 2]]
    move(at, "tradeoffs", **{name: f"{value:g}"})
    assert [one.value for one in at.markdown] != before
    across = 3 if name == "tradeoffs_tau" else 1
    up = 3 if name == "tradeoffs_s" else 2
    assert part(at)[1]["chosen"].tolist() == [[across, up]]
    assert at.query_params == {name: f"{value:g}"}
    (link,) = at.get("page_link")
    asked = dict(pair.split("=") for pair in link.proto.query_string.split("&"))
    said = {"tradeoffs_s": "scale", "tradeoffs_tau": "temperature"}[name]
    assert read_setup(asked) == Setup(depth=View().depth, epochs=8, **{said: value})


def test_a_link_restores_the_chosen_cell_and_what_is_no_cell_is_the_default():
    at = page(tradeoffs_s="0.1", tradeoffs_tau="5")
    assert part(at)[1]["chosen"].tolist() == [[3, 0]]
    assert tradeoffs_page.view({"tradeoffs_s": "soup", "tradeoffs_tau": "-1"}) == View()
    assert tradeoffs_page.view({}) == View()
    assert tradeoffs_page.view({"tradeoffs_depth": "12"}) == View(12)
    assert tradeoffs_page.view({"tradeoffs_depth": "2"}) == View()  # no map of that depth


def test_pressing_a_cell_of_a_map_sets_the_controls_whose_options_are_its_axes():
    header = part(page())[0]
    maps = [one for one in header["scene"]["charts"] if one["key"].startswith("map_")]
    assert [one["sets"] for one in maps] == [["tradeoffs_tau", "tradeoffs_s"]] * 3
    options = {one["name"]: [*map(float, one["options"])] for one in header["mount"]["controls"]}
    found = tradeoffs(View())
    assert options["tradeoffs_tau"] == list(found.temperatures)
    assert options["tradeoffs_s"] == list(found.scales)
    assert np.array(found.maps["accuracy"]).shape == (len(found.scales), len(found.temperatures))


def test_a_pinned_run_has_the_chosen_cell_s_scores():
    at = page(tradeoffs_s="3", tradeoffs_tau="0.05")
    at.button(key="pin").click().run()
    row = at.dataframe[0].value.iloc[0]
    expected = tradeoffs(View()).maps["accuracy"]
    place = tradeoffs(View()).scales.index(3.0), tradeoffs(View()).temperatures.index(0.05)
    assert float(row["ContraNorm, test accuracy"]) == pytest.approx(expected[place], rel=1e-3)


def test_a_map_has_tau_across_s_up_and_is_light_where_it_is_good(made_up):
    drawn = figures.charts(made_up, words("tradeoffs"), most=16, epochs=8)
    numbers_drawn = figures.arrays(made_up, View(6, temperature=5, scale=3))
    assert numbers_drawn["chosen"].tolist() == [[1, 1]]
    for chart, name, top, dark_is_high in zip(
        drawn, ("accuracy", "rank", "goal"), (1, 16, 8), (False, False, True), strict=False
    ):
        cells = chart.traces[0]
        assert chart.key == f"map_{name}"
        assert (cells["x"].array, cells["y"].array) == ("column", "row")
        assert cells["reversescale"] is dark_is_high
        for place, column in enumerate(chart.columns[1:]):
            taken = column.cells.of(numbers_drawn, 0)
            np.testing.assert_array_equal(taken, made_up.maps[name][:, place])
        written = chart.traces[2]
        whole = np.isfinite(made_up.maps[name])
        assert len(written["text"]) == len(written["textfont"]["color"]) == whole.sum()
        for across, up, text in zip(written["x"], written["y"], written["text"], strict=True):
            assert float(text) == pytest.approx(made_up.maps[name][up, across], abs=0.051)
        shares = made_up.maps[name][whole] / top
        inks = figures.inks(1 - shares if cells["reversescale"] else shares)
        assert written["textfont"]["color"] == inks


def light(colour):
    return sum(
        part * (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4)
        for part, one in zip((0.2126, 0.7152, 0.0722), np.array(colour) / 255, strict=True)
    )


def test_a_number_is_read_on_every_shade_there_can_be(made_up):
    scale = figures.charts(made_up, words("tradeoffs"), most=16, epochs=8)[0].traces[0]
    places, shades = zip(*scale["colorscale"], strict=True)
    shades = np.array([[*map(int, one[4:-1].split(","))] for one in shades])
    shares = np.linspace(0, 1, 1001)
    for share, ink in zip(shares, figures.inks(shares), strict=True):
        under = light([np.interp(share, places, channel) for channel in shades.T])
        bright, dark = sorted((under, light([{"#000": 0, "#fff": 255}[ink]] * 3)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5
