"""The close-up's charts as data, at steps in the middle of the path and at its ends."""

import numpy as np
import plotly.graph_objects as go
import pytest

from ui.closeup import LAST, LAYER, CloudSettings, Source, close_up, facts
from ui.closeup_live import moving, scene, view, written
from ui.figures.closeup import ASIDE, arrays, arrows, boxes, uncrowded
from ui.scene import figure
from ui.settings import Settings
from ui.text import words

SAY = words("layer")
HOSTILE = Source(Settings(text="<b>one</b> %{x} red bird sings", depth=2), layer=1)
STEP = 4


def drawn(settings, key, step=STEP):
    made = scene(settings)
    (chart,) = [chart for chart in made.charts if chart.key.startswith(key)]
    return chart, figure(made, chart, step)


def column(settings, key, title, step=STEP):
    made = scene(settings)
    (chart,) = [chart for chart in made.charts if chart.key.startswith(key)]
    (cells,) = [column.cells for column in chart.columns if column.title == title]
    return cells if isinstance(cells, tuple) else cells.of(made.arrays, step)


@pytest.mark.parametrize(
    "settings",
    [CloudSettings(), CloudSettings(dimension="3"), CloudSettings(LAYER, "3", source=HOSTILE),
     CloudSettings(dimension="3", scale=3.0, unit=False),
     CloudSettings(variant="paper", scale=3.0, temperature=0.02, unit=False),
     CloudSettings(LAYER, source=Source(Settings(text="one", depth=1)))],
)  # fmt: skip
def test_every_chart_is_a_plotly_figure_with_titled_axes_at_every_step(settings):
    made = scene(settings)
    kinds = set()
    for chart in made.charts:
        assert len(chart.titles) in (1, made.frames)
        assert len(chart.sentences) == made.frames
        for step in range(made.frames):
            legal = go.Figure(figure(made, chart, step))
            kinds |= {trace.type for trace in legal.data}
            axes = [legal.layout.xaxis, legal.layout.yaxis]
            if legal.data[0].type == "scatter3d":
                axes = [legal.layout.scene[f"{axis}axis"] for axis in "xyz"]
            assert all(axis.title.text and axis.range[0] < axis.range[1] for axis in axes)
            lengths = {len(trace.x) == len(trace.y) for trace in legal.data}
            assert lengths == {True}
    assert kinds == ({"scatter", "scatter3d"} if settings.dimension == "3" else {"scatter"})
    assert made.library == ("gl3d" if settings.dimension == "3" else "cartesian")
    assert len(made.frame_names) == len(made.frame_findings) == made.frames


@pytest.mark.parametrize(("dimension", "kind"), [("2", "scatter"), ("3", "scatter3d")])
@pytest.mark.parametrize("cloud", ["cone", LAYER])
@pytest.mark.parametrize("step", [0, STEP, LAST])
def test_the_cloud_holds_start_step_and_arrows(cloud, dimension, kind, step):
    settings = CloudSettings(cloud, dimension, source=HOSTILE if cloud == LAYER else None)
    packet = close_up(settings)
    chart, found = drawn(settings, "cloud", step)
    before, arrow, now = found["data"][:3]
    assert {trace["type"] for trace in found["data"]} == {kind}
    names = [trace["name"] for trace in (before, arrow, now)]
    assert names == [SAY("before"), SAY("arrow"), SAY("now")]
    last = "y" if dimension == "2" else "z"
    assert before["y"].tolist() == packet.coordinates[0, :, 1].tolist()
    assert now["x"].tolist() == packet.coordinates[step, :, 0].tolist()
    assert now[last].tolist() == packet.coordinates[step, :, -1].tolist()
    ends = [packet.coordinates[step, :, -1], packet.pushed[step, :, -1]]
    assert arrow[last][0::6].tolist() == ends[0].tolist()
    assert arrow[last][1::6].tolist() == pytest.approx(ends[1].tolist())
    assert np.isnan(arrow[last][5::6]).all()
    assert f"at step {step}" in chart.titles[step]
    assert f"at step {step}" in chart.sentences[step]


@pytest.mark.parametrize("axes", [2, 3])
def test_a_head_is_two_equal_sides_behind_the_tip_and_never_longer_than_asked(axes):
    generator = np.random.default_rng(0)
    tails, tips = generator.normal(size=(2, 3, 40, axes))
    line = arrows(tails, tips, longest_head=np.full((3, 1, 1), 0.2)).reshape(3, 40, 6, axes)
    left, right = line[:, :, 2] - tips, line[:, :, 4] - tips
    lengths = np.linalg.norm(left, axis=-1)
    assert lengths == pytest.approx(np.linalg.norm(right, axis=-1))
    assert lengths.max() <= 0.2 * np.sqrt(1.25) + 1e-9
    move = tips - tails
    back = (left * move).sum(-1)
    assert back == pytest.approx((right * move).sum(-1))
    assert (back < 0).all()
    assert np.linalg.norm(left - right, axis=-1).min() > 0
    still = arrows(tails, tails, longest_head=np.ones((3, 1, 1))).reshape(3, 40, 6, axes)
    assert np.abs(still[:, :, :5] - tails[:, :, None]).max() == 0


def test_spectrum_and_loss_show_the_step():
    packet = close_up(CloudSettings())
    chart, spectrum = drawn(CloudSettings(), "spectrum")
    assert [line["y"].tolist() for line in spectrum["data"]] == [
        packet.singular_values[0].tolist(),
        packet.singular_values[STEP].tolist(),
    ]
    assert f"step {STEP}" in chart.sentences[STEP]
    chart, losses = drawn(CloudSettings(), "losses")
    curve, ring = losses["data"]
    assert curve["y"].tolist() == packet.uniformity.tolist()
    assert (ring["x"].tolist(), ring["y"].tolist()) == ([STEP], [packet.uniformity[STEP]])
    assert "nats" in losses["layout"]["yaxis"]["title"]["text"]
    low, high = losses["layout"]["yaxis"]["range"]
    assert low <= packet.uniformity.min() < packet.uniformity.max() <= high
    assert f"{packet.uniformity[STEP]:.4g}" in chart.sentences[STEP]


@pytest.mark.parametrize("dimension", ["2", "3"])
def test_every_axis_of_a_layer_names_its_direction_and_its_share(dimension):
    settings = CloudSettings(LAYER, dimension, source=HOSTILE)
    shares = close_up(settings).axes_share
    layout = drawn(settings, "cloud")[1]["layout"]
    within = layout["scene"] if dimension == "3" else layout
    for number, (axis, share) in enumerate(zip("xyz", shares, strict=False), start=1):
        title = within[f"{axis}axis"]["title"]["text"]
        assert title == f"direction {number} ({100 * share:.0f} % of variance)"
    assert shares[0] > shares[1]


def test_coordinates_of_made_up_clouds_are_called_coordinates():
    scene3 = drawn(CloudSettings(dimension="3"), "cloud")[1]["layout"]["scene"]
    titles = [scene3[f"{axis}axis"]["title"]["text"] for axis in "xyz"]
    assert [title.split()[0] for title in titles] == ["first", "second", "third"]


def test_tokens_are_labelled_harmless_and_away_from_their_arrows():
    settings = CloudSettings(LAYER, source=HOSTILE)
    packet = close_up(settings)
    labels = drawn(settings, "cloud")[1]["data"][3]
    assert labels["mode"] == "text"
    assert len(labels["text"]) == len(packet.tokens)
    assert "&lt;" in labels["text"]
    assert "bird" in labels["text"]
    rises = packet.pushed[STEP, :, 1] > packet.coordinates[STEP, :, 1]
    drawn_too = ~np.isnan(labels["y"])
    assert drawn_too.any()
    below = labels["y"] < packet.coordinates[STEP, :, 1]
    assert below[drawn_too].tolist() == rises[drawn_too].tolist()
    low, high = boxes(packet)
    apart = np.abs(labels["y"] - packet.coordinates[STEP, :, 1])
    assert apart[drawn_too] == pytest.approx(ASIDE * (high - low)[STEP, 0] / 2, rel=1e-5)
    assert column(settings, "cloud", SAY("column_point")) == packet.tokens


def test_labels_stand_apart_and_none_is_left_out_without_need():
    chance = np.random.default_rng(0)
    labels, gap = chance.normal(size=(2, 30, 3)), np.array([0.5, 1.0])
    for step, kept in enumerate(uncrowded(labels, gap[:, None, None])):
        shown = ~np.isnan(kept).any(-1)
        assert np.array_equal(kept[shown], labels[step][shown])
        apart = np.linalg.norm(labels[step][:, None] - labels[step][None, shown], axis=-1)
        assert (apart[shown] + 9 * np.eye(shown.sum()) >= gap[step]).all()
        assert (apart[~shown].min(-1) < gap[step]).all()
    assert np.isnan(uncrowded(np.zeros((1, 4, 3)), np.ones((1, 1, 1)))[0, 1:]).all()


def test_the_table_of_the_cloud_lists_the_arrows():
    settings = CloudSettings(dimension="3")
    packet = close_up(settings)
    chart, _ = drawn(settings, "cloud")
    assert len(chart.columns) == 10
    assert column(settings, "cloud", SAY("column_point"))[:2] == ("1", "2")
    moved = sum(
        column(settings, "cloud", name) for name in ("now, axis 3", "one more layer, axis 3")
    )
    assert moved.tolist() == pytest.approx(packet.pushed[STEP, :, 2].tolist())
    first = column(settings, "cloud", "at the start, axis 1")
    assert first.tolist() == packet.coordinates[0, :, 0].tolist()


def test_the_table_of_the_path_has_a_row_a_step():
    packet = close_up(CloudSettings())
    chart, _ = drawn(CloudSettings(), "losses")
    steps, *measures = [column(CloudSettings(), "losses", one.title) for one in chart.columns]
    assert steps.tolist() == list(range(21))
    for found, values in zip(
        measures, (packet.uniformity, packet.effective_rank, packet.mean_cosine), strict=True
    ):
        assert found.tolist() == values.tolist()


@pytest.mark.parametrize("dimension", ["2", "3"])
def test_all_steps_of_unit_points_share_one_box_that_holds_them(dimension):
    packet = close_up(CloudSettings(dimension=dimension))
    low, high = boxes(packet)
    assert np.ptp(low, axis=0).max() == np.ptp(high, axis=0).max() == 0
    assert np.ptp(high - low, axis=1) == pytest.approx(0, abs=1e-6)
    for points in (packet.coordinates, packet.pushed):
        assert (low[:, None] < points).all()
        assert (points < high[:, None]).all()
    ranges = [drawn(CloudSettings(), "cloud", step)[1]["layout"]["xaxis"] for step in (0, 9)]
    assert ranges[0] == ranges[1]


def test_a_growing_cloud_is_drawn_at_the_size_of_the_step():
    settings = CloudSettings(scale=3.0, unit=False)
    packet = close_up(settings)
    low, high = boxes(packet)
    assert ((high - low)[20] > 1000 * (high - low)[0]).all()
    assert low[0, 0] < packet.coordinates[0, :, 0].min()
    spans = [drawn(settings, "cloud", step)[1]["layout"]["xaxis"]["range"] for step in (0, 20)]
    assert [list(span) for span in spans] == [[low[0, 0], high[0, 0]], [low[20, 0], high[20, 0]]]
    tops = arrays(packet)["tops"][:, 1]
    assert (tops >= packet.singular_values.max(-1)).all()
    tall = [drawn(settings, "spectrum", step)[1]["layout"]["yaxis"]["range"] for step in (0, 20)]
    assert tall[1][1] > 1000 * tall[0][1] > 0


@pytest.mark.parametrize(
    "settings",
    [CloudSettings(), CloudSettings("ring", "3", "albert", 0.45, 0.14, False),
     CloudSettings(LAYER, source=HOSTILE),
     CloudSettings(LAYER, source=Source(Settings(text="word " * 400, depth=3), "rival", 2))],
)  # fmt: skip
def test_parameters_bring_back_the_cloud_whole(settings):
    assert view(written(settings)) == settings
    assert all(isinstance(value, str) for value in written(settings).values())


@pytest.mark.parametrize(
    "address",
    [{}, {"layer_s": "nan", "layer_tau": "", "layer_cloud": "<b>", "layer_unit": "maybe"},
     {"layer_variant": "gcn", "layer_dimension": "4", "from": "%ED%A0%80&depth=1e999"}],
)  # fmt: skip
def test_whatever_parameters_hold_there_is_a_cloud(address):
    assert view(address) == CloudSettings()
    layer = view(address | {"layer_cloud": "layer", "layer_at": "soup", "layer_branch": ""})
    assert layer.source == Source()


def test_both_moving_controls_start_where_the_settings_do():
    assert {one.parameter: one.default for one in moving(SAY)} == {"layer_s": 0.5, "layer_tau": 0.2}
    assert all(one.default in one.options for one in moving(SAY))


@pytest.mark.parametrize("step", [0, STEP])
def test_the_findings_are_those_of_the_step(step):
    packet = close_up(CloudSettings())
    loss, rank, cosine = scene(CloudSettings()).frame_findings[step]
    assert f"step {step} " in loss
    assert facts(CloudSettings(), packet, step)["after"] in loss
    assert f"**{packet.effective_rank[step]:.4g}**" in rank
    assert f"**{packet.mean_cosine[step]:.4g}**" in cosine
    assert ("stayed the same" in rank) == (step == 0)
    told = scene(CloudSettings(LAYER, source=HOSTILE)).frame_findings[step]
    assert "128 features" in told[3]
