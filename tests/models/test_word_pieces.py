import threading
from dataclasses import replace

import pytest

from models.unavailable import ModelUnavailable
from models.word_pieces import LONGEST, Pieces, word_pieces


def test_word_pieces_keep_their_names_and_the_special_tokens(tiny):
    pieces = word_pieces("A fox jumps", tiny)
    assert pieces == Pieces(
        ids=(2, 5, 6, 7, 8, 3),
        names=("[CLS]", "a", "fox", "jump", "##s", "[SEP]"),
        words=("A", "fox", "jumps"),
        word_of=(-1, 0, 1, 2, 2, -1),
        special=(True, False, False, False, False, True),
        dropped=0,
    )
    assert len(pieces) == 6


@pytest.mark.parametrize(("words", "dropped"), [(61, 0), (62, 0), (63, 1), (162, 100)])
def test_a_long_text_is_cut_and_what_was_dropped_is_counted(tiny, words, dropped):
    pieces = word_pieces("fox " * (words - 1) + "dog", tiny)
    assert pieces.dropped == dropped
    assert len(pieces.ids) == len(pieces.names) == min(words + 2, LONGEST)
    assert len(pieces.words) == words - dropped
    assert pieces.names[-1] == "[SEP]"
    assert pieces.word_of[-1] == -1
    assert (pieces.names[-2] == "dog") == (dropped == 0)


@pytest.mark.parametrize(("asked", "kept"), [(10, 10), (79, 79), (500, 80)])
def test_a_text_is_no_longer_than_asked_and_than_the_model_has_places(tiny, asked, kept):
    assert len(word_pieces("fox " * 400, tiny, longest=asked)) == kept


def test_a_family_that_counts_places_after_the_pad_has_fewer(tiny, monkeypatch):
    monkeypatch.setattr(tiny.model.config, "model_type", "roberta")
    monkeypatch.setattr(tiny.model.config, "pad_token_id", 1)
    assert len(word_pieces("fox " * 400, tiny, longest=500)) == 78


def test_a_word_is_one_whatever_signs_the_tokenizer_cuts_it_at(tiny):
    pieces = word_pieces("don't jumps?!", tiny)
    assert pieces.words == ("don't", "jumps", "?", "!")
    assert pieces.word_of == (-1, 0, 0, 0, 1, 1, 2, 3, -1)


def test_words_are_written_as_in_the_text(tiny):
    assert word_pieces("ÉTÉ 狐狸 🦊", tiny).words == ("ÉTÉ", "狐", "狸", "🦊")


@pytest.mark.parametrize("text", ["", " ", "\x00\x07"])
def test_a_text_of_nothing_is_the_special_pieces_alone(tiny, text):
    pieces = word_pieces(text, tiny)
    assert pieces.names == ("[CLS]", "[SEP]")
    assert pieces.words == ()


def test_a_piece_that_the_model_does_not_know_is_refused(tiny, monkeypatch):
    monkeypatch.setattr(tiny.model.config, "vocab_size", 8)
    with pytest.raises(ModelUnavailable, match=r"model's 8 pieces only; .* one numbered 8"):
        word_pieces("jumps", tiny)


def test_a_tokenizer_without_offsets_still_gives_pieces(tiny):
    class Slow:
        is_fast = False

        def __call__(self, text, **settings):
            assert not settings["return_offsets_mapping"]
            return {"input_ids": [2, 6, 3], "special_tokens_mask": [1, 0, 1]}

        def convert_ids_to_tokens(self, ids):
            return [f"piece {number}" for number in ids]

    pieces = word_pieces("fox", replace(tiny, tokenizer=Slow()))
    assert pieces.names == ("piece 2", "piece 6", "piece 3")
    assert pieces.word_of == (-1, -1, -1)


def test_threads_that_cut_at_once_do_not_mix(tiny):
    texts = ["a fox", "a dog jumps", "fox " * 30, "dog"]
    alone = [word_pieces(text, tiny) for text in texts]
    agreed = []

    def look(index):
        agreed.append(all(word_pieces(texts[index], tiny) == alone[index] for _ in range(50)))

    threads = [threading.Thread(target=look, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert agreed == [True] * 4


def test_pieces_of_bytes_are_shown_as_the_text_they_cover(tiny_decoder):
    pieces = word_pieces("a fé", tiny_decoder)
    assert pieces.names == ("a", "Ġ", "f", "é", "é")  # a blank alone has nothing to show
    assert pieces.words == ("a", "fé")
    assert pieces.word_of == (0, -1, 1, 1, 1)
    assert not any(pieces.special)


def test_a_decoder_without_special_pieces_reads_its_own_opening_for_nothing(tiny_decoder):
    pieces = word_pieces("", tiny_decoder)
    assert (len(pieces), pieces.word_of, pieces.special) == (1, (-1,), (True,))


def test_a_decoder_keeps_the_beginning_of_a_long_text(tiny_decoder):
    pieces = word_pieces("a" * 39 + "bcd", tiny_decoder)
    assert len(pieces) == 40
    assert pieces.names[-1] == "b"
    assert pieces.dropped == 2
