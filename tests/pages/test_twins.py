"""The page of shipped networks: computed from the weights, with every card."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from contranorm import effective_rank, mean_cosine_similarity
from models.cards import SHIPPED, SHIPPED_DEPTHS, card
from models.digits import digit_trace
from tests.pages.live_part import findings, mounted, move, part
from training.tasks import TASKS
from ui.scene import figure
from ui.text import words
from ui.twins import MEASURED, View, twins
from ui.twins_page import findings as said_of
from ui.twins_page import scene

MAIN = Path(__file__).parents[2] / "ui" / "main.py"


def page(**address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.switch_page("../pages/twins.py")
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


@pytest.fixture(scope="module")
def shallow():
    return page(twins_depth="6")


def test_the_networks_read_what_their_cards_say_and_the_charts_are_of_their_weights(shallow):
    header, arrays = part(shallow)
    for index, name in enumerate(SHIPPED):
        described = card(name, depth=6)
        assert f"**{described.test_accuracy:.3f}** of 360" in findings(shallow)[index]
        assert "as its card says" in findings(shallow)[index]
    hidden = digit_trace("contra_norm", range(MEASURED), trained_depth=6).hidden[4].double()
    place = SHIPPED.index("contra_norm")
    assert arrays["rank"][4, place] == pytest.approx(effective_rank(hidden).mean().item(), rel=1e-4)
    cosine = mean_cosine_similarity(hidden).mean().item()
    assert arrays["cosine"][4, place] == pytest.approx(cosine, rel=1e-4)
    assert arrays["sigma"].sum(-1) == pytest.approx(np.ones((7, 4)), rel=1e-5)
    assert header["scene"]["frames"] == 7


def test_the_depth_changes_the_networks_and_is_in_the_link(shallow):
    at = move(page(twins_depth="6"), "twins", twins_depth="12")
    assert part(at)[1]["rank"].shape == (13, 4)
    assert "".join(at.query_params["twins_depth"]) == "12"
    assert part(at)[0]["id"] != part(shallow)[0]["id"]
    assert [control["name"] for control in mounted(at)["controls"]] == ["twins_depth"]


def test_every_card_is_in_the_table_with_its_hash_and_command(shallow):
    rows = shallow.dataframe[0].value
    assert len(rows) == len(SHIPPED) * sum(map(len, SHIPPED_DEPTHS.values()))
    for task in SHIPPED_DEPTHS:
        depth = SHIPPED_DEPTHS[task][0]
        described = card("contra_norm", depth=depth, task=task)
        row = rows[rows["sha256 of the weights"] == described.sha256].iloc[0]
        assert row["test accuracy"] == described.test_accuracy
        assert row["command that trains it"] == described.command
        assert (row["task"], row["depth"]) == (TASKS[task].title, depth)


def test_a_chart_shows_each_network_at_the_layer_on_screen():
    found = twins(View(6))
    shown = scene(View(6))
    rank, _, spectrum = (figure(shown, chart, frame=3) for chart in shown.charts)
    for index in range(len(SHIPPED)):
        assert list(rank["data"][index]["y"]) == pytest.approx(found.rank[:, index])
        assert list(rank["data"][4 + index]["y"]) == [found.rank[3, index]]
        assert spectrum["data"][index]["y"][0] == pytest.approx(found.sigma[3, index, 0])


def test_an_accuracy_that_is_not_the_card_s_is_said():
    found = twins(View(6))
    found.accuracy[0] -= 0.1
    try:
        sentences = said_of(found, words("twins"))
    finally:
        found.accuracy[0] += 0.1
    assert "while its card says" in sentences[0]
    assert "as its card says" in sentences[1]


def test_an_impossible_depth_is_said_and_the_default_used():
    at = page(twins_depth="7.5", twins_layer="99")
    assert mounted(at)["values"]["twins_depth"] == "6"
    assert any("nearest step, 6" in remark.value for remark in at.info)
    assert any("99" in remark.value for remark in at.info)
