"""Folders over whole drivers: ways out, links that are swapped, changes, cut files, limits."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
from pathlib import Path

from harness import Case, Program, op, wait_for

LANGS = ["c", "python", "node", "go"]
ENGINES = ["uring", "epoll"]
SECRET = b"top secret"
LARGE = 8 * 2**20
RENAME_EXCHANGE = 2
AT_FDCWD = -100

# Below /files; what is sent as it is. The secret lies beside the folder, and at its absolute path.
TRAVERSALS = [
    "../secret", "..%2fsecret", "%2e%2e/secret", "%2e%2e%2fsecret", ".%2e/secret",
    "%2E%2E%2Fsecret",
    "a/../../secret", "a/%2e%2e/%2e%2e/secret", "./../secret", "%2e/%2e%2e/secret",
    "%252e%252e/secret", "%252e%252e%252fsecret", "..%252fsecret", "%25252e%25252e/secret",
    "..\\\\secret", "..%5csecret", "%2e%2e%5csecret", "..%5c..%5csecret", "a%5c..%5c..%5csecret",
    "%c0%ae%c0%ae/secret", "%c0%ae%c0%ae%c0%afsecret", "..%c0%afsecret", "..%c1%9csecret",
    "%e0%80%ae%e0%80%ae/secret", "%f0%80%80%ae%f0%80%80%ae/secret", "%uff0e%uff0e/secret",
    "%ef%bc%8e%ef%bc%8e/secret", "..%ef%bc%8fsecret", "..%e2%88%95secret",
    "..;/secret", "..;a=b/secret", "..;%2fsecret", "..%3b/secret", "..%00/secret", "%00../secret",
    "hello.txt%00/../../secret", "..%0d/secret", "..%0a/secret", "..%09/secret", "..%20/secret",
    ".../secret", "..../secret", "....//secret", "..//secret", "//secret", "///etc/passwd",
    "%2fetc%2fpasswd", "/etc/passwd", "%2f..%2f..%2fsecret", "..?/secret", "..#/secret",
    "out", "out/secret", "up/secret", "absolute", "deep/out", "deep/back/back/secret", "proc/root",
    "proc/self/cwd/secret", "fd/0", ".hidden", "a/.hidden", "%2ehidden",
    "secret%2f..%2f..%2fsecret",
    "~/secret", "~root/secret", "file:///etc/passwd", "C:%5csecret", "secret::$DATA", "aux",
    "%2e%2e%2f" * 20 + "etc/passwd", "../" * 20 + "etc/passwd", "a" * 300,
    "a/" * 2000 + "secret",
]  # fmt: skip


class Files(Case):
    def setUp(self) -> None:
        super().setUp()
        self.base = Path(tempfile.mkdtemp(prefix="files-"))
        self.addCleanup(shutil.rmtree, self.base, True)
        self.root = self.base / "root"
        (self.root / "a").mkdir(parents=True)
        (self.root / "deep").mkdir()
        (self.base / "secret").write_bytes(SECRET)
        (self.root / "hello.txt").write_bytes(b"hello")
        (self.root / ".hidden").write_bytes(SECRET)
        (self.root / "a" / ".hidden").write_bytes(SECRET)
        (self.root / "large").write_bytes(os.urandom(2**16) * (LARGE // 2**16))
        for name, target in {
            "out": "../secret",
            "up": "..",
            "absolute": str(self.base / "secret"),
            "deep/out": "../../secret",
            "deep/back": "../..",
            "proc": "/proc/self",
            "fd": "/proc/self/fd",
        }.items():
            (self.root / name).symlink_to(target)

    def served(self, lang: str, engine: str) -> Program:
        return self.driver(lang, engine, env={"TRIVET_DRIVER_FILES": str(self.root)})

    def raw(self, driver: Program, target: str) -> bytes:
        """The whole answer to one request, whose target is sent as it is."""
        with socket.create_connection(("127.0.0.1", driver.port), 30) as client:
            head = f"GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode())
            answer = b""
            while piece := client.recv(2**16):
                answer += piece
        return answer

    def test_no_path_leads_out(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                driver = self.served(lang, "uring")
                self.assertIn(b"hello", self.raw(driver, "/files/hello.txt"))
                for path in TRAVERSALS:
                    for prefix in ("/files/", "/hooked/", "/file/", "/spa/"):
                        if prefix == "/spa/" and "hidden" in path:
                            continue  # it serves dot files
                        answer = self.raw(driver, prefix + path)
                        self.assertNotIn(SECRET, answer, prefix + path)
                        self.assertNotIn(b"root:", answer, prefix + path)
                        self.assertRegex(answer[:12], rb"HTTP/1.1 (200|30[18]|40[04]|414)")
                driver.stop()

    def test_what_is_swapped_for_a_link_is_not_followed_out(self) -> None:
        """A thread exchanges a folder and a link that leads out, as fast as it can."""
        inside, link = self.root / "swapped", self.root / "link"
        inside.mkdir()
        count = 1000
        for number in range(count):  # what has been found is remembered, so each has a name
            (inside / f"s{number}").write_bytes(b"harmless")
            (self.base / f"s{number}").write_bytes(SECRET)
        link.symlink_to("..")
        libc = ctypes.CDLL(None, use_errno=True)
        is_ending = threading.Event()

        def swap() -> None:
            names = (os.fsencode(inside), os.fsencode(link))
            while not is_ending.is_set():
                libc.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE)

        for engine in ENGINES:
            with self.subTest(engine):
                driver = self.served("c", engine)
                is_ending.clear()
                swapper = threading.Thread(target=swap)
                swapper.start()
                try:
                    found = 0
                    client = self.client(driver.port)
                    for number in range(3 * count):
                        answer = client.get(f"/files/swapped/s{number % count}")
                        self.assertNotEqual(answer.content, SECRET)
                        found += answer.content == b"harmless"
                    self.assertGreater(found, 0)
                finally:
                    is_ending.set()
                    swapper.join()
                driver.stop()

    def test_a_change_is_served_within_two_seconds(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine):
                driver = self.served("c", engine)
                client = self.client(driver.port)
                path = self.root / "changing.txt"
                for number in range(3):
                    content = f"state {number}".encode()
                    if number % 2 == 0:
                        path.write_bytes(content)
                    else:
                        (self.root / "next").write_bytes(content)
                        (self.root / "next").rename(path)
                    changed = time.monotonic()
                    while client.get("/files/changing.txt").content != content:
                        self.assertLess(time.monotonic() - changed, 2.0)
                path.unlink()
                changed = time.monotonic()
                while client.get("/files/changing.txt").status != 404:
                    self.assertLess(time.monotonic() - changed, 2.0)
                driver.stop()

    def test_a_file_that_is_cut_ends_the_connection(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine):
                (self.root / "cut").write_bytes(b"c" * LARGE)
                driver = self.served("c", engine)
                with socket.create_connection(("127.0.0.1", driver.port), 30) as client:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    client.sendall(b"GET /files/cut HTTP/1.1\r\nHost: t\r\n\r\n")
                    answer = client.recv(1000)
                    os.truncate(self.root / "cut", 100)
                    while piece := client.recv(2**16):
                        answer += piece
                head, content = answer.split(b"\r\n\r\n", 1)
                self.assertIn(f"Content-Length: {LARGE}".encode(), head)
                self.assertLess(len(content), LARGE)
                self.assertEqual(content, b"c" * len(content))
                self.assertEqual(self.raw(driver, "/files/hello.txt")[-5:], b"hello")
                driver.stop()

    def test_slow_clients_of_large_files_hold_little(self) -> None:
        """A hundred clients that take nothing: three pieces each, not the file."""
        count = 100
        driver = self.served("c", "uring")
        self.assertEqual(len(self.client(driver.port).get("/files/large").content), LARGE)
        before = resident_kib(driver.pid)
        clients = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", driver.port), 30)
            self.addCleanup(client.close)
            client.sendall(b"GET /files/large HTTP/1.1\r\nHost: t\r\n\r\n")
            clients.append(client)
        wait_for(
            lambda: op(driver.port, "stats")["requests_in_flight"] == count + 1, "all transfers"
        )
        self.assertLess(resident_kib(driver.pid) - before, count * 4 * 128)
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        wait_for(lambda: op(driver.port, "stats")["requests_in_flight"] == 1, "the end of all")
        driver.stop()

    def test_no_descriptor_is_left(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                driver = self.served(lang, "epoll")
                client = self.client(driver.port)
                paths = ["hello.txt", "large", "none", "out", "a", "a/", ".hidden"]
                for path in paths:
                    client.get(f"/files/{path}")
                before = descriptors(driver.pid)
                for _ in range(200):
                    for path in paths[2:]:
                        client.get(f"/files/{path}")
                    client.get("/files/hello.txt")
                for _ in range(20):
                    leaving = socket.create_connection(("127.0.0.1", driver.port), 30)
                    leaving.sendall(b"GET /files/large HTTP/1.1\r\nHost: t\r\n\r\n")
                    leaving.recv(10)
                    leaving.close()
                wait_for(
                    lambda driver=driver: op(driver.port, "stats")["requests_in_flight"] == 1,
                    "the end of all",
                )
                wait_for(
                    lambda driver=driver, before=before: descriptors(driver.pid) <= before + 1,
                    "the descriptors",
                )
                driver.stop()

    def test_many_ranges_cost_no_more_than_the_file(self) -> None:
        driver = self.served("c", "uring")
        client = self.client(driver.port)
        for ranges in ("0-," * 500 + "0-", ",".join(f"{n}-{n + 1}" for n in range(0, 2000, 2))):
            head = f"GET /files/large HTTP/1.1\r\nHost: t\r\nRange: bytes={ranges}\r\n\r\n"
            client.send(head.encode())
            answer = client.response()
            self.assertIn(answer.status, (200, 206))
            self.assertLessEqual(len(answer.content), LARGE + 4096)
        driver.stop()


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))
