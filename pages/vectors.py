"""Your own embeddings: a diagnosis of vectors from a file, and a norm applied to them."""

from ui import vectors_map, vectors_page
from ui.shell import begin, carry, finish, note, origin
from ui.vectors_recipe import recipe

words = begin("vectors")
cloud = vectors_page.cloud(words)
if cloud is not None:
    view = vectors_page.chosen(cloud, words)
    vectors_page.diagnosis(cloud, view, words)
    vectors_page.draw(view, words)
    carry("vectors", vectors_page.outcome(cloud, view, words))
    mapped = vectors_map.draw(cloud, view, words)
    vectors_page.whole(cloud, view, words)
    note(words("privacy"))
    finish(words, recipe(cloud, view, mapped))
else:
    note(words("privacy"))
    origin(words)
