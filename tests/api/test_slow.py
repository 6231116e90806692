"""Slow clients, and those that stop: each holds its own connection until its deadline,
and nobody else's. The others are answered meanwhile, by the same single thread."""

import contextlib

from harness import ApiCase, Closed, chunk, encode, head, post

HELLO = {"prompt": "What is the capital of Mongolia?"}
REQUEST = post(HELLO)
LINE = encode(HELLO) + b"\n"
ENOUGH = 64 << 20  # bytes that no socket's buffers hold


class Slow(ApiCase):

    def assert_others_are_served(self, daemon, other):
        self.assertEqual(other.request("POST", "/v1/route", HELLO).status, 200)
        self.assertEqual(daemon.get("/healthz").status, 200)

    def test_many_writers_byte_by_byte(self):
        """Fifty in step, one byte each in turn, and one more who is in a hurry."""
        daemon = self.start("--threads=1")
        with contextlib.ExitStack() as stack:
            other = stack.enter_context(daemon.connect())
            slow = [stack.enter_context(daemon.connect()) for _ in range(50)]
            for at in range(len(REQUEST)):
                for wire in slow:
                    wire.send(REQUEST[at:at + 1])
                if at % 10 == 0:
                    self.assert_others_are_served(daemon, other)
            for wire in slow:
                self.assertEqual(wire.read().status, 200)

    def test_reader_byte_by_byte(self):
        """The answers are all there, however slowly they are taken."""
        daemon = self.start("--threads=1")
        with daemon.connect() as slow, daemon.connect() as other:
            slow.send(head("GET", "/v1/models") + REQUEST)
            got = b""
            while b'"route.decision"' not in got or not got.endswith(b"}\n"):
                got += slow.raw.recv(1)
                if len(got) % 500 == 0:
                    self.assert_others_are_served(daemon, other)
            slow.got += got
            self.assertEqual(slow.read().status, 200)
            self.assertEqual(slow.read().status, 200)

    def stopped_writers(self):
        """Where a client may stop, and whether it is told so."""
        return {
            "before the first byte": (b"", False),
            "in the method": (b"PO", True),
            "in a header": (REQUEST[:30], True),
            "before the body": (head("POST", "/v1/route", "Content-Length: 10"), True),
            "in the body": (REQUEST[:-1], True),
            "in a chunk's size": (head("POST", "/v1/route", "Transfer-Encoding: chunked") + b"5", True),
            "in a chunk": (head("POST", "/v1/route", "Transfer-Encoding: chunked") + b"5\r\n{", True),
            "in a trailer": (head("POST", "/v1/route", "Transfer-Encoding: chunked") +
                             chunk(encode(HELLO)) + b"0\r\nX: ", True),
            "after an answer": (REQUEST, None),
        }

    def test_stopped_writers(self):
        """All at once. A 408 for who has begun, the end without a word for who has not."""
        daemon = self.start("--threads=1", "--header-timeout=1500ms", "--body-timeout=1500ms",
                            "--idle-timeout=1500ms")
        cases = self.stopped_writers()
        with contextlib.ExitStack() as stack:
            wires = {name: stack.enter_context(daemon.connect()) for name in cases}
            for name, (data, _) in cases.items():
                wires[name].send(data)
            for _ in range(20):
                self.assertEqual(daemon.ask(HELLO).status, 200)
            for name, (_, told) in cases.items():
                with self.subTest(name):
                    if told is None:
                        self.assertEqual(wires[name].read().status, 200)
                    elif told:
                        self.assert_problem(wires[name].read(), 408, "timeout")
                    self.assertTrue(wires[name].closes())

    def fill(self, wire, data):
        """Sends without reading until no more is taken."""
        wire.raw.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < ENOUGH:
                sent += wire.raw.send(data)
        return sent

    def test_stopped_readers(self):
        """Who reads no answers is no longer read from, and is dropped at its deadline."""
        daemon = self.start("--threads=1", "--write-timeout=3s")
        with daemon.connect() as models, daemon.connect() as batch, daemon.connect() as other:
            self.assertLess(self.fill(models, head("GET", "/v1/models") * 100), ENOUGH)
            self.assert_others_are_served(daemon, other)
            batch.send(head("POST", "/v1/route:batch", f"Content-Length: {2 * ENOUGH}"))
            self.assertLess(self.fill(batch, LINE * 100), ENOUGH)
            for _ in range(20):
                self.assert_others_are_served(daemon, other)
            for wire in (models, batch):
                wire.raw.settimeout(30)
                with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                    while True:  # blocks until the deadline has come
                        wire.send(b"x" * 100000)
            self.assert_others_are_served(daemon, other)

    def test_stopped_reader_that_goes_on(self):
        """Late is not lost: nothing is missing from what it gets in the end."""
        daemon = self.start("--threads=1", "--write-timeout=20s")
        with daemon.connect() as slow, daemon.connect() as other:
            sent = self.fill(slow, REQUEST)
            self.assert_others_are_served(daemon, other)
            slow.raw.settimeout(30)
            whole = sent // len(REQUEST)
            for _ in range(whole):
                self.assertEqual(slow.read().status, 200)
            rest = REQUEST[sent % len(REQUEST):]
            slow.send(rest)
            self.assertEqual(slow.read().status, 200)
            slow.end()
            with self.assertRaises(Closed):
                slow.read()
