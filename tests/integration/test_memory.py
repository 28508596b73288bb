"""What few bytes make a server hold: its own size tells, as do the tests that count allocations."""

from __future__ import annotations

import zlib
from pathlib import Path

from harness import PRESET, Case, PeerQueue, Program, op, wait_for

CLIENTS = 100
BASE_BYTES = 64_000
TIMES = 4
CONTENT_BYTES = 100_000  # that are announced

# zstd, RFC 8878: a frame with a window of 8 MiB, and a block as it is.
ZSTD_HEAD = b"\x28\xb5\x2f\xfd\x00" + bytes([13 << 3])


def raw_block(content: bytes) -> bytes:
    return (len(content) << 3).to_bytes(3, "little") + content


class Bits:
    """Bits as RFC 7932 packs them, the lowest first."""

    def __init__(self) -> None:
        self.value = 0
        self.count = 0

    def add(self, value: int, count: int) -> None:
        self.value |= value << self.count
        self.count += count

    def bytes(self) -> bytes:
        return self.value.to_bytes((self.count + 7) // 8, "little")


def brotli_of_many_codes() -> bytes:
    """The head of a meta-block with three times 256 prefix codes, each as short as can be."""
    bits = Bits()

    def add_256() -> None:
        bits.add(1, 1)
        bits.add(7, 3)
        bits.add(127, 7)

    def add_code(symbol_bits: int, symbol: int = 0) -> None:
        bits.add(1, 2)  # a simple one
        bits.add(0, 2)  # of one symbol
        bits.add(symbol, symbol_bits)

    bits.add(0, 1)  # a window of 64 KiB
    bits.add(0, 1)  # not the last one
    bits.add(0, 2)
    bits.add(0xFFFF, 16)  # its length
    bits.add(0, 1)
    for _ in range(3):
        add_256()  # types of blocks
        add_code(9)
        add_code(5)
        bits.add(0, 2)
    bits.add(3, 2)
    bits.add(15, 4)  # the largest alphabet of distances
    for _ in range(256):
        bits.add(0, 2)
    for _ in range(2):
        add_256()  # trees, and which context has which
        bits.add(0, 1)
        add_code(8)
        bits.add(0, 1)
    for symbol_bits, symbol in ((8, 0), (10, 703), (10, 0)):  # the command needs more bits
        for _ in range(256):
            add_code(symbol_bits, symbol)
    return bits.bytes()


def gzip_begun(content: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, 31)
    return deflater.compress(content) + deflater.flush(zlib.Z_SYNC_FLUSH)


BEGINNINGS = {
    "gzip": ("gzip", gzip_begun(b"begun")),
    "gzip of gzip": ("gzip, gzip", gzip_begun(gzip_begun(b"begun"))),
    "zstd": ("zstd", ZSTD_HEAD + raw_block(b"begun")),
    "much of zstd": ("zstd", ZSTD_HEAD + raw_block(b"x" * 40_000)),
    "zstd of zstd": ("zstd, zstd", ZSTD_HEAD + raw_block(ZSTD_HEAD + raw_block(b"begun"))),
    "br": ("br", brotli_of_many_codes()),
    "br of gzip": ("br, gzip", gzip_begun(brotli_of_many_codes())),
    "br of br": ("br, br", brotli_of_many_codes()),
    "nothing encoded": ("identity", b"x" * 60_000),
}


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


class MemoryOfContent(Case):
    def hold(self, driver: Program, path: bytes, codings: str, beginning: bytes) -> int:
        """The bytes of the process that each of many requests costs while more is to come."""
        request = (
            b"POST %s HTTP/1.1\r\nHost: test\r\nContent-Encoding: %s\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (path, codings.encode(), CONTENT_BYTES, beginning)
        )
        before = resident_bytes(driver.pid)
        clients = [self.client(driver.port) for _ in range(CLIENTS)]
        for client in clients:
            client.send(request)
        queue = PeerQueue()
        for client in clients:
            wait_for(lambda each=client: queue.unread(each.socket) == 0, "the loop to read")
        queue.close()
        op(driver.port, "stats")  # its answer comes after what was read before
        cost = (resident_bytes(driver.pid) - before) // CLIENTS
        for client in clients:
            client.close()
        return cost - BASE_BYTES - TIMES * len(request)

    def test_content_that_waits_holds_what_it_paid_for(self) -> None:
        if PRESET in ("dev", "tsan"):
            self.skipTest("a sanitizer keeps what is released")
        for path in (b"/decode", b"/decode/stream"):
            for name, (codings, beginning) in BEGINNINGS.items():
                with self.subTest(path=path, of=name):
                    driver = self.driver("c", "auto")
                    over = self.hold(driver, path, codings, beginning)
                    self.assertLessEqual(over, 0)
                    driver.stop()
