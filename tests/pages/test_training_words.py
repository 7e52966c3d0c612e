"""Masked words on the page of the training lab: a visitor's line, and what the networks guess."""

import pytest

from models.cards import SHIPPED, SHIPPED_DEPTHS, card
from models.methods import METHODS
from tests.pages.live_part import parts, visited
from tests.pages.training_page import keys, said
from tests.training import fake_corpus
from tests.ui.training_runs import pretend


@pytest.fixture(autouse=True)
def _nothing_trained(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path / "kept")


def clouds(at):
    (found,) = [
        header["scene"] for header, _ in parts(at) if header["scene"]["page"] == "training:clouds"
    ]
    return found["charts"]


WORDS = {"training_task": "masked_words", "training_depth": "6"}


def test_masked_words_are_guessed_by_the_shipped_networks_and_nothing_is_promised():
    at = visited("training", **WORDS)
    assert "python -m training.corpus" in said(at)
    assert keys(at) == set()  # nothing can be trained without the addresses
    heading = next(one.value for one in at.markdown if one.value.startswith("**Masked word 1**"))
    assert "[mask]" in heading
    table = at.table[0].value
    assert list(table.columns) == ["guess", *(METHODS[name].title for name in SHIPPED)]
    assert len(table) == 5
    assert "[mask]" in str(clouds(at)[0]["traces"][0]["text"])


@pytest.mark.parametrize("task", ["digits", "agreement", "masked_words"])
def test_beside_the_shipped_networks_stands_what_one_answer_alone_would_give(task):
    depth = SHIPPED_DEPTHS[task][0]
    at = visited("training", training_task=task, training_depth=str(depth))
    share = card("none", depth=depth, task=task).commonest
    assert f"right in **{share:.3f}** of the test part" in said(at)


def test_a_visitor_s_own_line_is_guessed_and_a_link_carries_it():
    at = visited("training", **WORDS)
    before = at.table[0].value
    at.text_area(key="training_line").set_value("the [mask] of the united [mask]").run()
    assert not at.exception
    assert len(at.table) == 2
    assert not at.table[0].value.equals(before)
    carried = at.query_params["training_line"]
    assert "".join(carried) == "the [mask] of the united [mask]"
    again = visited("training", **WORDS, training_line="the [mask] of the united [mask]")
    assert again.table[0].value.equals(at.table[0].value)


@pytest.mark.parametrize("line", ["", "%%%", "<script>[mask]</script>", "$x$ [mask]" * 90, "\x00"])
def test_no_line_breaks_the_page(line):
    at = visited("training", **WORDS, training_line=line)
    assert len(clouds(at)) == len(SHIPPED)
    assert "<script>" not in said(at)


def test_with_the_addresses_at_hand_words_can_be_trained_on(monkeypatch, tmp_path):
    fake_corpus.put(monkeypatch, tmp_path)
    at = visited("training", **WORDS, training_methods="none", training_epochs="1")
    assert "python -m training.corpus" not in said(at)
    (start,) = [one for one in at.button if one.key == "training_start"]
    assert start.label == "Train one network (625 steps)"


def test_a_line_is_kept_while_another_task_is_looked_at():
    at = visited("training", **WORDS, training_line="the [mask]")
    at.selectbox(key="training_task").set_value("digits").run()
    assert not at.exception
    assert not at.info
    at.selectbox(key="training_task").set_value("masked_words").run()
    assert at.text_area(key="training_line").value == "the [mask]"
