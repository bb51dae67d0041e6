"""Counting tokens without a network, and choosing how much evidence fits."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

# English has about four bytes a token, tables and names fewer. A little too many is safe; too few is an error.
BYTES_PER_TOKEN = 3
# What roles and separators take.
PER_MESSAGE = 8
# What stands between two pieces of evidence.
PER_PIECE = 2
# Tokenizers slow down on very long texts without spaces.
SLICE = 50_000


def estimated(text: str) -> int:
    """Tokens of a text for a model whose tokenizer is not at hand: one for every three bytes of UTF-8."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def counted(model: str, text: str) -> int:
    """Tokens of a text: exact for OpenAI's models, else ``estimated``.

    The tables of OpenAI's encodings come with LiteLLM, which must have been imported; others would have to be fetched.
    """
    encoding = _encoding(model.rpartition("/")[2])
    if encoding is None:
        return estimated(text)
    pieces = (text[start : start + SLICE] for start in range(0, len(text), SLICE))
    return sum(len(encoding.encode_ordinary(piece.encode("utf-8", "replace").decode())) for piece in pieces)


@cache
def _encoding(name: str) -> Any:
    import tiktoken
    from litellm.litellm_core_utils import default_encoding  # noqa: F401 - points tiktoken to the tables beside it

    try:
        encoding = tiktoken.encoding_name_for_model(name)
        return tiktoken.get_encoding(encoding) if encoding in ("cl100k_base", "o200k_base") else None
    except (KeyError, OSError):
        return None


def fitting(pieces: Sequence[str], room: int, count: Callable[[str], int]) -> int:
    """How many pieces, from the first on, fit into ``room`` tokens. None is cut in its middle."""
    for kept, piece in enumerate(pieces):
        room -= count(piece) + PER_PIECE
        if room < 0:
            return kept
    return len(pieces)
