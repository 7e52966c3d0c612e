"""Real Transformers: own text through a pretrained model, with a norm put into it."""

from ui import real_page
from ui.shell import begin, finish, note

words = begin("real")
note(words("probe"))
settings = real_page.chosen(words)
real = real_page.answer(settings, words)
if real is not None:
    real_page.draw(settings, words)
    note(words("about"))
finish(words, real_page.recipe(settings))
