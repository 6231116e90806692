"""POST /v1/route:batch: a line in, a line out, in order, in bounded memory."""

import json
import select

from harness import DaemonCase, chunk, encode, head, post

BATCH = "/v1/route:batch"


def ndjson(*bodies):
    return b"".join(encode(body) + b"\n" for body in bodies)


def read_while_sending(wire, data):
    """What a client has to do whose batch is larger than the sockets' buffers."""
    view = memoryview(data)
    parts = [wire.got]
    wire.raw.setblocking(False)
    while view:
        readable, writable, _ = select.select([wire.raw], [wire.raw], [], 30)
        if not readable and not writable:
            raise AssertionError("the daemon neither reads nor writes")
        if readable:
            parts.append(wire.raw.recv(1 << 16))
        if writable:
            try:
                view = view[wire.raw.send(view[:65536]):]
            except BlockingIOError:
                pass
    wire.got = bytearray().join(parts)
    wire.raw.settimeout(30)


class Lines(DaemonCase):

    def batch(self, data):
        with self.daemon.connect() as wire:
            answer = wire.request("POST", BATCH, data)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header("content-type"), "application/x-ndjson")
            # The connection is good for another one.
            self.assertEqual(wire.request("GET", "/healthz").status, 200)
            return answer.lines

    def test_order_and_request_ids(self):
        lines = self.batch(ndjson(*({"id": f"r-{i}", "prompt": f"What is {i} + {i}?"}
                                    for i in range(50))))
        self.assertEqual([line["request_id"] for line in lines], [f"r-{i}" for i in range(50)])
        self.assertEqual(len({line["id"] for line in lines}), 50)
        self.assertTrue(all(line["object"] == "route.decision" for line in lines))

    def test_request_id_is_only_there_when_given(self):
        lines = self.batch(ndjson({"prompt": "x"}, {"id": "a", "prompt": "x"}))
        self.assertNotIn("request_id", lines[0])
        self.assertEqual(lines[1]["request_id"], "a")

    def test_request_ids_of_any_kind(self):
        """Numbers are ids too: they come back as they were."""
        ids = ["with \"quotes\" and \\", "ключ", "\u0001", 7, -3, 0, 9007199254740991, 1.5]
        lines = self.batch(ndjson(*({"id": each, "prompt": "x"} for each in ids)))
        self.assertEqual([line.get("request_id") for line in lines], ids)

    def test_request_id_of_a_number_that_is_refused(self):
        line, = self.batch(ndjson({"id": 7, "messages": []}))
        self.assertEqual(line["request_id"], 7)

    def test_an_answer_is_that_of_the_single_endpoint(self):
        body = {"id": "same", "messages": [{"role": "user", "content": "Name three rivers."}]}
        single = self.daemon.ask(body).json
        line, = self.batch(ndjson(body))
        self.assertEqual(line.pop("request_id"), "same")
        for answer in (single, line):
            del answer["id"], answer["created"]
        self.assertEqual(line, single)

    def test_bad_lines_in_their_places(self):
        lines = self.batch(ndjson({"id": "a", "prompt": "x"}) + b'{"id":"b","prompt":\n' +
                           ndjson({"id": "c", "prompt": 3}, {"id": "d", "prompt": "x"}, [1],
                                  {"id": "e", "prompt": "x", "routing": {"speed": 1}}) +
                           b'\xff\n{"id":"f","prompt":"x"} {}\n' + ndjson({"id": "g", "prompt": "x"}))
        self.assertEqual([line.get("request_id") for line in lines],
                         ["a", None, "c", "d", None, "e", None, None, "g"])
        self.assertEqual([line.get("status", 200) for line in lines],
                         [200, 400, 422, 200, 422, 422, 400, 400, 200])
        self.assert_problem_object(lines[1], 400, "bad-json")
        self.assert_problem_object(lines[2], 422, "invalid-field", "/prompt")
        self.assert_problem_object(lines[5], 422, "invalid-field", "/routing/speed")

    def test_blank_lines_are_skipped(self):
        line = ndjson({"prompt": "x"})
        self.assertEqual(len(self.batch(b"\n\n" + line + b"  \t\n\r\n" + line + b"\n \n")), 2)

    def test_crlf(self):
        self.assertEqual([line.get("status", 200) for line in
                          self.batch(b'{"prompt":"x"}\r\n{"prompt":"y"}\r\n')], [200, 200])

    def test_last_line_without_newline(self):
        lines = self.batch(b'{"id":"a","prompt":"x"}\n{"id":"b","prompt":"y"}')
        self.assertEqual([line["request_id"] for line in lines], ["a", "b"])

    def test_nothing(self):
        self.assertEqual(self.batch(b""), [])
        self.assertEqual(self.batch(b"\n"), [])
        with self.daemon.connect() as wire:
            wire.send(head("POST", BATCH, "Transfer-Encoding: chunked") + b"0\r\n\r\n")
            self.assertEqual(wire.read().body, b"")

    def test_chunked_upload_at_odd_places(self):
        data = ndjson(*({"id": str(i), "prompt": "x" * i} for i in range(40)))
        for size in (1, 7, 1000):
            pieces = [chunk(data[i:i + size]) for i in range(0, len(data), size)]
            with self.subTest(size), self.daemon.connect() as wire:
                wire.send(head("POST", BATCH, "Transfer-Encoding: chunked") + b"".join(pieces) +
                          b"0\r\n\r\n")
                self.assertEqual([line["request_id"] for line in wire.read().lines],
                                 [str(i) for i in range(40)])

    def test_an_answer_comes_before_the_next_line_is_sent(self):
        with self.daemon.connect() as wire:
            wire.send(head("POST", BATCH, "Transfer-Encoding: chunked"))
            self.assertEqual(wire.line(), b"HTTP/1.1 200 OK")
            while wire.line():
                pass
            for i in range(20):
                wire.send(chunk(ndjson({"id": str(i), "prompt": "x"})))
                answer = json.loads(wire.take(int(wire.line(), 16)))
                self.assertEqual(answer["request_id"], str(i))
                self.assertEqual(wire.take(2), b"\r\n")
            wire.send(b"0\r\n\r\n")
            self.assertEqual(wire.take(5), b"0\r\n\r\n")

    def test_http_1_0(self):
        data = ndjson(*({"id": str(i), "prompt": "x"} for i in range(10)))
        with self.daemon.connect() as wire:
            wire.send(post(data, BATCH, "Connection: keep-alive", version="HTTP/1.0"))
            answer = wire.read()
            self.assertEqual(answer.header("connection"), "close")
            self.assertIsNone(answer.header("transfer-encoding"))
            self.assertEqual([line["request_id"] for line in answer.lines],
                             [str(i) for i in range(10)])

    def test_pipelined_batches(self):
        with self.daemon.connect() as wire:
            wire.send(b"".join(post(ndjson(*({"id": f"{i}.{k}", "prompt": "x"} for k in range(i))),
                                    BATCH) for i in range(12)) + head("GET", "/healthz"))
            for i in range(12):
                self.assertEqual([line["request_id"] for line in wire.read().lines],
                                 [f"{i}.{k}" for k in range(i)])
            self.assertEqual(wire.read().status, 200)

    def test_5000_lines(self):
        kinds = ["Hello", "Prove that the square root of 2 is irrational.", "日本の首都はどこですか？",
                 "Fix this:\n```c\nint f(void) { return; }\n```"]
        data = ndjson(*({"id": str(i), "prompt": kinds[i % 4]} for i in range(5000)))
        with self.daemon.connect() as wire:
            wire.send(head("POST", BATCH, f"Content-Length: {len(data)}"))
            read_while_sending(wire, data)
            lines = wire.read().lines
        self.assertEqual([line["request_id"] for line in lines], [str(i) for i in range(5000)])
        self.assertTrue(all("model" in line for line in lines))

    def test_bytes_that_are_no_http_within(self):
        """A broken chunk ends the batch; what came before is answered."""
        with self.daemon.connect() as wire:
            wire.send(head("POST", BATCH, "Transfer-Encoding: chunked") +
                      chunk(ndjson({"prompt": "x"})))
            while b"route.decision" not in wire.got:
                wire.more()
            wire.send(b"nonsense\r\n")
            first, last = wire.read().lines
            self.assertEqual(first["object"], "route.decision")
            self.assert_problem_object(last, 400, "bad-request")
            self.assertTrue(wire.closes())


class SlowReader(DaemonCase):
    """A client that does not read may make the daemon wait, but not swell."""

    LINES = 5000
    GROWTH_KIB_MAX = 24 * 1024

    def test_20_megabytes_before_the_first_answer_is_read(self):
        pad = "p" * 4096
        data = ndjson(*({"id": str(i), "prompt": "x", "metadata": {"pad": pad}}
                        for i in range(self.LINES)))
        self.assertGreater(len(data), 20_000_000)
        before = self.daemon.memory_kib()
        with self.daemon.connect() as wire:
            wire.send(head("POST", BATCH, f"Content-Length: {len(data)}"))
            sent = self.send_until_stuck(wire, data)
            self.assertLess(sent, len(data), "the daemon took everything and nobody read")
            self.assertLess(self.daemon.memory_kib() - before, self.GROWTH_KIB_MAX)
            read_while_sending(wire, data[sent:])
            self.assertLess(self.daemon.memory_kib() - before, self.GROWTH_KIB_MAX)
            lines = wire.read().lines
        self.assertEqual([line["request_id"] for line in lines], [str(i) for i in range(self.LINES)])

    def test_pipelined_requests_whose_answers_nobody_reads(self):
        request = post({"prompt": "x"})
        data = request * (20_000_000 // len(request))
        before = self.daemon.memory_kib()
        with self.daemon.connect() as wire:
            sent = self.send_until_stuck(wire, data)
            self.assertLess(sent, len(data))
            self.assertLess(self.daemon.memory_kib() - before, self.GROWTH_KIB_MAX)
            # As many whole requests as were sent are answered, in the end.
            wire.raw.setblocking(True)
            wire.raw.settimeout(30)
            wire.end()
            for _ in range(sent // len(request)):
                self.assertEqual(wire.read().status, 200)
            self.assertTrue(wire.closes())

    @staticmethod
    def send_until_stuck(wire, data):
        """Sends until the socket has been full for a while; how much went out."""
        sent = 0
        wire.raw.setblocking(False)
        view = memoryview(data)
        while sent < len(data) and select.select([], [wire.raw], [], 0.5)[1]:
            try:
                sent += wire.raw.send(view[sent:sent + 65536])
            except BlockingIOError:
                pass
        return sent

