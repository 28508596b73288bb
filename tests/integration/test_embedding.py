"""The library inside other programs: several loops, several copies, foreign sockets."""

from __future__ import annotations

import re
import shutil

from harness import ENGINES, LIBRARY, OUTPUT, Case, Program, fetch, native


class Embedding(Case):
    def embedding(self, *arguments: str) -> Program:
        return self.program(native("embedding", "-ltrivet", "-ldl"), *arguments)

    def test_two_loops_share_app_and_port(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                program = self.embedding("two_loops", engine).ready()
                clients = [self.client(program.port) for _ in range(100)]
                for client in clients:
                    client.send(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
                for client in clients:
                    self.assertEqual(client.response().content, b"Hello, World!")
                for client in clients:
                    # Answered from a foreign thread: refused to reply, allowed to post.
                    self.assertEqual(client.get("/elsewhere").content, b"E_THREAD")
                program.stop()
                answered = [int(line.split()[-1]) for line in program.out if "answered" in line]
                self.assertEqual(sum(answered), 200)
                self.assertTrue(all(count > 0 for count in answered), answered)

    def test_handles_of_another_copy_are_refused(self) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        copies = [OUTPUT / f"copy-{letter}.so" for letter in "ab"]
        for copy in copies:
            shutil.copyfile(LIBRARY.resolve(), copy)
        program = self.embedding("copies", *map(str, copies)).ready()
        self.assertEqual(fetch(program.port, "/"), (200, b"TRIVET_E_STALE TRIVET_E_STALE"))
        program.stop()

    def test_takes_over_a_listening_socket(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                program = self.embedding("listen_fd", engine).ready()
                self.assertEqual(fetch(program.port, "/hello"), (200, b"Hello, World!"))
                program.stop()

    def test_loop_without_listener(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                program = self.embedding("unbound", engine)
                self.assertEqual(program.wait(), 0, program.err)
                self.assertEqual(program.out, ["fired, host of 0 bytes"])

    def test_events_that_nobody_takes(self) -> None:
        """A request for a route without a handler is answered with 500, never lost."""
        for engine in ENGINES:
            with self.subTest(engine=engine):
                program = self.embedding("no_events", engine).ready()
                self.assertEqual(fetch(program.port, "/event")[0], 500)
                self.assertEqual(fetch(program.port, "/hello")[0], 200)
                program.stop()
                lines = [line for line in program.err if re.search(r"GET /event", line)]
                self.assertEqual(len(lines), 1, program.err)
