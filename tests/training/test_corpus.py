"""The corpus: fetched once, believed only if it is the very one, read without unpacking it."""

import pytest

from models.masked_words import KNOWN, vocabulary
from tests.training.fake_corpus import digest, packed, put
from training import corpus
from training.corpus import CorpusMissing, addresses, at_hand, commonest, fetch, main
from training.run import main as train

TWO = packed(["We, the people!", "A second\N{RIGHT SINGLE QUOTATION MARK}s address; 1791."])


def test_the_addresses_are_read_by_year_as_words_and_marks(monkeypatch, tmp_path):
    put(monkeypatch, tmp_path, TWO)
    assert at_hand()
    assert addresses() == (
        ("we", ",", "the", "people", "!"),
        ("a", "second's", "address", ";", "."),
    )
    assert [path.name for path in tmp_path.iterdir()] == [corpus.FILE]


def test_only_addresses_are_read(monkeypatch, tmp_path):
    also = [("package/data/1800_x_n.json", "{}"), ("../1801_y_n.txt", "outside")]
    put(monkeypatch, tmp_path, packed(["one"], also=also))
    assert addresses() == (("one",),)


def test_where_there_is_none_a_sentence_says_how_to_get_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(corpus.PLACE, str(tmp_path / "nothing.tgz"))
    assert not at_hand()
    with pytest.raises(CorpusMissing, match=r"fetch it with: python -m training\.corpus"):
        addresses()
    with pytest.raises(SystemExit) as ended:
        train(["--task", "masked_words", "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert "python -m training.corpus" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_another_file_in_its_place_is_not_believed(monkeypatch, tmp_path):
    path = put(monkeypatch, tmp_path, TWO)
    assert at_hand()
    path.write_bytes(TWO[:-1] + bytes([TWO[-1] ^ 1]))
    assert not at_hand()
    with pytest.raises(CorpusMissing, match="its sha512 is another"):
        addresses()


def test_what_is_fetched_is_kept_if_it_is_the_right_one(monkeypatch, tmp_path):
    offered = tmp_path / "offered.tgz"
    offered.write_bytes(TWO)
    kept = tmp_path / "new" / corpus.FILE
    with pytest.raises(CorpusMissing, match="it has another"):
        fetch(kept, offered.as_uri())
    assert not kept.exists()
    monkeypatch.setattr(corpus, "SHA512", digest(TWO))
    fetch(kept, offered.as_uri())
    assert kept.read_bytes() == TWO
    assert [path.name for path in kept.parent.iterdir()] == [corpus.FILE]
    with pytest.raises(CorpusMissing, match="could not be fetched"):
        fetch(kept, (tmp_path / "nowhere").as_uri())


def test_an_answer_without_an_end_is_cut_off(monkeypatch, tmp_path):
    offered = tmp_path / "offered.tgz"
    offered.write_bytes(TWO)
    monkeypatch.setattr(corpus, "SHA512", digest(TWO))
    monkeypatch.setattr(corpus, "LARGEST", len(TWO) - 2)
    with pytest.raises(CorpusMissing, match="sha512"):
        fetch(tmp_path / "kept.tgz", offered.as_uri())


def test_the_command_counts_what_is_there(monkeypatch, tmp_path, capsys):
    path = put(monkeypatch, tmp_path, TWO)
    main([])
    assert capsys.readouterr().out == (
        f"2 addresses, 10 words and marks, 100.0% of them known: {path}\n"
    )


def test_the_commonest_words_come_first_and_equals_by_the_alphabet():
    texts = (("b", "a", "c", "c"), ("[mask]", "[mask]", "[mask]"))
    assert commonest(texts) == ("[mask]", "[rare]", "c", "a", "b")
    many = (tuple(f"w{number}" for number in range(2 * KNOWN)),)
    assert len(commonest(many)) == KNOWN == len(vocabulary())


def test_the_shipped_words_are_the_right_ones_in_kind():
    known = vocabulary()
    assert known[:4] == ("[mask]", "[rare]", "the", "of")
    assert len(set(known)) == len(known)
    assert {"congress", "states", ","} < set(known)
