"""What JSON costs in Python: `codecs.py DOCUMENTS SECONDS` prints nanoseconds a document as JSON.

DOCUMENTS is a file of named documents. Trivet's own are what the SDK does with a result and with
the content of a request.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
from trivet._core import decode_json
from trivet._native import encode_json


def plain(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


CODECS: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    "json": (plain, json.loads),
    "trivet": (encode_json, decode_json),
    "orjson": (orjson.dumps, orjson.loads),
    "msgspec": (msgspec.json.encode, msgspec.json.decode),
}


def cost(call: Callable[[Any], Any], argument: Any, seconds: float) -> float:
    """CPU nanoseconds a call, over about that many seconds."""
    count = 1
    while True:
        begin = time.process_time_ns()
        for _ in range(count):
            call(argument)
        spent = time.process_time_ns() - begin
        if spent >= seconds * 1e9:
            return spent / count
        count = max(count * 2, int(count * seconds * 1.1e9 / max(spent, 1)))


def main() -> None:
    documents = json.loads(Path(sys.argv[1]).read_text())
    result = []
    for name, document in documents.items():
        text = plain(document)
        for codec, (encode, decode) in CODECS.items():
            assert json.loads(encode(document)) == document == decode(text)
            result.append([name, codec, "encode", cost(encode, document, float(sys.argv[2]))])
            result.append([name, codec, "decode", cost(decode, text, float(sys.argv[2]))])
    print(json.dumps(result))


main()
