from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from ui.figures import watch as figures
from ui.picture import picture
from ui.scene import figure
from ui.settings import Settings
from ui.text import words
from ui.watch import View, scene

DEFAULT = Settings()
NAMES = ["without", "ContraNorm", "partial centring"]


@pytest.fixture(scope="module")
def packet():
    return picture(DEFAULT)


@pytest.fixture(scope="module")
def whole():
    return scene(View(DEFAULT, log=True))


def drawn(whole, key, frame):
    (chart,) = [one for one in whole.charts if one.key == key]
    return figure(whole, chart, frame)


@pytest.mark.parametrize("model", ["lab", "digits"])
@pytest.mark.parametrize("log", [True, False])
def test_every_chart_is_a_plotly_figure_with_titled_axes_at_every_layer(model, log):
    made = scene(View(Settings(model=model, depth=3), log=log))
    for chart in made.charts:
        for frame in range(made.frames):
            legal = go.Figure(figure(made, chart, frame))
            assert legal.layout.xaxis.title.text
            assert legal.layout.yaxis.title.text
        assert len(chart.titles) in (1, made.frames)
        assert len(chart.sentences) in (1, made.frames)


def test_a_cloud_is_its_branch_at_the_layer_on_screen(whole, packet):
    for branch in range(3):
        for layer in (0, 24):
            (trace,) = drawn(whole, f"cloud_{branch}", layer)["data"]
            np.testing.assert_array_equal(trace["x"], packet.coordinates[layer, branch, :, 0])
            np.testing.assert_array_equal(trace["y"], packet.coordinates[layer, branch, :, 1])


def test_all_clouds_share_one_scale_that_holds_every_token(whole, packet):
    layouts = [drawn(whole, f"cloud_{branch}", 0)["layout"] for branch in range(3)]
    spans = {tuple(layout[axis]["range"]) for layout in layouts for axis in ("xaxis", "yaxis")}
    ((low, high),) = spans
    assert low == -high
    assert high > np.abs(packet.coordinates).max()


def test_nothing_but_numbers_changes_in_a_cloud_while_s_moves_and_its_note_says_the_share(packet):
    moved = replace(DEFAULT, scale=0.0)
    before, after = (scene(View(asked, log=True)).charts[1] for asked in (DEFAULT, moved))
    assert before.layout == after.layout
    assert before.traces == after.traces
    assert before.note != after.note
    for share in packet.share:
        assert f"{100 * share:.0f} %" in before.note


def test_the_spectrum_is_that_of_the_layer_and_stands_on_a_floor(whole, packet):
    data = drawn(whole, "spectrum", 24)["data"]
    assert [trace["name"] for trace in data] == NAMES
    np.testing.assert_array_equal(data[1]["y"], packet.singular_values[24, 1])
    gone = scene(View(replace(DEFAULT, model="digits", temperature=0.2), log=True))
    fallen = drawn(gone, "spectrum", 24)
    assert min(trace["y"].min() for trace in fallen["data"]) == pytest.approx(
        10 ** fallen["layout"]["yaxis"]["range"][0]
    )
    low, high = drawn(whole, "spectrum", 24)["layout"]["yaxis"]["range"]
    assert 10**low <= np.min(data[0]["y"]) * 1.0001
    assert np.max(packet.singular_values) <= 10**high * 1.0001


@pytest.mark.parametrize("name", ["effective_rank", "mean_cosine"])
def test_a_measure_is_drawn_for_each_branch_and_its_layer_is_ringed(whole, packet, name):
    data = drawn(whole, name, 7)["data"]
    assert [trace["name"] for trace in data] == NAMES * 2
    for branch in range(3):
        np.testing.assert_array_equal(data[branch]["y"], getattr(packet, name)[:, branch])
        assert list(data[branch + 3]["x"]) == [7]
        assert list(data[branch + 3]["y"]) == [getattr(packet, name)[7, branch]]


def test_attention_similarity_begins_at_layer_one(whole, packet):
    data = drawn(whole, "attention_similarity", 1)["data"]
    assert list(data[2]["x"]) == list(range(25))
    assert np.isnan(data[2]["y"][0])
    np.testing.assert_array_equal(data[2]["y"][1:], packet.attention_similarity[:, 2])
    (chart,) = [one for one in whole.charts if one.key == "attention_similarity"]
    assert f"{packet.attention_similarity[0, 0]:.2f}" in chart.sentences[1]
    assert not any(character.isdigit() for character in chart.sentences[0].partition(":")[2])


def test_the_heat_is_layers_by_index(whole, packet):
    (trace,) = drawn(whole, "heat_1", 0)["data"]
    assert np.shape(trace["z"]) == (25, len(trace["y"]))
    assert trace["transpose"]
    top = 10 ** drawn(whole, "spectrum", 0)["layout"]["yaxis"]["range"][1]
    assert trace["z"][3][2] == pytest.approx(np.log10(packet.singular_values[3, 1, 2] / top))


def test_the_heat_s_table_holds_what_is_drawn(whole):
    (chart,) = [one for one in whole.charts if one.key == "heat_1"]
    cells = [column.cells.of(whole.arrays, 0) for column in chart.columns]
    (trace,) = drawn(whole, "heat_1", 0)["data"]
    np.testing.assert_array_equal(cells[0], trace["x"])
    np.testing.assert_array_equal(np.stack(cells[1:], axis=1), trace["z"])


def test_labels_carry_no_tags_and_no_templates(packet):
    hostile = replace(packet, tokens=("<b>%{x}</b>",) * len(packet.tokens))
    label = figures.cloud(hostile, 0, words("watch")).traces[0]["text"][0]
    assert "<" not in label
    assert "%{" not in label
