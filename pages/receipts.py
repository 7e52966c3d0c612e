from ui.receipts import measures, norms, recipe, this_run, variants
from ui.shell import begin, carry, finish

words = begin("receipts")
measures(words)
norms(words)
variants(words)
this_run(words)
carry("receipts")
finish(words, recipe())
