"""The live part of a page under AppTest: what it was sent, and moving its controls."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui.scene import unpacked

ROOT = Path(__file__).parents[2]


def part(at):
    """Return the header and the arrays of the message the live part holds."""
    return parts(at)[0]


def parts(at):
    """The same of every part with charts, the live one first."""
    messages = [component.proto.bytes for component in at.get("bidi_component")]
    return [unpacked(message) for message in messages if message]


def findings(at):
    return part(at)[0]["scene"]["findings"]


def mounted(at):
    return part(at)[0]["mount"]


def move(at, page, frame=None, **values):
    """Move controls as the browser's part reports it, and run the page again."""
    number = mounted(at)["number"] + 1
    stand = mounted(at)["values"] | values
    at.session_state[f"live_{page}"] = {
        "moved": {"number": number, "values": stand, "frame": frame}
    }
    return at.run()


def visited(name, **query):
    """Open a page by its file's name, as a link with these parameters would."""
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for parameter, value in query.items():
        at.query_params[parameter] = value
    at.run()
    assert not at.exception
    return at
