"""Content codings, unpacked no further than the size limit: a small answer may hold a giant."""

import zlib
from collections.abc import Iterable, Iterator

ACCEPTED = "gzip, deflate"
_STEP = 2**18


class TooLarge(Exception):
    """The answer passes the size limit."""


class Damaged(Exception):
    """The answer cannot be unpacked."""


def unpacked(chunks: Iterable[bytes], coding: str, max_bytes: int) -> bytes:
    """The whole content, with its coding (empty, ``identity``, ``gzip`` or ``deflate``) undone.

    Raises:
        TooLarge: it has more than ``max_bytes``, packed or unpacked.
        Damaged: the coding is another one, or the packed content is broken or cut short.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        plain = _limited(chunks, max_bytes)
    elif coding in ("gzip", "x-gzip", "deflate"):
        plain = _inflated(_limited(chunks, max_bytes), coding)
    else:
        raise Damaged(f"the content is packed with {coding}, which was not asked for")
    return b"".join(_limited(plain, max_bytes))


def _limited(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise TooLarge
        yield chunk


def _inflated(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    inflater = None
    for chunk in chunks:
        while chunk:
            if inflater is None:
                inflater = zlib.decompressobj(_window(chunk, coding))
            try:
                yield inflater.decompress(chunk, _STEP)
            except zlib.error as error:
                raise Damaged(f"the packed content is broken ({error})") from error
            chunk = inflater.unconsumed_tail
            if inflater.eof:
                # A gzip file may have several members; zeros after the last one are padding.
                chunk, inflater = inflater.unused_data.lstrip(b"\x00"), None
    if inflater is not None:
        yield inflater.flush()
        if not inflater.eof:
            raise Damaged("the packed content breaks off")


def _window(start: bytes, coding: str) -> int:
    if coding != "deflate":
        return 16 + zlib.MAX_WBITS
    # The standard's deflate has a zlib header; some servers send it without.
    wrapped = start[0] & 0x0F == 8 and (len(start) < 2 or int.from_bytes(start[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
