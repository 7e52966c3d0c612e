"""From a visitor's file or pasted text to a cloud, or to a sentence that says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from pickle import PickleBuffer

import streamlit as st

from models.vectors import work
from models.vectors.table import Bounds, Gaps, Refused, Table, gaps, without_gaps
from models.vectors.text_files import read_text
from ui import controls, jobs, vectors_store
from ui.escape import markdown_text
from ui.jobs import Job
from ui.limits import limit
from ui.shell import note
from ui.text import Words
from ui.vectors_store import Cloud, Origin

MEGABYTE = 1_000_000
GAPS = ("stop", "drop", "mean")
KEPT = "vectors own"


@dataclass(eq=False)
class Own:
    """A visitor's own vectors on their way: what they are from, the job, and what came of it."""

    source: str
    member: str
    name: str
    size: int
    job: Job | None = None
    table: Table | None = None
    found: Gaps | None = None
    how: str = ""
    cloud: Cloud | None = None


def bounds() -> Bounds:
    """Give what this server reads."""
    return Bounds(limit("upload") * MEGABYTE, limit("rows"), limit("columns"))


def uploaded(upload: controls.Upload, words: Words) -> Cloud | None:
    """Read an uploaded file in another process, and ask what is to be asked."""
    own = _own(upload.number)
    if own is None or own.job is None:
        own = _begun(upload, "", words)
        if own is None:
            return None
    if not followed(own.job, words("reading", name=markdown_text(upload.name[:80])), words):
        return None
    if own.table is None:
        own.table = _outcome(own, words)
        if own.table is None:
            return None
    asked = _member(own, words)
    if asked != own.member and _begun(upload, asked, words) is not None:
        st.rerun()
    return _mended(own, words)


def pasted(words: Words) -> Cloud | None:
    """Read pasted text here and now; it is text, and short."""
    text = controls.pasted(
        "vectors_text", words("paste"), longest=limit("pasted"), help=words("paste_help")
    )
    if not text.strip():
        st.info(words("paste_nothing"))
        return None
    own = _own(text)
    if own is None:
        own = Own(text, "", words("pasted_name"), len(text))
        controls.keep(KEPT, own)
    if own.table is None:
        try:
            own.table = read_text(text.encode(), bounds())
        except Refused as refused:
            st.error(refusal(refused, words))
            return None
    return _mended(own, words)


def forget() -> None:
    """Let go of a visitor's own vectors."""
    own = controls.kept(KEPT)
    if isinstance(own, Own) and own.job is not None:
        own.job.cancel()
    controls.keep(KEPT, None)


def followed(job: Job | None, doing: str, words: Words) -> bool:
    """Show how far a job is, until it is over; return whether it is."""
    if job is None or job.over:
        return True
    _progress(job, doing, words)
    return False


def ended(job: Job, words: Words) -> str:
    """Say how a job ended that has no result."""
    if isinstance(job.error, Refused):
        return refusal(job.error, words)
    slots = {"seconds": limit("job_seconds"), "memory": limit("job_memory")}
    state = "killed" if isinstance(job.error, MemoryError) else job.state
    return words(f"job_{state}", **slots)


def refusal(refused: Refused, words: Words) -> str:
    """Say why something was not read; what comes from the file is shown as it is."""
    slots = {name: _harmless(value) for name, value in refused.slots.items()}
    return words(f"refused_{refused.reason}", **slots)


@st.fragment(run_every=0.5)
def _progress(job: Job, doing: str, words: Words) -> None:
    if job.over:
        st.rerun()
    waits = words("job_waits", place=job.place) if job.state == "waiting" else ""
    st.progress(job.share, text=f"{doing} {waits}".strip())
    if controls.button("vectors_cancel", words("cancel")):
        job.cancel()
        st.rerun()


def _own(source: str) -> Own | None:
    kept = controls.kept(KEPT)
    return kept if isinstance(kept, Own) and kept.source == source else None


def _begun(upload: controls.Upload, member: str, words: Words) -> Own | None:
    forget()
    own = Own(upload.number, member, upload.name, len(upload.data))
    data = PickleBuffer(upload.data)
    own.job = started(words, work.open_file, data, upload.name, bounds(), member)
    controls.keep(KEPT, own)
    return own if own.job is not None else None


def started(words: Words, function: Callable[..., object], *arguments: object) -> Job | None:
    """Put a job into the queue, or say that it is full."""
    try:
        return jobs.start(function, *arguments, alive=controls.visiting())
    except jobs.Full:
        st.warning(words("job_full", most=limit("jobs_waiting")))
        return None


def _outcome(own: Own, words: Words) -> Table | None:
    job = own.job
    if job is not None and job.state == "done":
        table: Table = job.result
        job.result = None
        return table
    if job is not None:
        st.error(ended(job, words))
        if job.state != "failed":
            controls.button("vectors_again", words("again"), then=forget)
    return None


def _member(own: Own, words: Words) -> str:
    """Let one of several arrays be chosen; the first is read to begin with."""
    table = own.table
    if table is None or len(table.members) < 2:
        return own.member
    options = {name: name for name in table.members}
    first = table.members[0]
    asked = controls.choice("vectors_member", words("member"), options=options, default=first)
    return own.member if asked == table.member else asked


def _mended(own: Own, words: Words) -> Cloud | None:
    """Say what was decided, ask about gaps, and hold the cloud."""
    assert own.table is not None
    for remark in own.table.notes:
        slots = {name: _harmless(value) for name, value in remark.slots.items()}
        note(words(f"note_{remark.name}", **slots))
    own.found = own.found or gaps(own.table)
    how = _asked_about(own.found, words) if own.found.rows else "none"
    if how == "stop":
        return None
    if own.cloud is None or own.how != how:
        own.how, own.cloud = how, _held(own, how, words)
    if own.cloud is not None:
        rows, columns = own.cloud.table.values.shape
        note(words("have_read", name=markdown_text(own.name[:80]), rows=rows, columns=columns))
    return own.cloud


def _asked_about(found: Gaps, words: Words) -> str:
    st.warning(
        words(
            "gaps",
            missing=found.missing,
            infinite=found.infinite,
            rows=found.rows,
            columns=found.columns,
        )
    )
    options = {how: words(f"gaps_{how}") for how in GAPS}
    return controls.choice("vectors_gaps", words("gaps_what"), options=options, default="stop")


def _held(own: Own, how: str, words: Words) -> Cloud | None:
    assert own.table is not None
    try:
        table = own.table if how == "none" else without_gaps(own.table, how)
        origin = Origin("" if own.job else own.source, how)
        return vectors_store.hold(table, name=own.name, size=own.size, origin=origin)
    except Refused as refused:
        st.error(refusal(refused, words))
    except vectors_store.Full:
        st.error(words("server_full", most=limit("uploads")))
    return None


def _harmless(value: object) -> str:
    """Give a value from a file as text that acts on nothing."""
    if isinstance(value, tuple | list):
        return ", ".join(_harmless(one) for one in value[:5]) + (" …" if len(value) > 5 else "")
    return f"{value:,}" if isinstance(value, int) else markdown_text(str(value)[:80])
