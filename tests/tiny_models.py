"""Models of a few hundred numbers, made on the spot: a BERT that reads single characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CHARACTERS = "查询条款补贴企业好坏的：为这个句子生成表示以用于检索相关文章市发展。"
SIZE = 8


def save_encoder(folder: Path, prompts: dict[str, str] | None = None) -> Path:
    """A sentence-transformers model of random weights, with these prompts of its own."""
    plain = folder.with_name(f"{folder.name}-bert")
    torch.manual_seed(7)
    BertModel(_config()).save_pretrained(plain)
    _tokenizer().save_pretrained(plain)
    module = Transformer(str(plain))
    modules = [module, Pooling(module.get_embedding_dimension(), "mean")]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder))
    return folder


def save_cross_encoder(folder: Path, labels: int = 1, scale: float = 8.0) -> Path:
    """A cross-encoder whose last logit grows with the share of 好 in what it reads."""
    model = BertForSequenceClassification(_config(labels))
    weights = dict(model.named_parameters())
    layer = "bert.encoder.layer.0.attention"
    with torch.no_grad():
        for name, values in weights.items():
            values.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        words = weights["bert.embeddings.word_embeddings.weight"]
        words[_ids()["好"], :2] = torch.tensor([1.0, -1.0])
        words[_ids()["[CLS]"], 2:4] = torch.tensor([1.0, -1.0])
        # each token takes in the mean of all
        for name in (f"{layer}.self.value", f"{layer}.output.dense", "bert.pooler.dense"):
            weights[f"{name}.weight"].copy_(torch.eye(SIZE))
        weights["classifier.weight"][-1, 0] = scale
        weights["classifier.bias"].fill_(-scale / 2)
    model.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def _ids() -> dict[str, int]:
    return {token: number for number, token in enumerate([*SPECIAL, *CHARACTERS])}


def _config(labels: int = 1) -> BertConfig:
    sizes: dict[str, Any] = {
        "vocab_size": len(_ids()),
        "hidden_size": SIZE,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": SIZE,
        "max_position_embeddings": 64,
        "num_labels": labels,
    }
    return BertConfig(**sizes)


def _tokenizer() -> Any:
    tokenizer = Tokenizer(WordLevel(_ids(), unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    named = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    untyped: Any = PreTrainedTokenizerFast
    return untyped(tokenizer_object=tokenizer, model_max_length=64, **named)
