from ui.experiment import experiment
from ui.settings import unlinked
from ui.shell import begin, carry, finish, note
from ui.watch import about, answer, draw, networks, outcome, recipe

words = begin("watch")
settings, moving, log = experiment(words)
packet = answer(settings, words)
if packet is not None:
    draw(settings, moving, log=log)
    carry("watch", outcome(settings, packet, words), unlinked(settings))
    if packet.answers:
        networks(packet, settings, words)
    note(about(settings, words))
finish(words, recipe(settings), unlinked(settings))
