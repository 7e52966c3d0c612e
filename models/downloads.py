"""A model on its way from the Hub: how far it is, how it is stopped, where it ends up.

begin(model, cache=...) -> Download         one for each model, shared by who asks for it
download.progress -> Progress               at any time, from any thread
download.cancel()
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Literal

from models.hub import HubModel, fetched
from models.unavailable import ModelUnavailable

State = Literal["running", "done", "failed", "cancelled"]
AT_ONCE = 2  # downloads that may run at the same time on one server


@dataclass(frozen=True)
class Progress:
    """How far a download is, in bytes; `problem` says why it failed, and `folder` where it is."""

    state: State
    done: int
    total: int
    problem: ModelUnavailable | None = None
    folder: Path | None = None

    @property
    def share(self) -> float:
        """From 0 to 1.

        >>> Progress("running", 25, 100).share
        0.25
        """
        return min(1.0, self.done / self.total) if self.total else float(self.state == "done")


class Download:
    """The files of one commit, fetched one after another in a thread of their own."""

    def __init__(self, model: HubModel, *, cache: Path | None = None) -> None:
        """Start to fetch."""
        self.model = model
        self._cache = cache
        self._stop = Event()
        self._lock = Lock()
        self._of_file: dict[str, int] = {}
        self._now = Progress("running", 0, model.total)
        self._thread = Thread(target=self._run, name=f"fetch {model.name}", daemon=True)
        self._thread.start()

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        with self._lock:
            now = self._now
            if now.state != "running":
                return now
            return Progress("running", sum(self._of_file.values()), now.total)

    def cancel(self) -> None:
        """Ask it to stop; it does with the next piece that arrives. What is there is kept."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> Progress:
        """Wait until it ends, or for so long, and say how far it is."""
        self._thread.join(seconds)
        return self.progress

    def _run(self) -> None:
        try:
            folder = self._fetch()
            self._end(Progress("done", self.model.total, self.model.total, folder=folder))
        except ModelUnavailable as problem:
            state: State = "cancelled" if problem.kind == "cancelled" else "failed"
            done = sum(self._of_file.values())
            self._end(Progress(state, done, self.model.total, problem=problem))

    def _end(self, last: Progress) -> None:
        with self._lock:
            self._now = last

    def _fetch(self) -> Path:
        folder = Path()
        for file, size in self.model.files:
            self._check()
            bar = self._bar(file, size)
            path = fetched(self.model.name, file, self.model.commit, self._cache, bar=bar)
            if path.stat().st_size != size:
                raise ModelUnavailable(
                    f"{file} must have the {size} bytes that the Hub promised; "
                    f"it has {path.stat().st_size}",
                    kind="refused",
                )
            with self._lock:
                self._of_file[file] = size  # all of it, also if it was there before
            folder = path.parent
        return folder

    def _check(self) -> None:
        if self._stop.is_set():
            raise ModelUnavailable(f"{self.model.name} was no longer wanted", kind="cancelled")

    def _arrived(self, file: str, size: int, count: int) -> None:
        self._check()
        with self._lock:
            self._of_file[file] = self._of_file.get(file, 0) + count
            if self._of_file[file] <= size:
                return
        raise ModelUnavailable(
            f"{file} must have the {size} bytes that the Hub promised; more arrive",
            kind="refused",
        )

    def _bar(self, file: str, size: int) -> Any:
        """Make a class like tqdm, since that is whom the Hub's library tells."""
        from huggingface_hub.utils import tqdm

        arrived = self._arrived

        class Counter(tqdm):
            """A progress bar that draws nothing, counts, and may say stop."""

            def __init__(self, *args: Any, **settings: Any) -> None:
                super().__init__(*args, **{**settings, "disable": True})
                arrived(file, size, int(settings.get("initial") or 0))

            def update(self, n: float | None = 1) -> bool | None:
                arrived(file, size, int(n or 0))
                return None

        return Counter


_beginning = Lock()
_begun: dict[tuple[str, str], Download] = {}


def begin(model: HubModel, *, cache: Path | None = None) -> Download:
    """Fetch a model that was looked up; who asks for one on its way shares it.

    Raises:
        ModelUnavailable: If as many downloads run as may.
    """
    key = (model.name, model.commit)
    with _beginning:
        there = _begun.get(key)
        if there is not None and there.progress.state in ("running", "done"):
            return there
        running = [one for one in _begun.values() if one.progress.state == "running"]
        if len(running) >= AT_ONCE:
            raise ModelUnavailable(
                f"{AT_ONCE} models may be on their way at once here; {len(running)} are",
                kind="busy",
            )
        _begun[key] = Download(model, cache=cache)
        return _begun[key]


def finished() -> tuple[tuple[HubModel, Path], ...]:
    """List the models that have arrived since this process started, and where they are."""
    with _beginning:
        ends = [(one.model, one.progress.folder) for one in _begun.values()]
    return tuple((model, folder) for model, folder in ends if folder is not None)
