"""Trained twins: the networks that are shipped, measured from their weights as you look."""

from ui import twins, twins_page
from ui.shell import begin, carry, finish, note

words = begin("twins")
note(words("about"))
asked = twins_page.shown(words)
carry("twins", twins_page.outcome(asked, words))
twins_page.cards(words)
note(words("one_seed"))
finish(words, twins.recipe(asked))
