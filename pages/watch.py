from ui.experiment import experiment
from ui.shell import begin, finish, note
from ui.watch import answer, code, draw

words = begin("watch")
settings = experiment(words)
packet = answer(settings, words)
if packet is not None:
    draw(packet, settings, words)
    note(words(f"about_{settings.model}"))
finish(words, code(settings))
