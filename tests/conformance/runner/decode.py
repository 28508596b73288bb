"""Content codings as other programs read them: zlib of Python, libbrotlidec and libzstd."""

from __future__ import annotations

import ctypes
import ctypes.util
import zlib
from functools import cache

BYTES_MAX = 1 << 24


class DecodeError(Exception):
    pass


@cache
def library(name: str) -> ctypes.CDLL:
    path = ctypes.util.find_library(name)
    if path is None:
        raise DecodeError(f"lib{name} is missing: `make setup` installs it")
    return ctypes.CDLL(path)


def decode(coding: str, content: bytes) -> bytes:
    """All of a content in one coding, and nothing behind it."""
    if coding == "gzip":
        return gunzip(content)
    room = ctypes.create_string_buffer(BYTES_MAX)
    if coding == "br":
        size = ctypes.c_size_t(BYTES_MAX)
        brotli = library("brotlidec").BrotliDecoderDecompress
        brotli.argtypes = [ctypes.c_size_t, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p]
        if brotli(len(content), content, ctypes.byref(size), room) != 1:
            raise DecodeError("not br")
        return room.raw[: size.value]
    if coding == "zstd":
        zstd = library("zstd")
        zstd.ZSTD_decompress.restype = ctypes.c_size_t
        zstd.ZSTD_decompress.argtypes = [
            ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
        ]  # fmt: skip
        zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
        found = zstd.ZSTD_decompress(room, BYTES_MAX, content, len(content))
        if zstd.ZSTD_isError(found):
            raise DecodeError("not zstd")
        return room.raw[:found]
    raise DecodeError(f"nobody knows {coding!r}")


def gunzip(content: bytes) -> bytes:
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = reader.decompress(content)
    except zlib.error as error:
        raise DecodeError(f"not gzip: {error}") from error
    if not reader.eof or reader.unused_data:
        raise DecodeError("not one whole member of gzip")
    return text
