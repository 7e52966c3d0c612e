"""One layer, close up: arrows on a cloud, and four tokens by hand."""

from ui import closeup, closeup_page
from ui.shell import begin, carry, finish, note

w = begin("layer")
settings, packet = closeup_page.answer(closeup_page.chosen(w), w)
if packet is not None:
    closeup_page.show(settings, packet, w)
    long = closeup_page.unlinked(settings)
    carry("layer", closeup_page.came_out(settings, packet, w), long)
    note(w("left_out"))
    example = closeup_page.by_hand(settings, w)
    finish(w, closeup.recipe(settings, example), long)
