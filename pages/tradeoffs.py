"""Trade-offs: what ContraNorm's own numbers cost, and where it is not the quickest."""

from ui import tradeoffs, tradeoffs_depths, tradeoffs_page, tradeoffs_slower
from ui.shell import begin, carry, finish, note

words = begin("tradeoffs")
note(tradeoffs_page.about(words))
asked = tradeoffs_page.maps(words)
tradeoffs_page.way_to_a_run(asked, words)
tradeoffs_slower.draw(asked, words)
tradeoffs_depths.draw(words)
carry("tradeoffs", tradeoffs_page.outcome(asked, words))
note(words("left_out"))
finish(words, tradeoffs.recipe(asked))
