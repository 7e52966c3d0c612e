from ui.experiment import experiment
from ui.shell import begin, finish, note
from ui.watch import answer, draw, networks, recipe

words = begin("watch")
settings, moving, log = experiment(words)
packet = answer(settings, words)
if packet is not None:
    draw(settings, moving, log=log)
    if packet.answers:
        networks(packet, settings, words)
    note(words(f"about_{settings.model}"))
finish(words, recipe(settings))
