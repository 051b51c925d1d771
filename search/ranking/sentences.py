"""Vectors of texts from a sentence model that the operator names by folder.

A small BERT (the layout of `all-MiniLM-L6-v2`: `config.json`, `model.safetensors`,
`tokenizer.json`) run in numpy: Devlin et al., “BERT”, NAACL 2019, and, for the mean over tokens as
the sentence's vector, Reimers and Gurevych, “Sentence-BERT”, EMNLP 2019. Words are cut into tokens
by the `tokenizers` library, which only installations that name a model need.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Floats = NDArray[np.float32]

MOST_TOKENS = 256
WORDS_OF_CHUNK = 180
"""A text is cut into chunks of so many words; its vector is the mean of theirs."""

BATCH = 16


class Embedder(Protocol):
    """Anything that gives texts vectors."""

    name: str
    """Says which vectors may be compared: of one name only."""

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(texts × dimensions), each row of unit length."""


class SentenceModel:
    """Raises:
    ValueError: the folder holds no such model, or `tokenizers` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from tokenizers import Tokenizer

            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._weights = _read_safetensors(folder / "model.safetensors")
            self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except ImportError as error:
            raise ValueError("A sentence model needs the package “tokenizers”.") from error
        except Exception as error:
            raise ValueError(f"{folder} holds no sentence model that can be read.") from error
        self.name = str(config.get("_name_or_path") or folder.name)
        self._heads, self._layers = config["num_attention_heads"], config["num_hidden_layers"]
        self._epsilon = config["layer_norm_eps"]
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.no_padding()

    def vectors(self, texts: Sequence[str]) -> Floats:
        chunks = [_chunks(text) for text in texts]
        flat = self._of_chunks([chunk for own in chunks for chunk in own])
        ends = np.cumsum([0, *map(len, chunks)])
        means = np.add.reduceat(flat, ends[:-1]) if len(flat) else flat
        return _unit(means)

    def _of_chunks(self, chunks: Sequence[str]) -> Floats:
        coded = [each.ids for each in self._tokenizer.encode_batch(list(chunks))]
        width = self._weights["embeddings.word_embeddings.weight"].shape[1]
        found = np.zeros((len(coded), width), np.float32)
        # Like lengths together, so that little is spent on filling.
        order = sorted(range(len(coded)), key=lambda n: len(coded[n]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            longest = max(len(coded[n]) for n in batch)
            ids = np.zeros((len(batch), longest), np.int64)
            mask = np.zeros((len(batch), longest), np.float32)
            for row, n in enumerate(batch):
                ids[row, : len(coded[n])] = coded[n]
                mask[row, : len(coded[n])] = 1
            states = self._states(ids, mask)
            found[batch] = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
        return _unit(found)

    def _states(self, ids: NDArray[np.int64], mask: Floats) -> Floats:
        """(batch × tokens × width) after the last layer."""
        held = self._weights
        states = (
            held["embeddings.word_embeddings.weight"][ids]
            + held["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + held["embeddings.token_type_embeddings.weight"][0]
        )
        states = self._normed(states, "embeddings.LayerNorm")
        blind = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            seen = self._attended(states, f"{layer}.attention", blind)
            states = self._normed(states + seen, f"{layer}.attention.output.LayerNorm")
            inner = self._dense(states, f"{layer}.intermediate.dense")
            inner *= (0.5 * (1 + erf(inner * np.float32(0.70710678)))).astype(np.float32)
            states = states + self._dense(inner, f"{layer}.output.dense")
            states = self._normed(states, f"{layer}.output.LayerNorm")
        return states

    def _attended(self, states: Floats, name: str, blind: Floats) -> Floats:
        batch, tokens, width = states.shape
        query, key, value = (
            self._dense(states, f"{name}.self.{part}")
            .reshape(batch, tokens, self._heads, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width / self._heads))
        scores = scores + blind
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        seen = (shares @ value).transpose(0, 2, 1, 3).reshape(batch, tokens, width)
        return self._dense(seen, f"{name}.output.dense")

    def _dense(self, states: Floats, name: str) -> Floats:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normed(self, states: Floats, name: str) -> Floats:
        mean = states.mean(axis=-1, keepdims=True)
        spread = np.sqrt(states.var(axis=-1, keepdims=True) + np.float32(self._epsilon))
        return (states - mean) / spread * self._weights[f"{name}.weight"] + self._weights[
            f"{name}.bias"
        ]


def _chunks(text: str) -> list[str]:
    """At least one, so that every text has a vector."""
    words = text.split()
    return [
        " ".join(words[start : start + WORDS_OF_CHUNK])
        for start in range(0, max(len(words), 1), WORDS_OF_CHUNK)
    ]


def _read_safetensors(path: Path) -> dict[str, Floats]:
    """The format of https://github.com/huggingface/safetensors: a length, a JSON header, data."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    found = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] != "F32":
            continue
        first, last = about["data_offsets"]
        flat = np.frombuffer(content, np.float32, (last - first) // 4, start + first)
        found[name.removeprefix("bert.")] = flat.reshape(about["shape"])
    return found


def _unit(rows: Floats) -> Floats:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
