"""The parts of the page of vectors: where they come from, their diagnosis, a norm, the file."""

import streamlit as st

from contranorm import MEASURES, NORMS
from models.vectors import work
from models.vectors.diagnosis import LEFT_OUT, UNIFORMITY_TEMPERATURE, Diagnosis
from models.vectors.examples import EXAMPLES
from models.vectors.verdict import checks, verdict
from models.vectors.writing import MIME
from ui import controls, jobs, live, vectors_live, vectors_store, vectors_upload
from ui.compute import Crowded, unkept
from ui.figures.palette import style
from ui.limits import limit
from ui.pinned import Outcome
from ui.settings import shown
from ui.shell import note
from ui.tables import number_table
from ui.text import Words
from ui.text import words as sentences
from ui.vectors_job import Work
from ui.vectors_picture import Picture, picture
from ui.vectors_report import checks_table, measures_table, printed, slots
from ui.vectors_settings import CHOSEN, LIMITS_OF, PARAMETERS, View, written
from ui.vectors_store import Cloud

PASTE = "paste"
MEASURING, APPLYING = "vectors measuring", "vectors applying"


def cloud(words: Words) -> Cloud | None:
    """Draw where the vectors come from, and return them once they are here."""
    live.found_again("vectors", "vectors_norm")
    left, right = st.columns(2)
    with left:
        upload = controls.file(
            "vectors_file",
            words("file"),
            help=words("file_help", rows=limit("rows"), columns=limit("columns")),
            most=limit("upload"),
        )
    if upload is not None:
        return vectors_upload.uploaded(upload, words)
    with right:
        options = {name: words(f"data_{name}") for name in (*EXAMPLES, PASTE)}
        name = controls.choice("vectors_data", words("data"), options=options, default="cone")
    if name == PASTE:
        return vectors_upload.pasted(words)
    vectors_upload.forget()
    note(words(f"about_{name}"))
    with st.spinner(words("computing")):
        return vectors_store.example(name)


def chosen(own: Cloud, words: Words) -> View:
    """Draw the menus, and return what they and the moving controls say."""
    jobs.warm("models.vectors.work")
    left, right = st.columns(2)
    with left:
        norm = controls.choice(
            "vectors_norm",
            words("norm"),
            options={name: NORMS[name].title for name in CHOSEN},
            default="contra_norm",
        )
    colour = "0"
    if own.table.labels:
        with right:
            columns = enumerate(own.table.labels, start=1)
            names = {str(place): name[:60] for place, name in columns}
            colour = controls.choice(
                "vectors_colour",
                words("colour"),
                options={"0": words("colour_none"), **names},
                default="1",
            )
    stand = live.moved("vectors", vectors_live.moving(words), vectors_live.FRAMES)
    return View(
        data="cone" if own.key else own.name,
        key=own.key,
        colour=colour,
        norm=norm,
        scale=stand["vectors_s"],
        temperature=stand["vectors_tau"],
        **_thresholds(words),
    )


def diagnosis(own: Cloud, view: View, words: Words) -> None:
    """Say what the whole cloud looks like: a verdict, and every measure with both its ends."""
    st.header(words("diagnosis"))
    found = _measured(own, words)
    if found is None:
        return
    name = verdict(found.outline, view.thresholds)
    st.markdown(words(f"says_{name}", **slots(found)))
    rows = checks_table(found, view, words)
    title = words("table_verdict")
    number_table(rows, "vectors-verdict", title, printed=printed(words))
    _measures(found, "before", words)
    note(
        words(
            "uniformity_of",
            rows=found.uniformity_rows,
            total=found.rows,
            temperature=UNIFORMITY_TEMPERATURE,
        )
    )
    note(words("left_out", names=", ".join(MEASURES[name].title for name in LEFT_OUT)))


def draw(view: View, words: Words) -> None:
    """Draw the norm's controls and the cloud before and after."""
    st.header(words("apply"))
    if not NORMS[view.norm].strength:
        note(words("no_strength", norm=style(view.norm).title))
    elif not NORMS[view.norm].uses_temperature:
        note(words("no_temperature", norm=style(view.norm).title))
    live.draw(
        "vectors",
        vectors_live.SOURCE,
        address=written(view),
        moving=vectors_live.moving(words),
        frames=vectors_live.FRAMES,
    )
    live.left("vectors")


def whole(own: Cloud, view: View, words: Words) -> None:
    """Apply the norm to every row when asked, and offer the result in the form that came in."""
    st.header(words("take"))
    rows = len(own.table.values)
    settings = (own.key or own.name, view.norm, view.scale, view.temperature)
    done: object = controls.kept(APPLYING)
    doing = done if isinstance(done, Work) and done.about == settings else None
    norm = style(view.norm).title
    if doing is None:
        if isinstance(done, Work) and done.job is not None:
            done.job.cancel()
        if controls.button("vectors_apply", words("apply_all", norm=norm, rows=rows)):
            doing = _applied(own, settings, words)
    if doing is None:
        return
    if not vectors_upload.followed(doing.job, words("applying", norm=norm, rows=rows), words):
        return
    result = doing.file()
    if result is None:
        if doing.job is not None:
            st.error(vectors_upload.ended(doing.job, words))
            controls.button("vectors_apply_again", words("again"), then=_apply_again)
        return
    _offer(own, view, result, words)


def outcome(own: Cloud, view: View, words: Words) -> Outcome | None:
    """Say what was set and what the drawn rows came to, for a pinned run."""
    try:
        found = unkept(_pictured, (view, own))
    except Crowded:
        return None
    names = {"data": "data", "norm": "norm", "scale": "scale", "temperature": "temperature"}
    names |= {name: f"threshold_{name}" for name in LIMITS_OF}
    said = {words(title): shown(getattr(view, name)) for name, title in names.items()}
    sides = {words("before"): found.before.outline, words("after"): found.after.outline}
    return Outcome(
        said | {words("data"): own.name or view.data},
        {
            words("pinned", measure=words(f"check_{name}"), side=side): check.value
            for side, outline in sides.items()
            for name, check in zip(LIMITS_OF, checks(outline, view.thresholds), strict=True)
        },
    )


def _pictured(asked: tuple[View, Cloud]) -> Picture:
    return picture(*asked)


def _thresholds(words: Words) -> dict[str, float]:
    start = View()
    with controls.Behind(words("thresholds")):
        return {
            name: controls.number(
                PARAMETERS[name][0],
                words(f"threshold_{name}"),
                options=grid,
                default=getattr(start, name),
            )
            for name, grid in LIMITS_OF.items()
        }


def _measured(own: Cloud, words: Words) -> Diagnosis | None:
    """Measure the whole cloud: at once if it is small, else in another process."""
    if own.diagnosis is not None:
        return own.diagnosis
    if own.small:
        try:
            own.diagnosis = unkept(work.measure_at_once, own.table.values)
        except Crowded:
            st.warning(sentences("shared")("refused_crowded"))
        return own.diagnosis
    kept: object = controls.kept(MEASURING)
    doing = kept if isinstance(kept, Work) and kept.about == (own.key,) else None
    if doing is None:
        doing = Work((own.key,), vectors_upload.started(words, work.measure, own.table.values))
        controls.keep(MEASURING, doing)
    if doing.job is None:
        return None
    rows = len(own.table.values)
    if not vectors_upload.followed(doing.job, words("measuring", rows=rows), words):
        return None
    if doing.job.state != "done":
        st.error(vectors_upload.ended(doing.job, words))
        controls.button("vectors_again", words("again"), then=_measure_again)
        return None
    own.diagnosis = doing.job.result
    return own.diagnosis


def _measure_again() -> None:
    controls.keep(MEASURING, None)


def _apply_again() -> None:
    controls.keep(APPLYING, None)


def _applied(own: Cloud, settings: tuple[object, ...], words: Words) -> Work | None:
    arguments = (own.table, *settings[1:])
    if own.small:
        try:
            doing = Work(settings, None, unkept(work.apply_at_once, arguments))
        except Crowded:
            st.warning(sentences("shared")("refused_crowded"))
            return None
    else:
        doing = Work(settings, vectors_upload.started(words, work.apply_apart, *arguments))
        if doing.job is None:
            return None
    controls.keep(APPLYING, doing)
    return doing


def _offer(own: Cloud, view: View, result: tuple[bytes, Diagnosis], words: Words) -> None:
    data, found = result
    kind = own.table.kind
    controls.download(
        "vectors_download",
        words("download", kind=kind, size=f"{len(data) / 1e6:,.1f}"),
        data,
        f"contranorm-{view.norm}.{kind}",
        MIME[kind],
    )
    if kind in ("csv", "tsv") and own.table.labels:
        note(words("neutralised"))
    name = verdict(found.outline, view.thresholds)
    st.markdown(words("after_all", verdict=words(f"verdict_{name}"), norm=style(view.norm).title))
    _measures(found, "after", words)


def _measures(found: Diagnosis, side: str, words: Words) -> None:
    title = words(f"table_{side}")
    rows = measures_table(found, words)
    number_table(rows, f"vectors-{side}", title, printed=printed(words))
