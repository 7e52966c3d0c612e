from ui.receipts import measures, norms, recipe, this_run, variants
from ui.shell import begin, finish

words = begin("receipts")
measures(words)
norms(words)
variants(words)
this_run(words)
finish(words, recipe())
