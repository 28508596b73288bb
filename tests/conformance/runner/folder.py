"""The folder that drivers serve files from; README.md tells what is in it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "TRIVET_DRIVER_FILES"
# 2024-05-06 07:08:09 UTC, so that Last-Modified is known.
MODIFIED_S = 1_714_979_289

CONTENTS = {
    "hello.txt": b"Hello, file!\n",
    "empty": b"",
    "page/index.html": b"<!doctype html><title>page</title>\n",
    "assets/app.js": b"console.log('plain')\n",
    "assets/app.js.br": b"as br",
    "assets/app.js.gz": b"as gzip",
    "assets/app.js.zst": b"as zstd",
    "a b/\u00e9.txt": "n\u00e4me\n".encode(),
    "thing.sku": b"sku",
    ".hidden": b"hidden",
    ".well-known/known.txt": b"known",
    "middle.bin": bytes(range(256)) * 256,
    "large.bin": bytes(range(256)) * 8192,
    "text.txt": b"".join(b"line %d of a text\n" % number for number in range(200)),
    "long.txt": b"".join(b"line %d of a text\n" % number for number in range(20_000)),
    "huge.txt": b"a line of a text\n" * 100_000,
    "../beside/secret.txt": b"secret",
}
LINKS = {
    "inside.txt": "hello.txt",
    "outside.txt": "../beside/secret.txt",
    "up": "..",
    "absolute": "/etc",
}


@functools.cache
def folder() -> Path:
    """Make it, once for all drivers of this run."""
    base = Path(tempfile.mkdtemp(prefix="conformance-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    root = base / "files"
    root.mkdir()
    for name, content in CONTENTS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MODIFIED_S, MODIFIED_S))
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    return root
