"""Real Transformers: own text through a pretrained model, with a norm put into it."""

from ui import real_page
from ui.real_controls import chosen
from ui.real_recipe import Shown, recipe
from ui.real_settings import unlinked
from ui.shell import begin, carry, finish

words = begin("real")
settings = chosen(words)
real_page.about(settings, words)
part, real = Shown(), real_page.answer(settings, words)
if real is not None:
    real_page.draw(settings, words)
    carry("real", real_page.outcome(settings, real, words), unlinked(settings))
    part = real_page.parts(settings, words)
finish(words, recipe(settings, part), unlinked(settings))
