from ui.experiment import experiment
from ui.settings import unlinked
from ui.shell import begin, carry, finish, note
from ui.watch import answer, draw, networks, outcome, recipe

words = begin("watch")
settings, moving, log = experiment(words)
packet = answer(settings, words)
if packet is not None:
    draw(settings, moving, log=log)
    carry("watch", outcome(settings, packet, words), unlinked(settings))
    if packet.answers:
        networks(packet, settings, words)
    note(words(f"about_{settings.model}"))
finish(words, recipe(settings), unlinked(settings))
