"""One layer, close up: arrows on a cloud, and four tokens by hand."""

from ui import closeup, closeup_page
from ui.shell import begin, finish, note

w = begin("layer")
settings, packet = closeup_page.answer(closeup_page.chosen(w), w)
if packet is not None:
    closeup_page.show(settings, packet, w)
    note(w("left_out"))
    example = closeup_page.by_hand(settings, w)
    finish(w, closeup.recipe(settings, example))
