import re
from pathlib import Path

import pandas as pd

from training.report import counted, readme_table, readme_tables, report
from training.results import chosen


def rows(*lines):
    names = ["depth", "method", "tried", "seed", "validation_accuracy", "test_accuracy"]
    frame = pd.DataFrame(lines, columns=names)
    return frame.assign(task="digits", command="python", state="finished")


RUNS = rows(
    *((6, "contra_norm", 0, seed, 0.5, test) for seed, test in enumerate((0.6, 0.9, 0.75))),
    (12, "contra_norm", 0, 0, 0.5, 0.4),
    (6, "none", 0, 0, 0.5, 0.2),
    (6, "none", 1, 0, 0.6, 0.3),
)


def test_a_readme_table_has_mean_and_range_and_says_where_there_are_not_three_seeds():
    lines = readme_table(RUNS, "digits").splitlines()
    assert lines[0] == "| method | depth 6 | depth 12 |"
    assert lines[1] == "|---|---|---|"
    assert lines[2] == "| no norm | 0.20 (1 seed) | – |"
    assert lines[3] == "| ContraNorm | 0.75 (0.60 to 0.90) | 0.40 (1 seed) |"


def test_a_report_shows_defaults_and_the_best_chosen_on_validation_data():
    page = report(RUNS, "a <sweep>")
    assert "<h1>a &lt;sweep&gt;</h1>" in page
    defaults, best, every = page.split("<h2>")[1:]
    assert "0.200" in defaults
    assert "0.300" not in defaults
    assert "chosen on validation data only" in best
    assert "0.300" in best
    assert len(re.findall("<tr", every)) == 1 + len(RUNS)


def test_a_report_without_a_finished_run_only_counts():
    unfinished = RUNS.drop(columns="test_accuracy").assign(state="unfinished")
    page = report(unfinished, "early")
    assert "6 runs, 6 unfinished" in page
    assert "Default settings" not in page


def test_runs_are_counted_by_how_they_ended():
    ended = RUNS.assign(state=["finished"] * 5 + ["diverged"])
    assert counted(ended) == "6 runs, 5 finished, 1 diverged"


def test_two_seeds_are_a_range_and_say_that_they_are_two():
    two = rows((6, "none", 0, 0, 0.5, 0.25), (6, "none", 0, 1, 0.5, 0.75))
    assert "| no norm | 0.50 (0.25 to 0.75) (2 seeds) |" in readme_table(two, "digits")


def test_both_tables_are_written_where_more_was_tried_and_one_where_not():
    first, second = readme_tables(RUNS, "digits").split("Best settings, chosen on validation data:")
    assert "| no norm | 0.20 (1 seed) | – |" in first
    assert "| no norm | 0.30 (1 seed) | – |" in second
    defaults = RUNS[RUNS["tried"] == 0]
    assert readme_tables(defaults, "digits") == readme_table(defaults, "digits")


def test_the_tables_in_the_readme_are_those_of_the_runs_kept_beside_the_sweep():
    root = Path(__file__).parent.parent.parent
    kept = pd.read_csv(root / "training" / "sweeps" / "depths.csv")
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert readme_table(kept, "digits") in readme
    assert readme_table(kept, "digits", chosen(kept)) in readme
