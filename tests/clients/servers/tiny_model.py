"""Makes the tiny language model of `tests/clients/tiny_gguf.py` as a folder, for servers that read
safetensors: the same vocabulary, the same weights.

Its text is not that of llama.cpp, which pairs the dimensions of a head in another way. Needs what
tiny_gguf needs, and no torch. Knows nothing of wiretape.

    python -m tests.clients.servers.tiny_model FOLDER
"""

import json
import struct
import sys
from pathlib import Path
from typing import Any

from tests.clients.tiny_gguf import (
    BOS,
    CHAT_TEMPLATE,
    END_OF_TURN,
    HIDDEN,
    LAYERS,
    PAD,
    SPECIAL,
    WIDTH,
    merges,
    vocabulary,
    weights,
)

CONTEXT = 1024
HEADS = 2
"""Heads of 32 dimensions: vLLM has none that are smaller."""

_NAMES = {
    "token_embd": "model.embed_tokens",
    "output": "lm_head",
    "output_norm": "model.norm",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""GGUF's names to those of transformers."""


def make_tiny_model(folder: Path) -> None:
    """Write the model into `folder`, which need not be there yet (about 0.5 MB)."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "config.json": _config(),
        "tokenizer.json": _tokenizer(),
        "tokenizer_config.json": _tokenizer_config(),
    }
    for name, value in parts.items():
        (folder / name).write_text(json.dumps(value, indent=1), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(_safetensors())


def _config() -> dict[str, Any]:
    tokens = vocabulary()
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(tokens),
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "head_dim": WIDTH // HEADS,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": False,
        "dtype": "float32",
        "bos_token_id": tokens.index(BOS),
        "eos_token_id": tokens.index(END_OF_TURN),
        "pad_token_id": tokens.index(PAD),
    }


def _tokenizer() -> dict[str, Any]:
    tokens = vocabulary()
    bytes_as_symbols = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    added = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": tokens.index(mark), "content": mark, "special": True, **added}
            for mark in SPECIAL
        ],
        "pre_tokenizer": {**bytes_as_symbols, "use_regex": True},
        "decoder": {**bytes_as_symbols, "use_regex": True},
        "model": {
            "type": "BPE",
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [line.split(" ") for line in merges()],
        },
    }


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": END_OF_TURN,
        "pad_token": PAD,
        "chat_template": CHAT_TEMPLATE,
        "model_max_length": CONTEXT,
    }


def _safetensors() -> bytes:
    """The length of a JSON head, the head, the numbers of one tensor after the other."""
    head: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    numbers = b""
    for name, values in weights():
        data = values.astype("<f4").tobytes()
        place = [len(numbers), len(numbers) + len(data)]
        head[_named(name)] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": place}
        numbers += data
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + numbers


def _named(name: str) -> str:
    *block, part, kind = name.split(".")
    layer = f"model.layers.{block[1]}." if block else ""
    return f"{layer}{_NAMES[part]}.{kind}"


if __name__ == "__main__":
    make_tiny_model(Path(sys.argv[1]))
