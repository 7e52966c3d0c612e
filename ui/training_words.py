"""What trained networks guess where a word of a visitor's line is masked."""

from dataclasses import dataclass

from models.masked_words import LENGTH, MASK, RARE, decoded, encoded, guesses, tokens
from models.network import Network
from ui.escape import markdown_text
from ui.figures.training import titled
from ui.tables import text_tables
from ui.text import Words
from ui.training_live import View
from ui.training_networks import of_each

SHOWN = 5  # guesses for each masked word


@dataclass(frozen=True)
class Guess:
    """A word, and the probability a network gives it, from 0 to 1."""

    word: str
    probability: float


Guessed = tuple[tuple[Guess, ...], ...]  # for each masked word the likeliest, first the likeliest


def read(line: str) -> tuple[str, ...]:
    """Give the words of a line that are shown to the networks."""
    return tokens(line)[:LENGTH]


def guessed(view: View) -> dict[str, Guessed]:
    """Let every network of a view guess; one that gives no finite numbers is left out."""
    return of_each(_guessed, view)


def _guessed(network: Network, view: View, method: str) -> Guessed | None:
    probabilities = guesses(network, read(view.line))
    if not probabilities.isfinite().all():
        return None
    best = probabilities.topk(SHOWN)
    return tuple(
        tuple(map(Guess, decoded(numbers), values.tolist()))
        for numbers, values in zip(best.indices, best.values, strict=True)
    )


def remarks(line: str, words: Words) -> tuple[str, ...]:
    """Say what of a line the networks do not see, or what is missing in it."""
    whole, said = tokens(line), []
    if not whole:
        return (words("line_empty"),)
    if len(whole) > LENGTH:
        said.append(words("line_cut", most=LENGTH, dropped=len(whole) - LENGTH))
    kept = read(line)
    unknown = [w for w, known in zip(kept, decoded(encoded(kept)), strict=True) if known == RARE]
    if unknown:
        listed = ", ".join(markdown_text(word) for word in dict.fromkeys(unknown))
        said.append(words("line_unknown", names=listed))
    if MASK not in kept:
        said.append(words("line_unmasked"))
    return tuple(said)


def draw(found: dict[str, Guessed], view: View, words: Words) -> None:
    """Draw one table for each masked word: the likeliest words, a column a method."""
    import pandas as pd  # not on the way to the first picture

    kept, tables = read(view.line), {}
    places = [place for place, word in enumerate(kept) if word == MASK]
    for number, place in enumerate(places):
        around = " ".join(kept[max(0, place - 3) : place + 4])
        heading = words("masked_word", number=number + 1, around=markdown_text(around))
        columns = {
            titled(method): [f"{one.word} ({one.probability:.2f})" for one in guesses[number]]
            for method, guesses in found.items()
        }
        ranks = {words("column_guess"): [str(rank + 1) for rank in range(SHOWN)]}
        tables[heading] = pd.DataFrame(ranks | columns)
    if tables:
        name, title = "training-words", words("line_heading")
        text_tables(tables, name, title, column=words("column_masked"))
