import pytest

from ui.pinned import Outcome, Run, in_sight, side_by_side, table
from ui.text import words

SAY = words("shared")


def run(number, page="watch", results=None, **settings):
    outcome = Outcome(settings, {"rank": 2.0} if results is None else results)
    return Run(number, page, f"?n={number}", {"n": str(number)}, outcome)


def cells(rows):
    return [tuple(row) for row in rows.itertuples(index=False)]


def test_the_file_has_every_setting_every_result_and_the_link():
    rows = table([run(1, s="0.2", text="=1"), run(3, "layer", {"loss": 1.5}, s="1")], SAY)
    assert list(rows.columns) == ["run", "page", "rank", "s", "text", "link", "loss"]
    assert rows["run"].tolist() == [1, 3]
    assert rows["page"].tolist() == ["Watch it collapse", "One layer, close up"]
    assert rows["link"].tolist() == ["?n=1", "?n=3"]
    assert rows["loss"].isna().tolist() == [True, False]


def test_in_sight_are_the_results_and_only_the_settings_that_are_not_all_alike():
    rows = in_sight([run(1, s="0.2", seed="0"), run(2, s="0.3", seed="0")], SAY)
    assert list(rows.columns) == ["run", "page", "rank", "s"]
    assert rows["s"].tolist() == ["0.2", "0.3"]
    assert list(in_sight([run(1, s="0.2")], SAY).columns) == ["run", "page", "rank"]


def test_a_setting_that_one_run_does_not_have_is_not_alike():
    rows = in_sight([run(1, s="0.2"), run(2, "layer")], SAY)
    assert rows["s"].tolist() == ["0.2", ""]


def test_side_by_side_says_in_words_what_differs_and_puts_it_first():
    one = run(1, seed="0", s="0.2", results={"rank": 2.0, "cosine": 0.5, "same": 1.00001})
    other = run(2, seed="0", s="0.3", results={"rank": 3.5, "cosine": 0.25, "same": 1.00002})
    rows = side_by_side(one, other, SAY)
    assert list(rows.columns) == ["what", "run 1", "run 2", "difference"]
    assert cells(rows) == [
        ("s", "0.2", "0.3", "differs"),
        ("seed", "0", "0", "same"),
        ("rank", "2", "3.5", "higher by 1.5"),
        ("cosine", "0.5", "0.25", "lower by 0.25"),
        ("same", "1", "1", "same to the digits shown"),
    ]


def test_runs_of_two_pages_can_be_side_by_side():
    rows = side_by_side(run(1, s="0.2"), run(2, "layer", {"loss": 1.0}, form="plain"), SAY)
    assert ("rank", "2", "", "in one of them only") in cells(rows)
    assert ("loss", "", "1", "in one of them only") in cells(rows)
    assert ("s", "0.2", "", "differs") in cells(rows)


@pytest.mark.parametrize("text", ["x" * 60, "x" * 61])
def test_a_long_text_is_cut_in_sight_and_whole_in_the_file(text):
    runs = [run(1, text=text), run(2, text="y")]
    assert len(in_sight(runs, SAY)["text"][0]) == 60
    assert table(runs, SAY)["text"][0] == text
    assert len(side_by_side(*runs, SAY)["run 1"][0]) == 60
