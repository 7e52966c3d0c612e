"""The pairs and the losses as data, at the start, on the way and at the end; their parameters."""

import numpy as np
import plotly.graph_objects as go
import pytest

from ui.figures.origin import rings
from ui.origin import LAST, Descent, descend
from ui.origin_live import moving, scene, view, written
from ui.scene import figure, packed
from ui.text import words

SAY = words("origin")
LOSSES = ("alignment", "uniformity", "total")


def drawn(settings, key, step):
    made = scene(settings)
    (chart,) = [chart for chart in made.charts if chart.key.startswith(key)]
    columns = {column.title: column.cells.of(made.arrays, step) for column in chart.columns}
    return chart, figure(made, chart, step), columns


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_every_chart_is_a_plotly_figure_with_titled_axes(space):
    made = scene(Descent(space))
    assert made.frames == len(made.frame_names) == len(made.frame_findings) == LAST + 1
    assert made.library == ("gl3d" if space == "sphere" else "cartesian")
    for chart in made.charts:
        assert len(chart.titles) in (1, made.frames)
        for step in (0, 3, 160, LAST):
            legal = go.Figure(figure(made, chart, step))
            flat = legal.data[0].type == "scatter"
            names = "xy" if flat else "xyz"
            within = legal.layout if flat else legal.layout.scene
            assert all(within[f"{name}axis"].title.text for name in names)
            assert all(len(trace.x) == len(trace.y) for trace in legal.data)


@pytest.mark.parametrize("settings", [Descent(), Descent("sphere", 2.0, 0.05, 1.0, 0.1)])
def test_a_message_stays_below_three_hundred_thousand_bytes(settings):
    assert len(packed(scene(settings)).message()) < 300_000


@pytest.mark.parametrize("space", ["circle", "sphere"])
@pytest.mark.parametrize("step", [0, 60, LAST])
def test_the_pairs_are_drawn_at_their_step_and_at_the_start(space, step):
    path = descend(Descent(space))
    chart, found, columns = drawn(Descent(space), "pairs", step)
    outline, began, *pairs = found["data"]
    assert len(pairs) == 12
    assert began["x"].tolist() == path.points[0, :, 0].tolist()
    for axis, name in enumerate("xy" if space == "circle" else "xyz"):
        now = np.concatenate([pair[name] for pair in pairs])
        assert now.tolist() == path.points[step, :, axis].tolist()
    assert outline["x"].tolist() == pytest.approx(rings(path.points.shape[-1])[:, 0], nan_ok=True)
    assert sum(pair["showlegend"] for pair in pairs) == 1
    assert f"step {step}" in chart.titles[step]
    within = found["layout"]["scene"] if space == "sphere" else found["layout"]
    assert "first" in within["xaxis"]["title"]["text"]
    assert "second" in within["yaxis"]["title"]["text"]
    assert columns["one at the start, axis 1"].tolist() == path.points[0, ::2, 0].tolist()
    assert columns["the other now, axis 2"].tolist() == path.points[step, 1::2, 1].tolist()
    assert columns["pair"].tolist() == list(range(1, 13))


@pytest.mark.parametrize(("axes", "circles"), [(2, 1), (3, 3)])
def test_rings_have_radius_one_and_a_gap_after_each(axes, circles):
    lines = rings(axes)
    gaps = np.isnan(lines).any(-1)
    assert gaps.sum() == circles
    assert gaps[-1]
    assert np.linalg.norm(lines[~gaps], axis=-1) == pytest.approx(1)


@pytest.mark.parametrize("step", [0, 7, LAST])
def test_the_losses_name_their_curves_and_axes_and_ring_the_step(step):
    path = descend(Descent())
    chart, found, columns = drawn(Descent(), "losses", step)
    curves, marks = found["data"][:3], found["data"][3:]
    values = [getattr(path, name) for name in LOSSES]
    assert [curve["y"].tolist() for curve in curves] == [row.tolist() for row in values]
    assert [curve["name"] for curve in curves] == [SAY(f"curve_{name}") for name in LOSSES]
    assert [mark["y"].tolist() for mark in marks] == [[row[step]] for row in values]
    assert [mark["x"].tolist() for mark in marks] == [[step]] * 3
    assert [curve["yaxis"] for curve in found["data"]] == ["y", "y2", "y2"] * 2
    assert "squared" in found["layout"]["yaxis"]["title"]["text"]
    assert "nats" in found["layout"]["yaxis2"]["title"]["text"]
    for axis, rows in (("yaxis", values[:1]), ("yaxis2", values[1:])):
        low, high = found["layout"][axis]["range"]
        assert low <= np.min(rows) < np.max(rows) <= high
        assert high - low == pytest.approx(5 * found["layout"][axis]["dtick"])
    assert f"{path.alignment[step]:.3f}" in chart.sentences[step]
    shown = list(columns.values())
    distances = [path.pair_distance, path.other_distance]
    assert shown[0].tolist() == list(range(LAST + 1))
    for column, row in zip(shown[1:], values + distances, strict=True):
        assert column.tolist() == row.tolist()


@pytest.mark.parametrize("step", [0, 9, LAST])
def test_the_findings_are_those_of_the_step(step):
    path = descend(Descent())
    distances, balance, verdict = scene(Descent()).frame_findings[step]
    assert f"step **{step}**" in distances
    assert f"**{path.pair_distance[step]:.3f}**" in distances
    assert f"**{path.other_distance[step]:.3f}**" in distances
    assert f"**{path.mean_length[step]:.3f}**" in balance
    assert verdict == SAY(path.verdict(step))


@pytest.mark.parametrize("settings", [Descent(), Descent("sphere", 0.05, 1.95, 0.35, 0.17)])
def test_parameters_bring_back_the_descent(settings):
    assert view(written(settings)) == settings
    assert view(dict.fromkeys(written(settings), "nonsense")) == Descent()
    assert view({}) == Descent()


def test_every_moving_control_starts_where_the_settings_do():
    start = written(Descent())
    for one in moving(SAY):
        assert f"{one.default:g}" == start[one.parameter]
        assert one.default in one.options
