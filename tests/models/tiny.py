"""Model folders as a person might have them: tiny, with random weights and a tokenizer."""

import json

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, PreTrainedTokenizerFast

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "fox", "jump", "##s", "dog", "?"]


def tiny_bert(place, **settings):
    """Write a BERT of three layers and sixteen features."""
    place.mkdir(exist_ok=True)
    torch.manual_seed(0)
    sizes = {
        "vocab_size": len(WORDS),
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 80,
    }
    BertModel(BertConfig(**{**sizes, **settings})).save_pretrained(place)
    (place / "vocab.txt").write_text("\n".join(WORDS))
    (place / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    return place


def tiny_gpt2(place):
    """Write a GPT-2 of two layers whose tokenizer knows single bytes, and no special piece."""
    torch.manual_seed(0)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(place)
    config = GPT2Config(
        vocab_size=len(letters),
        n_embd=16,
        n_layer=2,
        n_head=2,
        n_positions=40,
        bos_token_id=0,
        eos_token_id=0,
    )
    GPT2Model(config).save_pretrained(place)
    return place


def rewritten(folder, name, **changes):
    """Change entries of a JSON file in a folder."""
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder
