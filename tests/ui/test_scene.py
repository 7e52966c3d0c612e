import json

import numpy as np
import pytest

from ui.scene import FRAME, SELECTED, Chart, Choice, Column, Scene, Take, figure, packed, unpacked

ARRAYS = {
    "layer": np.arange(3)[:, None],
    "points": np.arange(24, dtype=float).reshape(3, 4, 2) / 7,
}
CHART = Chart(
    key="cloud",
    titles=("one “title” – 日本",),
    sentences=("layer 0", "layer 1", "layer 2"),
    traces=(
        {
            "type": "scatter",
            "x": Take("points", (FRAME, None, 0)),
            "y": Take("points", (FRAME, 1, 1)),
            "text": ["@", '"@"'],
            "marker": {"size": Take("layer", (None, 0))},
        },
    ),
    layout={"xaxis": {"title": {"text": "x"}}},
    columns=(Column("token", ("a", "b")), Column("x", Take("points", (FRAME, None, 0)))),
)
SCENE = Scene("page", ARRAYS, (CHART,), frames=3, findings=("@",), frame_names=("0", "1", "2"))


def test_a_message_comes_back_as_it_went():
    header, arrays = unpacked(packed(SCENE).message(seq=7, mount={"address": {"text": "@"}}))
    assert header["seq"] == 7
    assert header["mount"] == {"address": {"text": "@"}}
    assert header["scene"]["findings"] == ["@"]
    assert header["scene"]["charts"][0]["titles"] == ["one “title” – 日本"]
    assert header["scene"]["charts"][0]["traces"][0]["text"] == ["@", '"@"']
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array.astype(np.float32))


def test_numbers_begin_where_the_browser_may_read_them():
    for extra in ("", "x", "xx", "xxx"):
        message = packed(SCENE).message(extra=extra)
        assert int.from_bytes(message[:4], "little") % 4 == 0
        assert json.loads(message[4 : 4 + int.from_bytes(message[:4], "little")])["extra"] == extra


def test_the_digest_is_the_scenes_alone_and_sees_every_number():
    base = packed(SCENE)
    one, other = (unpacked(base.message(seq=seq))[0]["id"] for seq in (1, 2))
    assert one == other
    moved = ARRAYS | {"points": ARRAYS["points"] + 1e-3}
    assert packed(Scene("page", moved, (CHART,), frames=3)).digest != base.digest


def test_a_take_follows_the_frame_and_one_number_is_a_list_of_one():
    data = figure(SCENE, CHART, 2)["data"][0]
    np.testing.assert_array_equal(data["x"], ARRAYS["points"][2, :, 0])
    np.testing.assert_array_equal(data["y"], [ARRAYS["points"][2, 1, 1]])
    np.testing.assert_array_equal(data["marker"]["size"], [0, 1, 2])
    assert data["text"] == ["@", '"@"']


def test_a_take_follows_what_is_selected_beside_the_frame():
    row = Take("points", (FRAME, SELECTED, None))
    chart = Chart("k", ("t",), ("s",), ({"y": row},), {"xaxis": {"range": row}}, ())
    for selected in (0, 3):
        drawn = figure(SCENE, chart, 1, selected)
        np.testing.assert_array_equal(drawn["data"][0]["y"], ARRAYS["points"][1, selected])
        np.testing.assert_array_equal(drawn["layout"]["xaxis"]["range"], drawn["data"][0]["y"])


def test_a_message_says_what_can_be_chosen_and_what_pressing_a_chart_marks():
    chart = Chart("k", ("t",), ("s",), (), {}, (), picks=True)
    choice = Choice("Token", ("a", "b"), start=1)
    scene = unpacked(packed(Scene("p", {}, (chart,), 1, choice=choice)).message())[0]["scene"]
    assert scene["choice"] == {"label": "Token", "options": ["a", "b"], "start": 1}
    assert scene["charts"][0]["picks"] is True
    assert unpacked(packed(SCENE).message())[0]["scene"]["choice"] is None


def test_broken_characters_do_not_break_a_message():
    header, _ = unpacked(packed(SCENE).message(text="\ud800"))
    assert header["text"] == "?"


def test_what_is_no_plain_value_is_refused():
    odd = Chart("k", ("t",), ("s",), ({"x": object()},), {}, ())
    with pytest.raises(TypeError, match="plain values"):
        packed(Scene("page", {}, (odd,), frames=1))
