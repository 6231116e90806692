"""Every limit of the option table: what it lets through, and what it answers."""

import time

from harness import ApiCase, Closed, DaemonCase, chunk, encode, head, post


def padded(size):
    """A good body of exactly so many bytes."""
    body = {"prompt": "x", "metadata": {"pad": ""}}
    body["metadata"]["pad"] = "p" * (size - len(encode(body)))
    return encode(body)


def nested(depth):
    """A good body nested so deep; the object around it is the first level."""
    return b'{"prompt":"x","metadata":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


class Sizes(DaemonCase):
    options = ["--url-bytes-max=100", "--header-bytes-max=1K", "--headers-max=10",
               "--body-bytes-max=1K", "--json-depth-max=8", "--json-nodes-max=50",
               "--batch-lines-max=3"]

    def send(self, data):
        with self.daemon.connect() as wire:
            wire.send(data)
            answer = wire.read()
            if answer.status in (413, 414, 431):
                self.assertEqual(answer.header("connection"), "close")
                self.assertTrue(wire.closes())
            return answer

    def test_url(self):
        self.assert_problem(self.send(head("GET", "/" + "u" * 99)), 404, "not-found")
        self.assert_problem(self.send(head("GET", "/" + "u" * 100)), 414, "url-too-long", None, "100")
        self.assert_problem(self.send(head("GET", "/healthz?" + "u" * 9000)), 414, "url-too-long")

    def test_one_header_too_large(self):
        for line in ("X-Large: " + "v" * 1100, "X" * 1100 + ": v", "X-Blank: " + " " * 1100 + "v"):
            with self.subTest(line[:12]):
                self.assert_problem(self.send(head("GET", "/healthz", line)), 431,
                                    "headers-too-large", None, "1024")

    def test_headers_too_large_together(self):
        lines = [f"X-{i}: " + "v" * 150 for i in range(7)]
        self.assert_problem(self.send(head("GET", "/healthz", *lines)), 431, "headers-too-large")
        self.assertEqual(self.send(head("GET", "/healthz", *lines[:6])).status, 200)

    def test_headers_that_never_end(self):
        """Refused as soon as the limit is reached, not when the line ends."""
        with self.daemon.connect() as wire:
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"v" * 1100)
            self.assert_problem(wire.read(), 431, "headers-too-large")
        with self.daemon.connect() as wire:
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX:" + b" " * 1100)
            self.assert_problem(wire.read(), 431, "headers-too-large")

    def test_too_many_headers(self):
        lines = [f"X-{i}: v" for i in range(10)]
        self.assert_problem(self.send(head("GET", "/healthz", *lines)), 431, "headers-too-large",
                            None, "10")
        self.assertEqual(self.send(head("GET", "/healthz", *lines[:9])).status, 200)

    def test_trailers_count(self):
        start = head("POST", "/v1/route", "Transfer-Encoding: chunked") + chunk(padded(100)) + b"0\r\n"
        many = b"".join(b"X-%d: v\r\n" % i for i in range(20)) + b"\r\n"
        self.assert_problem(self.send(start + many), 431, "headers-too-large")
        self.assert_problem(self.send(start + b"X: " + b"v" * 1100 + b"\r\n\r\n"), 431,
                            "headers-too-large")

    def test_limits_hold_for_each_request_anew(self):
        with self.daemon.connect() as wire:
            for _ in range(5):
                wire.send(head("GET", "/healthz?" + "u" * 80, "X: " + "v" * 900))
                self.assertEqual(wire.read().status, 200)

    def test_body(self):
        self.assertEqual(self.send(post(padded(1024))).status, 200)
        self.assert_problem(self.send(post(padded(1025))), 413, "body-too-large", None, "1024")

    def test_chunked_body(self):
        def chunked(size):
            body = padded(size)
            return (head("POST", "/v1/route", "Transfer-Encoding: chunked") + chunk(body[:500]) +
                    chunk(body[500:]) + b"0\r\n\r\n")
        self.assertEqual(self.send(chunked(1024)).status, 200)
        self.assert_problem(self.send(chunked(1025)), 413, "body-too-large")

    def test_json_depth(self):
        self.assertEqual(self.send(post(nested(8))).status, 200)
        self.assert_problem(self.send(post(nested(9))), 400, "bad-json", None, "deep")

    def test_json_nodes(self):
        def wide(nodes):  # the object, the prompt and the list are three
            return b'{"prompt":"x","metadata":[' + b",".join([b"1"] * (nodes - 3)) + b"]}"
        self.assertEqual(self.send(post(wide(50))).status, 200)
        self.assert_problem(self.send(post(wide(51))), 400, "bad-json", None, "values")

    def test_lines_of_a_batch(self):
        line = b'{"prompt":"x"}\n'
        self.assertEqual(len(self.send(post(line * 3, "/v1/route:batch")).lines), 3)
        lines = self.send(post(line * 4, "/v1/route:batch")).lines
        self.assertEqual(len(lines), 4)
        self.assertEqual(lines[2]["object"], "route.decision")
        self.assert_problem_object(lines[3], 413, "body-too-large", None, "3 lines")

    def test_line_of_a_batch(self):
        """One that is too long is refused in its place; those around it are answered."""
        line = b'{"prompt":"x"}\n'
        self.assertEqual(len(self.send(post(line + padded(1024), "/v1/route:batch")).lines), 2)
        lines = self.send(post(line + padded(1025) + b"\n" + line, "/v1/route:batch")).lines
        self.assertEqual([item.get("object") for item in lines],
                         ["route.decision", None, "route.decision"])
        self.assert_problem_object(lines[1], 413, "body-too-large", None, "1024")

    def test_line_of_a_batch_that_never_ends(self):
        """Then there is no telling where the next begins: the answer ends there."""
        for version in ("HTTP/1.1", "HTTP/1.0"):
            with self.subTest(version), self.daemon.connect() as wire:
                wire.send(head("POST", "/v1/route:batch", "Content-Length: 1000000",
                               version=version) + b'{"prompt":"x"}\n' + b"x" * 3000)
                lines = wire.read().lines
                self.assertEqual(lines[0]["object"], "route.decision")
                self.assert_problem_object(lines[1], 413, "body-too-large")
                self.assertEqual(len(lines), 2)
                self.assertTrue(wire.closes())

    def test_lines_of_a_batch_over_http_1_0(self):
        with self.daemon.connect() as wire:
            wire.send(post(b'{"prompt":"x"}\n' * 5, "/v1/route:batch", version="HTTP/1.0"))
            lines = wire.read().lines
            self.assertEqual(len(lines), 4)
            self.assert_problem_object(lines[3], 413, "body-too-large")


class Connections(ApiCase):

    def until_served(self, daemon, within_s):
        """Tries anew as long as the daemon is full; the answer that then comes."""
        end = time.monotonic() + within_s
        while True:
            try:
                answer = daemon.get("/healthz")
            except (Closed, ConnectionError):
                answer = None
            if (answer and answer.status == 200) or time.monotonic() > end:
                return answer

    def test_connections_max(self):
        daemon = self.start("--connections-max=2")
        with daemon.connect() as first, daemon.connect() as second:
            for wire in (first, second):
                self.assertEqual(wire.request("GET", "/healthz").status, 200)
            with daemon.connect() as third:
                answer = third.read()  # said without being asked
                self.assert_problem(answer, 503, "overloaded", None, "2 connections")
                self.assertRegex(answer.header("retry-after"), r"^\d+$")
                self.assertEqual(answer.header("connection"), "close")
                self.assertTrue(third.closes())
            self.assertEqual(first.request("GET", "/healthz").status, 200)
        self.assertEqual(self.until_served(daemon, 10).status, 200)

    def test_a_connection_turned_away_takes_no_place(self):
        daemon = self.start("--connections-max=1")
        with daemon.connect() as first:
            self.assertEqual(first.request("GET", "/healthz").status, 200)
            for _ in range(5):
                with daemon.connect() as refused:
                    refused.send(post({"prompt": "x"}))
                    self.assertEqual(refused.read().status, 503)
        # All are closed by now. The daemon has to see it at once, not when a timer
        # of two seconds takes the refused ones away.
        self.assertEqual(self.until_served(daemon, 1).status, 200)

    def test_far_too_many_connections(self):
        daemon = self.start("--connections-max=1")
        with daemon.connect() as first:
            self.assertEqual(first.request("GET", "/healthz").status, 200)
            wires = [daemon.connect() for _ in range(200)]
            for wire in wires:
                said = wire.rest()
                self.assertTrue(said == b"" or said.startswith(b"HTTP/1.1 503 "), said)
                wire.raw.close()
            self.assertEqual(first.request("GET", "/healthz").status, 200)
        self.assertEqual(self.until_served(daemon, 10).status, 200)

    def test_requests_in_flight_max(self):
        daemon = self.start("--requests-in-flight-max=1")
        body = encode({"prompt": "x"})
        with daemon.connect() as slow, daemon.connect() as other:
            slow.send(head("POST", "/v1/route", f"Content-Length: {len(body)}",
                           "Expect: 100-continue"))
            self.assertEqual(slow.read().status, 100)  # so it is in flight now
            answer = other.request("POST", "/v1/route", body)
            self.assert_problem(answer, 503, "overloaded", None, "1 requests")
            self.assertRegex(answer.header("retry-after"), r"^\d+$")
            slow.send(body)
            self.assertEqual(slow.read().status, 200)
            with daemon.connect() as again:
                self.assertEqual(again.request("POST", "/v1/route", body).status, 200)

    def test_a_client_that_leaves_is_no_longer_in_flight(self):
        daemon = self.start("--requests-in-flight-max=1")
        for _ in range(3):
            with daemon.connect() as wire:
                wire.send(head("POST", "/v1/route", "Content-Length: 100", "Expect: 100-continue"))
                self.assertEqual(wire.read().status, 100)
            self.assertEqual(self.until_served(daemon, 5).status, 200)


class Deadlines(ApiCase):

    def assert_timeout(self, wire, within_s):
        began = time.monotonic()
        answer = wire.read()
        self.assertLess(time.monotonic() - began, within_s)
        self.assert_problem(answer, 408, "timeout")
        self.assertEqual(answer.header("connection"), "close")
        self.assertTrue(wire.closes())

    def test_header_timeout(self):
        daemon = self.start("--header-timeout=100ms")
        for data in (b"G", b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"POST /v1/route HTTP/1.1\r\nX:"):
            with self.subTest(data), daemon.connect() as wire:
                wire.send(data)
                self.assert_timeout(wire, 5)

    def test_header_timeout_is_for_the_whole_head(self):
        """A byte now and then does not buy time."""
        daemon = self.start("--header-timeout=200ms")
        with daemon.connect() as wire:
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
            wire.raw.settimeout(0.02)
            end = time.monotonic() + 10
            while b"\r\n\r\n" not in wire.got and time.monotonic() < end:
                try:
                    wire.send(b"x")
                    wire.more()
                except TimeoutError:
                    pass
                except BrokenPipeError:
                    break
            wire.raw.settimeout(5)
            self.assert_problem(wire.read(), 408, "timeout")

    def test_body_timeout(self):
        daemon = self.start("--body-timeout=100ms")
        with daemon.connect() as wire:
            wire.send(head("POST", "/v1/route", "Content-Length: 100") + b'{"prompt":')
            self.assert_timeout(wire, 5)
        with daemon.connect() as wire:
            wire.send(head("POST", "/v1/route", "Transfer-Encoding: chunked") + b"5\r\n{")
            self.assert_timeout(wire, 5)

    def test_body_timeout_of_a_batch(self):
        """The status has gone out by then, so the problem stands as the last line."""
        daemon = self.start("--body-timeout=100ms")
        for version in ("HTTP/1.1", "HTTP/1.0"):
            with self.subTest(version), daemon.connect() as wire:
                wire.send(head("POST", "/v1/route:batch", "Content-Length: 100", version=version) +
                          b'{"prompt":"x"}\n{"prom')
                lines = wire.read().lines
                self.assertEqual(lines[0]["object"], "route.decision")
                self.assert_problem_object(lines[1], 408, "timeout")
                self.assertTrue(wire.closes())

    def test_idle_timeout(self):
        daemon = self.start("--idle-timeout=100ms")
        with daemon.connect() as wire:
            self.assertTrue(wire.closes())
        with daemon.connect() as wire:
            self.assertEqual(wire.request("GET", "/healthz").status, 200)
            began = time.monotonic()
            self.assertTrue(wire.closes())
            self.assertLess(time.monotonic() - began, 5)

    def assert_given_up(self, daemon, data):
        """A client that sends on and on and never reads finds itself cut off."""
        with daemon.connect() as wire:
            wire.raw.settimeout(10)
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while True:
                    wire.send(data)

    def test_write_timeout(self):
        daemon = self.start("--write-timeout=100ms")
        self.assert_given_up(daemon, head("GET", "/v1/models") * 20)

    def test_write_timeout_of_a_batch(self):
        daemon = self.start("--write-timeout=100ms")
        with daemon.connect() as wire:
            wire.raw.settimeout(10)
            wire.send(head("POST", "/v1/route:batch", "Content-Length: 100000000"))
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while True:
                    wire.send(b'{"prompt":"x"}\n' * 100)

    def test_drain_timeout(self):
        """Who does not finish after SIGTERM is left behind, and that is no error."""
        daemon = self.start("--drain-timeout=100ms")
        with daemon.connect() as wire:
            wire.send(head("POST", "/v1/route", "Content-Length: 100", "Expect: 100-continue"))
            self.assertEqual(wire.read().status, 100)
            began = time.monotonic()
            daemon.stop()
            self.assertLess(time.monotonic() - began, 8)  # below the default of 10 s
