"""A text as one model reads it: word pieces, and the words they are pieces of.

word_pieces(text, used, longest=64) -> Pieces
"""

from bisect import bisect_left
from dataclasses import dataclass
from threading import Lock
from typing import Any

from models.loading import Pretrained
from models.tokens import word_spans
from models.unavailable import ModelUnavailable

LONGEST = 64  # word pieces, the special ones included, unless a caller says otherwise
NO_WORD = -1
OFFSET_FAMILIES = ("roberta", "xlm-roberta", "camembert", "mpnet")  # count places after the pad's

_tokenizing = Lock()  # a fast tokenizer must not be used by two threads at once


@dataclass(frozen=True)
class Pieces:
    """One text, cut.

    `names` are the pieces as shown, the special ones included; `words` the words of the text
    that kept at least one piece; `word_of[i]` says which of them piece i belongs to, -1 for
    none (a special piece, or one that shows nothing); `dropped` pieces at the end did not fit.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    word_of: tuple[int, ...]
    special: tuple[bool, ...]
    dropped: int

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self.ids)


def word_pieces(text: str, used: Pretrained, *, longest: int = LONGEST) -> Pieces:
    """Cut a text into the tokenizer's word pieces, and find the words they are pieces of.

    A word is a run of letters, marks, digits and apostrophes, one East Asian character, or any
    other visible sign, as in `models.tokens`; a piece belongs to the word that it covers most
    of. So "don't" is one word for every tokenizer, whatever pieces each makes of it.

    Args:
        text: Any text. If no piece comes of it, the model's own opening (or closing) piece
            stands for it.
        used: The model that reads.
        longest: How many pieces are kept, the special ones included; fewer if the model has
            places for fewer. A closing special piece stays.

    Raises:
        ModelUnavailable: If the tokenizer makes pieces that the model does not know.
    """
    if used.cut is not None:
        pieces: Pieces = used.cut(text)
        return pieces
    readable = text.encode("utf-8", errors="replace").decode("utf-8")  # no lone surrogates
    tokenizer, config = used.tokenizer, _config(used)
    with _tokenizing:
        cut = tokenizer(
            readable,
            truncation=False,
            verbose=False,
            return_special_tokens_mask=True,
            return_offsets_mapping=tokenizer.is_fast,
        )
        ids = cut["input_ids"] or [_opening(tokenizer)]
        special = cut["special_tokens_mask"] or [1]
        spans = cut.get("offset_mapping") or [(0, 0)] * len(ids)
        kept = _kept(len(ids), min(longest, _places(config)), closing=bool(special[-1]))
        names = tokenizer.convert_ids_to_tokens([ids[index] for index in kept])
    if max(ids) >= config.vocab_size:
        raise ModelUnavailable(
            f"a tokenizer must know the model's {config.vocab_size} pieces only; "
            f"{used.source!r} has one numbered {max(ids)}",
            kind="incomplete",
        )
    spans = [spans[index] for index in kept]
    words, word_of = _words(readable, spans)
    if _byte_level(tokenizer):
        names = [readable[a:b].strip() or name for (a, b), name in zip(spans, names, strict=True)]
    return Pieces(
        ids=tuple(ids[index] for index in kept),
        names=tuple(names),
        words=words,
        word_of=word_of,
        special=tuple(bool(special[index]) for index in kept),
        dropped=len(ids) - len(kept),
    )


def _kept(count: int, longest: int, *, closing: bool) -> list[int]:
    if count <= longest:
        return list(range(count))
    return [*range(longest - 1), count - 1] if closing else list(range(longest))


def _words(text: str, spans: list[tuple[int, int]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Find each piece's word; words of which no piece is left are dropped."""
    found = word_spans(text)
    starts = [start for start, _ in found]
    owners = [_owner(found, starts, span) for span in spans]
    present = sorted(set(owners) - {NO_WORD})
    number = {owner: index for index, owner in enumerate(present)} | {NO_WORD: NO_WORD}
    words = tuple(text[slice(*found[owner])] for owner in present)
    return words, tuple(number[owner] for owner in owners)


def _owner(found: list[tuple[int, int]], starts: list[int], span: tuple[int, int]) -> int:
    best, most = NO_WORD, 0
    index = bisect_left(starts, span[1]) - 1  # the last word that begins before the piece ends
    while index >= 0 and found[index][1] > span[0]:
        covered = min(span[1], found[index][1]) - max(span[0], found[index][0])
        if covered >= most and covered > 0:
            best, most = index, covered
        index -= 1
    return best


def _opening(tokenizer: Any) -> int:
    for name in ("bos_token_id", "cls_token_id", "eos_token_id"):
        number = getattr(tokenizer, name, None)
        if number is not None:
            return int(number)
    return 0


def _places(config: Any) -> int:
    """How many tokens the model has places for."""
    places = getattr(config, "max_position_embeddings", None) or 1_000_000
    if config.model_type in OFFSET_FAMILIES:
        places -= (config.pad_token_id or 0) + 1
    return max(1, int(places))


def _byte_level(tokenizer: Any) -> bool:
    """Whether the pieces' own names spell bytes, which nobody can read."""
    return tokenizer.is_fast and "ByteLevel" in repr(tokenizer.backend_tokenizer.decoder)


def _config(used: Pretrained) -> Any:
    return used.model.config
