"""The close-up's figures and tables, as data, at a step in the middle of the path."""

import numpy as np
import pytest

from ui.closeup import LAYER, CloudSettings, Source, close_up, facts
from ui.figures.closeup import box, cloud_figure, cloud_table, drawings, path_table
from ui.settings import Settings
from ui.text import words

SAY = words("layer")
HOSTILE = Source(Settings(text="<b>one</b> %{x} red bird sings", depth=2), layer=1)
STEP = 4


def drawn(settings: CloudSettings, step: int = STEP) -> tuple:
    packet = close_up(settings)
    return packet, drawings(packet, step, say=SAY, facts=facts(settings, packet, step))


@pytest.mark.parametrize(("dimension", "kind"), [("2", "scatter"), ("3", "scatter3d")])
@pytest.mark.parametrize("cloud", ["cone", LAYER])
def test_the_cloud_holds_start_step_and_arrows(cloud: str, dimension: str, kind: str) -> None:
    packet, (points, _, _) = drawn(CloudSettings(cloud, dimension, source=HOSTILE))
    before, arrow, now = points.figure.data
    assert {trace.type for trace in points.figure.data} == {kind}
    assert [trace.name for trace in (before, arrow, now)] == [
        SAY("before"), SAY("arrow"), SAY("now")]  # fmt: skip
    assert list(before.y) == packet.coordinates[0, :, 1].tolist()
    assert list(now.x) == packet.coordinates[STEP, :, 0].tolist()
    ends = [float(packet.coordinates[STEP, 0, 0]), float(packet.pushed[STEP, 0, 0]), None]
    assert list(arrow.x[:3]) == ends
    assert len(arrow.y) == 3 * len(now.y) == len(arrow.marker.size)
    assert f"at step {STEP}" in points.alt


def test_spectrum_and_loss_show_the_step() -> None:
    packet, (_, spectrum, losses) = drawn(CloudSettings())
    assert [list(bar.y) for bar in spectrum.figure.data] == [
        packet.singular_values[0].tolist(),
        packet.singular_values[STEP].tolist(),
    ]
    assert list(losses.figure.data[0].y) == packet.uniformity.tolist()
    assert list(losses.figure.data[1].y) == [packet.uniformity[STEP]]
    assert list(losses.figure.data[1].x) == [STEP] == [losses.figure.layout.shapes[0].x0]
    assert "nats" in losses.figure.layout.yaxis.title.text
    assert f"{packet.uniformity[STEP]:.4g}" in losses.alt
    assert "at step 0" not in spectrum.alt


@pytest.mark.parametrize("dimension", ["2", "3"])
def test_every_axis_of_a_layer_names_its_direction_and_its_share(dimension: str) -> None:
    packet = close_up(CloudSettings(LAYER, dimension, source=HOSTILE))
    layout = cloud_figure(packet, 0, say=SAY).layout
    axes = (layout.scene.xaxis, layout.scene.yaxis, layout.scene.zaxis)
    axes = axes if dimension == "3" else (layout.xaxis, layout.yaxis)
    for number, (axis, share) in enumerate(zip(axes, packet.axes_share, strict=True), start=1):
        assert axis.title.text == f"direction {number} ({100 * share:.0f} % of variance)"
    assert packet.axes_share[0] > packet.axes_share[1]


def test_coordinates_of_made_up_clouds_are_called_coordinates() -> None:
    scene = cloud_figure(close_up(CloudSettings(dimension="3")), 0, say=SAY).layout.scene
    titles = [axis.title.text for axis in (scene.xaxis, scene.yaxis, scene.zaxis)]
    assert [title.split()[0] for title in titles] == ["first", "second", "third"]


def test_tokens_are_labelled_and_harmless() -> None:
    packet, (points, _, _) = drawn(CloudSettings(LAYER, source=HOSTILE))
    labels = points.figure.data[2].text
    assert len(labels) == len(packet.tokens)
    assert "&lt;" in labels
    assert "bird" in labels
    assert "text" in points.figure.data[2].mode
    rises = packet.pushed[STEP, :, 1] > packet.coordinates[STEP, :, 1]
    sides = [place.startswith("bottom") for place in points.figure.data[2].textposition]
    assert sides == rises.tolist()
    assert list(points.table[SAY("column_point")]) == list(packet.tokens)


def test_the_table_of_the_cloud_lists_the_arrows() -> None:
    packet = close_up(CloudSettings(dimension="3"))
    table = cloud_table(packet, STEP, SAY)
    assert len(table) == 24
    assert len(table.columns) == 10
    moved = table["now, axis 3"] + table["one more layer, axis 3"]
    assert moved.tolist() == pytest.approx(packet.pushed[STEP, :, 2].tolist())
    assert table["at the start, axis 1"].tolist() == packet.coordinates[0, :, 0].tolist()


def test_the_table_of_the_path_has_a_row_a_step() -> None:
    packet = close_up(CloudSettings())
    table = path_table(packet, SAY)
    assert table.iloc[:, 0].tolist() == list(range(21))
    measures = (packet.uniformity, packet.effective_rank, packet.mean_cosine)
    for column, values in enumerate(measures, start=1):
        assert table.iloc[:, column].tolist() == values.tolist()


@pytest.mark.parametrize("dimension", ["2", "3"])
def test_all_steps_of_unit_points_share_one_box_that_holds_them(dimension: str) -> None:
    packet = close_up(CloudSettings(dimension=dimension))
    assert box(packet, 0) == box(packet, 20)
    for axis, (low, high) in enumerate(box(packet, 0)):
        for points in (packet.coordinates, packet.pushed):
            assert low < points[..., axis].min()
            assert points[..., axis].max() < high


def test_a_growing_cloud_is_drawn_at_the_size_of_the_step() -> None:
    packet = close_up(CloudSettings(scale=3.0, unit=False))
    small, large = (np.ptp(box(packet, step), axis=1) for step in (0, 20))
    assert (large > 1000 * small).all()
    assert small[0] == pytest.approx(small[1])
    assert box(packet, 0)[0][0] < packet.coordinates[0, :, 0].min()
