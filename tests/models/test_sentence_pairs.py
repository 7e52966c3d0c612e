import re
from collections import Counter

import numpy as np
import pytest
import torch

from models.branch import Branch
from models.costs import spearman
from models.reading import sentence_trace, text_trace
from models.sentence_pairs import DATA, read_pairs, sentence_embeddings, sentence_pairs

PAIRS = sentence_pairs()


def in_common(pair):
    first, second = (set(re.findall(r"[\w']+", one.lower())) for one in (pair.first, pair.second))
    return len(first & second) / len(first | second)


def test_there_are_as_many_pairs_of_every_grade():
    assert Counter(pair.grade for pair in PAIRS) == dict.fromkeys(range(5), 15)


def test_every_sentence_is_there_once_and_is_one_sentence():
    sentences = [one for pair in PAIRS for one in (pair.first, pair.second)]
    assert len(set(sentences)) == 150
    assert all(re.fullmatch(r"[A-Z].{8,60}[^.]\.", one) for one in sentences)


def test_common_words_do_not_give_the_grades_away():
    overlap = np.array([in_common(pair) for pair in PAIRS])
    assert abs(spearman(overlap, np.array([pair.grade for pair in PAIRS]))) < 0.2


@pytest.mark.parametrize(("grades", "misleading"), [((3, 4), 0.2), ((0, 1), 0.3)])
def test_there_are_paraphrases_without_and_strangers_with_common_words(grades, misleading):
    overlap = [in_common(pair) for pair in PAIRS if pair.grade in grades]
    few = [one <= misleading for one in overlap]
    assert sum(few) >= 8
    assert len(few) - sum(few) >= 5


def test_the_data_has_a_card_that_counts_the_pairs():
    card = DATA.with_suffix(".md").read_text(encoding="utf-8")
    assert f"{len(PAIRS)} pairs" in card
    assert "MIT" in card


def test_a_sentences_embedding_is_the_mean_of_its_pieces_without_padding(tiny):
    (batch,) = text_trace(["a fox", "a dog jumps"], used=tiny)
    (alone,) = sentence_trace("a fox", pretrained=tiny)
    found = sentence_embeddings(batch)
    assert found.shape == (2, 16)
    torch.testing.assert_close(found[0], alone.hidden[-1].mean(0), atol=1e-5, rtol=0)


def test_all_sentences_are_read_firsts_before_seconds(tiny):
    run = read_pairs(tiny, Branch("contra_norm"))
    assert len(run.texts) == 150
    words = [text.words for text in run.texts]
    assert words[0][:3] == ("The", "child", "fell")
    assert words[75][:3] == ("The", "kid", "dozed")


def test_what_the_model_makes_of_them_alone_is_remembered_and_a_norm_is_not(tiny):
    assert read_pairs(tiny, Branch()) is read_pairs(tiny, Branch())
    assert not torch.equal(
        read_pairs(tiny, Branch("contra_norm", 1.0)).hidden, read_pairs(tiny, Branch()).hidden
    )
