"""The live part of a page under AppTest: what it was sent, and moving its controls."""

from ui.scene import unpacked


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
