"""HTTP/1.1 as it comes: framing, methods, versions, and what is refused."""

import time

from harness import DaemonCase, chunk, encode, head, post

HELLO = {"prompt": "What is the capital of Mongolia?"}


class Framing(DaemonCase):
    """Ways to send the same request."""

    def assert_decision(self, response):
        self.assertEqual(response.status, 200, response.body)
        self.assertEqual(response.json["object"], "route.decision")

    def test_keep_alive(self):
        with self.daemon.connect() as wire:
            ids = {wire.request("POST", "/v1/route", HELLO).json["id"] for _ in range(20)}
        self.assertEqual(len(ids), 20)

    def test_pipelining_of_200_in_one_write(self):
        models = [{"prompt": "x", "routing": {"min_tier": "frontier"}}, HELLO]
        requests = b"".join(post(models[i % 2]) for i in range(200))
        with self.daemon.connect() as wire:
            wire.send(requests)
            answers = [wire.read() for _ in range(200)]
            self.assertEqual([a.status for a in answers], [200] * 200)
            self.assertTrue(all(a.json["tier"] == "frontier" for a in answers[::2]))
            self.assertEqual(len({a.json["id"] for a in answers}), 200)
            wire.end()
            self.assertTrue(wire.closes())

    def test_pipelining_answers_in_order(self):
        """Good, bad and missing ones, told apart by their answers."""
        with self.daemon.connect() as wire:
            for _ in range(30):
                wire.send(head("GET", "/healthz") + post(b"{") + head("GET", "/nowhere") +
                          post(HELLO) + head("HEAD", "/version") + head("GET", "/readyz"))
            for _ in range(30):
                self.assertEqual([wire.read().status for _ in range(4)], [200, 400, 404, 200])
                self.assertEqual(wire.read(head_only=True).status, 200)
                self.assertEqual(wire.read().json, {"status": "ready"})

    def test_byte_by_byte(self):
        with self.daemon.connect() as wire:
            for _ in range(2):
                for byte in post(HELLO):
                    wire.send(bytes([byte]))
                self.assert_decision(wire.read())

    def test_byte_by_byte_over_tcp(self):
        daemon = self.start(listen="127.0.0.1:0")
        with daemon.connect(tcp=True) as wire:
            wire.raw.setsockopt(6, 1, 1)  # TCP_NODELAY
            for byte in post(HELLO):
                wire.send(bytes([byte]))
            self.assert_decision(wire.read())

    def test_chunked_at_every_split(self):
        body = encode({"prompt": "hi"})
        with self.daemon.connect() as wire:
            for at in range(1, len(body)):
                wire.send(head("POST", "/v1/route", "Transfer-Encoding: chunked") +
                          chunk(body[:at]) + chunk(body[at:]) + b"0\r\n\r\n")
                self.assert_decision(wire.read())

    def test_chunked_with_extensions_and_trailers(self):
        body = encode(HELLO)
        with self.daemon.connect() as wire:
            for extension in (";a", ";a=b", ';name="quoted; text";b'):
                with self.subTest(extension):
                    wire.send(head("POST", "/v1/route", "Transfer-Encoding: chunked",
                                   "Trailer: X-Check") +
                              chunk(body[:5], extension) + chunk(body[5:], extension) +
                              b"0\r\nX-Check: 1\r\nHost: other\r\n\r\n")
                    self.assert_decision(wire.read())

    def test_expect_100_continue(self):
        body = encode(HELLO)
        with self.daemon.connect() as wire:
            for lines in (["Expect: 100-continue"], ["expect: 100-Continue"]):
                wire.send(head("POST", "/v1/route", f"Content-Length: {len(body)}", *lines))
                self.assertEqual(wire.read().status, 100)
                wire.send(body)
                self.assert_decision(wire.read())

    def test_expect_is_not_answered_when_the_head_is_refused(self):
        with self.daemon.connect() as wire:
            wire.send(head("POST", "/v1/route", "Content-Length: 999999999",
                           "Expect: 100-continue"))
            self.assert_problem(wire.read(), 413, "body-too-large")

    def test_expect_with_the_body_already_there(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO, "/v1/route", "Expect: 100-continue"))
            answer = wire.read()
            self.assert_decision(wire.read() if answer.status == 100 else answer)

    def test_leading_empty_line(self):
        """RFC 9112, 2.2: an empty line before the request line is to be ignored."""
        with self.daemon.connect() as wire:
            wire.send(b"\r\n" + post(HELLO) + b"\r\n" + head("GET", "/healthz"))
            self.assert_decision(wire.read())
            self.assertEqual(wire.read().status, 200)

    def test_connection_close(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO, "/v1/route", "Connection: close") + head("GET", "/healthz"))
            answer = wire.read()
            self.assert_decision(answer)
            self.assertEqual(answer.header("connection"), "close")
            self.assertTrue(wire.closes())

    def test_half_closed_client_gets_its_answers(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO) * 3)
            wire.end()
            for _ in range(3):
                self.assert_decision(wire.read())
            self.assertTrue(wire.closes())

    def test_content_types_of_json(self):
        for kind in ("application/json", "application/json; charset=utf-8", "APPLICATION/JSON",
                     "application/x-www-form-urlencoded", "text/plain"):
            self.assert_decision(self.daemon.ask(HELLO, content_type=kind))

    def test_query_is_ignored(self):
        self.assert_decision(self.daemon.ask(HELLO, "/v1/route?a=b&c"))

    def test_absolute_form(self):
        """RFC 9112, 3.2.2: a server must take the form that proxies are sent."""
        with self.daemon.connect() as wire:
            self.assertEqual(wire.request("GET", "http://tierd/healthz").status, 200)
            self.assertEqual(wire.request("GET", "http://tierd/nowhere").status, 404)
            page = wire.request("GET", "http://tierd")
            self.assertEqual(page.header("content-type"), "text/html; charset=utf-8")

    def test_date(self):
        date = self.daemon.get("/healthz").header("date")
        self.assertRegex(date, r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        said = time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")
        self.assertLess(abs(time.mktime(said) - time.mktime(time.gmtime())), 60)


class Versions(DaemonCase):

    def test_http_1_0_closes(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO, version="HTTP/1.0"))
            answer = wire.read()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header("connection"), "close")
            self.assertTrue(wire.closes())

    def test_http_1_0_needs_no_host(self):
        with self.daemon.connect() as wire:
            wire.send(head("GET", "/healthz", version="HTTP/1.0", host=False))
            self.assertEqual(wire.read().status, 200)
            self.assertTrue(wire.closes())

    def test_http_1_0_keep_alive_is_confirmed(self):
        """A client of 1.0 takes silence for "will close"."""
        with self.daemon.connect() as wire:
            for _ in range(3):
                wire.send(post(HELLO, "/v1/route", "Connection: keep-alive", version="HTTP/1.0"))
                answer = wire.read()
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.header("connection"), "keep-alive")

    def test_http_1_0_expect_gets_no_100(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO, "/v1/route", "Expect: 100-continue", version="HTTP/1.0"))
            self.assertEqual(wire.read().status, 200)

    def test_other_versions(self):
        for version in ("HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/9.9", "HTTP/1", "FTP/1.1"):
            with self.subTest(version), self.daemon.connect() as wire:
                wire.send(head("GET", "/healthz", version=version))
                self.assert_problem(wire.read(), 400, "bad-request")
                self.assertTrue(wire.closes())

    def test_http_2_preface(self):
        with self.daemon.connect() as wire:
            wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            self.assert_problem(wire.read(), 400, "bad-request")
            self.assertTrue(wire.closes())

    def test_upgrade_is_ignored(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO, "/v1/route", "Connection: Upgrade, HTTP2-Settings",
                           "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"))
            self.assertEqual(wire.read().status, 200)
            self.assertEqual(wire.request("GET", "/healthz").status, 200)


class Methods(DaemonCase):

    def test_head(self):
        with self.daemon.connect() as wire:
            for path in ("/healthz", "/readyz", "/version", "/v1/models"):
                with self.subTest(path):
                    long = wire.request("GET", path)
                    short = wire.request("HEAD", path)
                    self.assertEqual(short.status, 200)
                    self.assertEqual(short.header("content-length"), str(len(long.body)))
            self.assertEqual(wire.request("HEAD", "/nowhere").status, 404)
            self.assertEqual(wire.request("GET", "/healthz").status, 200)

    def test_404(self):
        with self.daemon.connect() as wire:
            for path in ("/v1", "/v1/route/", "/v1/routes", "/V1/ROUTE", "//v1/route", "*",
                         "/v1/route%00", "/healthz/../v1/models"):
                with self.subTest(path):
                    self.assert_problem(wire.request("GET", path), 404, "not-found")

    def test_405_with_allow(self):
        with self.daemon.connect() as wire:
            for method, path, allow in (("GET", "/v1/route", "POST"), ("HEAD", "/v1/route", "POST"),
                                        ("PUT", "/v1/route:batch", "POST"),
                                        ("DELETE", "/v1/models", "GET, HEAD"),
                                        ("OPTIONS", "/healthz", "GET, HEAD"),
                                        ("TRACE", "/version", "GET, HEAD")):
                with self.subTest(f"{method} {path}"):
                    answer = wire.request(method, path)
                    self.assertEqual(answer.header("allow"), allow)
                    if method != "HEAD":
                        self.assert_problem(answer, 405, "method-not-allowed")

    def test_405_with_a_body_closes(self):
        with self.daemon.connect() as wire:
            wire.send(head("POST", "/healthz", "Content-Length: 5") + b"hello")
            answer = wire.read()
            self.assert_problem(answer, 405, "method-not-allowed")
            self.assertEqual(answer.header("connection"), "close")
            self.assertTrue(wire.closes())

    def test_connect_opens_no_tunnel(self):
        with self.daemon.connect() as wire:
            wire.send(head("CONNECT", "example.org:443"))
            self.assertIn(wire.read().status, (400, 404, 405))

    def test_411(self):
        with self.daemon.connect() as wire:
            self.assert_problem(wire.request("POST", "/v1/route"), 411, "length-required")
            self.assert_problem(wire.request("POST", "/v1/route:batch"), 411, "length-required")
            self.assertEqual(wire.request("GET", "/healthz").status, 200)

    def test_415(self):
        for headers in ({"content_type": "image/png"}, {"content_type": "multipart/form-data"},
                        {"content_type": ""}, {"content_encoding": "gzip"},
                        {"content_encoding": "br"}):
            with self.subTest(headers):
                self.assert_problem(self.daemon.ask(HELLO, **headers), 415, "media-type")
        self.assertEqual(self.daemon.ask(HELLO, content_encoding="identity").status, 200)


class Refused(DaemonCase):
    """What a proxy might read otherwise than tierd is answered 400 and closed."""

    def assert_refused(self, data):
        with self.daemon.connect() as wire:
            # What follows must never be taken for a second request.
            wire.send(data + head("GET", "/version"))
            answer = wire.read()
            self.assert_problem(answer, 400, "bad-request")
            self.assertEqual(answer.header("connection"), "close")
            self.assertTrue(wire.closes())

    def assert_all_refused(self, requests):
        for name, data in requests.items():
            with self.subTest(name):
                self.assert_refused(data)

    def test_host(self):
        self.assert_all_refused({
            "missing": head("GET", "/healthz", host=False),
            "twice": head("GET", "/healthz", "Host: other"),
            "twice, in another case": head("GET", "/healthz", "HOST: tierd"),
            "missing with a body": head("POST", "/v1/route", "Content-Length: 2", host=False) + b"{}",
        })

    def test_two_framings(self):
        body = chunk(b"{}") + b"0\r\n\r\n"
        self.assert_all_refused({
            "CL, TE": head("POST", "/v1/route", "Content-Length: 2", "Transfer-Encoding: chunked") + body,
            "TE, CL": head("POST", "/v1/route", "Transfer-Encoding: chunked", "Content-Length: 2") + body,
            "CL twice": head("POST", "/v1/route", "Content-Length: 2", "Content-Length: 2") + b"{}",
            "two CL": head("POST", "/v1/route", "Content-Length: 2", "Content-Length: 3") + b"{} ",
        })

    def test_transfer_encodings(self):
        body = chunk(b"{}") + b"0\r\n\r\n"
        lines = {
            "twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            "chunked not last": ["Transfer-Encoding: chunked, identity"],
            "chunked not last, two lines": ["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"],
            "chunked twice in one": ["Transfer-Encoding: chunked, chunked"],
            "unknown": ["Transfer-Encoding: xchunked"],
            "identity": ["Transfer-Encoding: identity"],
            "gzip": ["Transfer-Encoding: gzip"],
            "gzip, chunked": ["Transfer-Encoding: gzip, chunked"],
            "empty": ["Transfer-Encoding:"],
            "vertical tab": ["Transfer-Encoding: \x0bchunked"],
            "quoted": ['Transfer-Encoding: "chunked"'],
            "space before the colon": ["Transfer-Encoding : chunked"],
            "folded": ["Transfer-Encoding:\r\n chunked"],
        }
        self.assert_all_refused({name: head("POST", "/v1/route", *each) + body
                                 for name, each in lines.items()})

    def test_content_lengths(self):
        for value in ("-1", "+2", "0x2", "2 2", "2, 2", "2,3", "", "two", "2.0", "1e1",
                      "18446744073709551616", "99999999999999999999999"):
            with self.subTest(value):
                self.assert_refused(head("POST", "/v1/route", f"Content-Length: {value}") + b"{}")

    def test_chunk_sizes(self):
        start = head("POST", "/v1/route", "Transfer-Encoding: chunked")
        for size in ("", "-2", "+2", "0x2", "g", "2 2", " 2", "2 ", "ffffffffffffffffff",
                     "11111111111111111"):
            with self.subTest(size):
                self.assert_refused(start + f"{size}\r\n".encode() + b"{}\r\n0\r\n\r\n")

    def test_chunk_that_is_longer_than_it_says(self):
        start = head("POST", "/v1/route", "Transfer-Encoding: chunked")
        self.assert_refused(start + b"2\r\n{}x\r\n0\r\n\r\n")
        self.assert_refused(start + b"2\r\n{}\n0\r\n\r\n")

    def test_bare_line_ends(self):
        good = post(b'{"prompt":"x"}')
        self.assert_all_refused({
            "LF everywhere": b"GET /healthz HTTP/1.1\nHost: a\n\n",
            "LF after the request line": b"GET /healthz HTTP/1.1\nHost: a\r\n\r\n",
            "LF after a header": b"GET /healthz HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            "LF at the end of the head": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\n",
            "CR within a header": good.replace(b"Host: tierd", b"Host: ti\rerd"),
            "CR alone after a header": b"GET /healthz HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
            "LF after a chunk's size": head("POST", "/v1/route", "Transfer-Encoding: chunked") +
                                       b"2\n{}\r\n0\r\n\r\n",
        })

    def test_header_syntax(self):
        self.assert_all_refused({
            "folded": head("GET", "/healthz", "X-A: b", " c"),
            "folded with a tab": head("GET", "/healthz", "X-A: b", "\tc"),
            "folded first line": b"GET /healthz HTTP/1.1\r\n Host: tierd\r\n\r\n",
            "folded host": b"GET /healthz HTTP/1.1\r\nHost:\r\n tierd\r\n\r\n",
            "no colon": head("GET", "/healthz", "nonsense"),
            "no name": head("GET", "/healthz", ": value"),
            "space in the name": head("GET", "/healthz", "X A: b"),
            "space before the colon": head("GET", "/healthz", "X-A : b"),
            "NUL in a value": head("GET", "/healthz", "X-A: b\0c"),
            "NUL in a name": head("GET", "/healthz", "X\0A: b"),
            "control character in a value": head("GET", "/healthz", "X-A: b\x01c"),
        })

    def test_request_lines(self):
        self.assert_all_refused({
            "lower case": head("get", "/healthz"),
            "unknown method": head("FETCH", "/healthz"),
            "no version": b"GET /healthz\r\nHost: a\r\n\r\n",
            "no target": b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
            "space in the target": head("GET", "/health z"),
            "TLS hello": bytes([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]) + b"\r\n\r\n",
            "nonsense": b"\xff\xfe\xfd\r\n\r\n",
        })

    def test_refusal_byte_by_byte(self):
        """What is refused in one piece is refused in many."""
        for data in (head("GET", "/healthz", "X-A: b", " c"),
                     head("POST", "/v1/route", "Content-Length: 2", "Transfer-Encoding: chunked")):
            with self.daemon.connect() as wire:
                for byte in data:
                    try:
                        wire.send(bytes([byte]))
                    except BrokenPipeError:
                        break
                self.assert_problem(wire.read(), 400, "bad-request")
                self.assertTrue(wire.closes())

    def test_a_good_request_before_a_bad_one_is_answered(self):
        with self.daemon.connect() as wire:
            wire.send(post(HELLO) + b"nonsense\r\n\r\n" + post(HELLO))
            self.assertEqual(wire.read().status, 200)
            self.assert_problem(wire.read(), 400, "bad-request")
            self.assertTrue(wire.closes())

    def test_client_that_leaves(self):
        """At every byte of a request, with the daemon none the worse."""
        data = post({"prompt": "x"})
        for at in range(0, len(data), 3):
            with self.daemon.connect() as wire:
                wire.send(data[:at])
        with self.daemon.connect() as wire:
            self.assertEqual(wire.request("GET", "/healthz").status, 200)
