"""The training lab's page in tests: a small setup, what is on the page, pressing its buttons."""

from tests.ui.training_runs import pretend

TINY = {"training_depth": "2", "training_methods": "none,contra_norm", "training_epochs": "2"}


def noted(monkeypatch, tmp_path):
    """Note the jobs that are put into the queue, in their order."""
    monkeypatch.setenv("CONTRANORM_JOBS", "1")
    return pretend(monkeypatch, tmp_path / "kept")


def said(at):
    kinds = (at.markdown, at.warning, at.error, at.info)
    return "\n".join(one.value for kind in kinds for one in kind)


def keys(at):
    return {one.key for one in at.button if (one.key or "").startswith("training_")}


def press(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def bars(at):
    return [bar.proto.text for bar in at.get("progress")]
