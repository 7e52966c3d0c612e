"""Training lab: train deep networks that differ in their norm, and watch them learn or not."""

from ui import training_page
from ui.shell import begin, carry, finish, note

words = begin("training")
setup = training_page.chosen(words)
training_page.training(setup, words)
carry("training", training_page.outcome(setup, words))
note(words("fair"))
view = training_page.networks(setup, words)
finish(words, training_page.recipe(setup, view))
