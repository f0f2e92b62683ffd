"""Makes a tiny language model: a Llama of random weights with a vocabulary of its own.

It talks gibberish, yet a server runs a true forward pass for every token, so that the streams
are genuine: their events, their borders and their gaps. Nothing of it comes from elsewhere; the
same seed gives the same file. Needs gguf and numpy (the `clients` extra). Knows nothing of
wiretape.

    python tests/clients/tiny_gguf.py tiny.gguf
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

BOS, PAD, TURN, END_OF_TURN = "<|bos|>", "<|pad|>", "<|turn|>", "<|end|>"
SPECIAL = (BOS, PAD, TURN, END_OF_TURN)

CONTEXT = 8192
LAYERS, WIDTH, HEADS, HIDDEN = 2, 64, 4, 128

# What the server is told of a conversation: each turn between two marks, its role first.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    f"{TURN}{{{{ message['role'] }}}}\n{{{{ message['content'] }}}}{END_OF_TURN}\n"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{TURN}assistant\n{{% endif %}}"
)

# What the model may say beside printable ASCII: words of several bytes, and characters of two,
# three and four bytes, so that a stream holds UTF-8 of every length.
WORDS = (" the", " and", " a", "ing", "er", "é", "—", "😀")

FORBIDDEN = -40.0
"""The logit of a token that the model must not say."""


def byte_symbols() -> list[str]:
    """One printable character a byte, the notation of GPT-2's vocabulary.

    Bytes that print in ISO-8859-1 stand for themselves; the others take the code points from
    256 on, in order.
    """
    printing = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printing]
    return [chr(byte if byte in printing else 256 + others.index(byte)) for byte in range(256)]


def merges() -> list[str]:
    """How the bytes of each word come together, from the left, two pieces a line."""
    symbols = byte_symbols()
    lines: dict[str, None] = {}
    for word in WORDS:
        first, *rest = (symbols[byte] for byte in word.encode())
        for symbol in rest:
            lines[f"{first} {symbol}"] = None
            first += symbol
    return list(lines)


def vocabulary() -> list[str]:
    """Every token in the order of its id: the bytes, the merged pieces, the marks."""
    return [*byte_symbols(), *(line.replace(" ", "") for line in merges()), *SPECIAL]


def may_be_said(token: str) -> bool:
    """False for what is not UTF-8 when it stands alone, for control bytes and for the marks.

    A server refuses, in the middle of the stream, an answer that is not UTF-8.
    """
    symbols = byte_symbols()
    try:
        text = bytes(map(symbols.index, token)).decode()
    except (ValueError, UnicodeDecodeError):
        return False
    return token not in SPECIAL and all(c.isprintable() or c == "\n" for c in text)


def make_tiny_gguf(path: Path, seed: int = 0) -> None:
    """Write the model to `path` (about 0.5 MB)."""
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    _add_tokenizer(writer, vocabulary())
    for name, values in weights(seed):
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter) -> None:
    writer.add_name("tiny random llama")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(CONTEXT)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(vocabulary()))


def _add_tokenizer(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    kinds = [
        gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges())
    writer.add_bos_token_id(tokens.index(BOS))
    writer.add_eos_token_id(tokens.index(END_OF_TURN))
    writer.add_pad_token_id(tokens.index(PAD))
    writer.add_chat_template(CHAT_TEMPLATE)


def weights(seed: int = 0) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Each tensor by its name in GGUF.

    Noise, but for the first dimension: no layer writes to it and every token begins with 1 there,
    so that what the output reads from it is a bias per token."""
    random = np.random.default_rng(seed)

    def noise(*shape: int, scale: float = 0.1) -> npt.NDArray[np.float32]:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    def silent_on_first(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        weights[0] = 0
        return weights

    tokens = vocabulary()
    embedding, output = noise(len(tokens), WIDTH, scale=1.0), noise(len(tokens), WIDTH)
    embedding[:, 0] = 1
    output[:, 0] = [0 if may_be_said(token) else FORBIDDEN for token in tokens]
    yield "token_embd.weight", embedding
    yield "output.weight", output
    yield "output_norm.weight", np.ones(WIDTH, np.float32)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for norm in ("attn_norm", "ffn_norm"):
            yield f"{block}.{norm}.weight", np.ones(WIDTH, np.float32)
        for part in ("attn_q", "attn_k", "attn_v"):
            yield f"{block}.{part}.weight", noise(WIDTH, WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            yield f"{block}.{part}.weight", noise(HIDDEN, WIDTH)
        yield f"{block}.attn_output.weight", silent_on_first(noise(WIDTH, WIDTH))
        yield f"{block}.ffn_down.weight", silent_on_first(noise(WIDTH, HIDDEN))


if __name__ == "__main__":
    make_tiny_gguf(Path(sys.argv[1]))
