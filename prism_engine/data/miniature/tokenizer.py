"""One token a word: the tokenizer of the miniature world, as transformers reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from prism_engine.data.miniature.vocabulary import (
    BULLET,
    END,
    PAD,
    SPECIAL,
    TAGS,
    UNKNOWN,
    WORDS,
)

CHAT_TEMPLATE = """\
{%- for message in messages if message.role != 'system' -%}
<|im_start|>{{ message.role }}
{% if message.content is string -%}
{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}
<|vision_start|><|image_pad|><|vision_end|>
{%- else -%}
{{ part.text }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
<|im_end|>{{ '\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant{{ '\\n' }}
{%- endif -%}
"""
"""Qwen's form of a conversation. The system message is left out: its words are not known here."""


def write_tokenizer(folder: Path, words: Sequence[str] = WORDS) -> None:
    """Write tokenizer.json, tokenizer_config.json and chat_template.jinja."""
    fast = PreTrainedTokenizerFast(
        tokenizer_object=_word_level(words),
        eos_token=END,
        pad_token=PAD,
        unk_token=UNKNOWN,
        additional_special_tokens=list(SPECIAL),
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
    fast.chat_template = CHAT_TEMPLATE
    fast.save_pretrained(folder)


def _word_level(words: Sequence[str]) -> Tokenizer:
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(rf"{BULLET}|\n|,|</?[a-z]+>"), behavior="isolated"),
            pre_tokenizers.Split(" ", behavior="removed"),
        ]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            # Puts a space before every word; nothing in the vocabulary begins with the prefix.
            decoders.WordPiece(prefix="##", cleanup=False),
            decoders.Fuse(),
            decoders.Replace(Regex(r" ?\n ?"), "\n"),
            decoders.Replace("\n-", "\n- "),
            decoders.Replace("-  ", "- "),
            decoders.Replace(" ,", ","),
            *(decoders.Replace(f" {tag}", tag) for tag in TAGS),
            *(decoders.Replace(f"{tag} ", tag) for tag in TAGS),
        ]
    )
    return tokenizer
