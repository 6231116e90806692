"""Input from somebody who means harm. After each, the daemon serves as before."""

import json

from harness import DaemonCase, Closed, encode, head, post

SAMPLE = encode({
    "model": "gpt-x", "system": "Be brief.", "max_tokens": 100,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "Gr\u00fc\u00dfe \U0001f600"},
                                              {"type": "image_url", "image_url": {"url": "u"}}]},
                 {"role": "assistant", "content": None},
                 {"role": "user", "content": "1.5e3, \"quoted\" \\ \n"}],
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "routing": {"quality": 0.9, "exclude": [], "explain": False}})


class Hostile(DaemonCase):

    options = ["--threads=1"]

    def tearDown(self):
        answer = self.daemon.ask(SAMPLE)
        self.assertEqual(answer.status, 200)
        super().tearDown()

    def statuses(self, bodies):
        """Of many bodies on one connection, which each answer has to leave open."""
        with self.daemon.connect() as wire:
            found = []
            for body in bodies:
                answer = wire.request("POST", "/v1/route", body)
                if answer.status != 200:
                    self.assertEqual(answer.header("content-type"), "application/problem+json")
                    self.assertEqual(answer.json["status"], answer.status)
                found.append(answer.status)
            return found

    def test_truncated_at_every_byte(self):
        cut = [SAMPLE[:at] for at in range(1, len(SAMPLE))]
        self.assertEqual(set(self.statuses(cut)), {400})
        self.assert_problem(self.daemon.ask(b""), 400, "bad-json")

    def test_every_byte_replaced(self):
        """By a quote, a NUL, a bracket or half a character: any answer but a crash."""
        bodies = [SAMPLE[:at] + bad + SAMPLE[at + 1:] for at in range(len(SAMPLE))
                  for bad in (b'"', b"\0", b"[", b"\xe2")]
        self.assertLessEqual(set(self.statuses(bodies)), {200, 400, 422})

    def test_5_mib(self):
        for start in (b'{"prompt":"', b"[", b"", b'{"prompt":"x","pad":"'):
            data = start + b"x" * (5 << 20)
            with self.daemon.connect() as wire:
                wire.send(post(data))
                answer = wire.read()
                self.assert_problem(answer, 413, "body-too-large")
                self.assertTrue(wire.closes())

    def test_5_mib_with_continue(self):
        with self.daemon.connect() as wire:
            wire.send(head("POST", "/v1/route", f"Content-Length: {5 << 20}", "Expect: 100-continue"))
            self.assert_problem(wire.read(), 413, "body-too-large")

    def test_4_mib_of_prompt(self):
        """The largest there is: slow, perhaps, but answered."""
        room = (4 << 20) - len(encode({"prompt": ""}))
        for unit in ("word ", "x", "9", "\n", "```", "<a>", "(", "漢"):
            text = unit * (room // len(unit.encode()))
            body = json.dumps({"prompt": text}, ensure_ascii=False).encode()
            if len(body) <= 4 << 20:
                with self.subTest(unit):
                    answer = self.daemon.ask(body)
                    # A window of a million tokens may be too small for it.
                    self.assertIn(answer.status, (200, 422), answer.body[:200])

    def test_nested_brackets(self):
        for opening in (b"[", b'{"a":', b'[{"a":'):
            for data in (opening * 10_000, b'{"prompt":"x","a":' + opening * 10_000,
                         b'{"messages":' + opening * 10_000):
                self.assert_problem(self.daemon.ask(data), 400, "bad-json", None, "deep")
        closed = b"[" * 10_000 + b"]" * 10_000
        self.assert_problem(self.daemon.ask(closed), 400, "bad-json", None, "deep")

    def test_invalid_utf8(self):
        for bad in (b"\xff", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80",
                    b"\xf8\x88\x80\x80\x80"):
            for body in (b'{"prompt":"a' + bad + b'b"}', b'{"prompt":"x","' + bad + b'":1}',
                         b'{"prompt":"x","routing":{"session":"' + bad + b'"}}'):
                with self.subTest(body):
                    self.assert_problem(self.daemon.ask(body), 400, "bad-json", None, "UTF-8")
        self.assert_problem(self.daemon.ask(b"\xef\xbb\xbf" + SAMPLE), 400, "bad-json")

    def test_nul_and_control_characters(self):
        self.assertEqual(self.daemon.ask(rb'{"prompt":"a\u0000b"}').status, 200)
        for control in (b"\0", b"\x01", b"\n", b"\t", b"\x1f"):
            self.assert_problem(self.daemon.ask(b'{"prompt":"a' + control + b'b"}'), 400, "bad-json")

    def test_nul_does_not_cut_a_name(self):
        """A C string would end at the NUL and then name a tier or an option."""
        answer = self.daemon.ask(rb'{"prompt":"x","routing":{"min_tier":"frontier\u0000x"}}')
        self.assert_problem(answer, 422, "invalid-field", "/routing/min_tier")
        answer = self.daemon.ask(rb'{"prompt":"x","routing":{"quality\u0000x":0.5}}')
        self.assertEqual(answer.status, 422)
        self.assertIn("unknown option", answer.json["detail"])
        answer = self.daemon.ask(rb'{"prompt\u0000":"x"}')
        self.assert_problem(answer, 422, "invalid-field", "/messages")

    def test_lone_surrogates(self):
        for text in (rb"\ud800", rb"\udc00", rb"\ud800\ud800", rb"\udc00\ud800", rb"\ud800x",
                     rb"\uD83D\uDE00", rb"\ud83d\n"):
            answer = self.daemon.ask(b'{"prompt":"a' + text + b'b"}')
            self.assertEqual(answer.status, 200, text)

    def test_hostile_ids_come_back_as_json(self):
        ids = [rb'"\ud800"', rb'"\u0000"', rb'"\"\\\n\u0001"', b'"' + b"i" * 5000 + b'"', b"1e308", b"-0"]
        data = b"".join(b'{"prompt":"x","id":' + each + b"}\n" for each in ids)
        lines = self.daemon.ask(data, "/v1/route:batch").lines
        self.assertEqual(len(lines), len(ids))
        self.assertEqual(lines[2]["request_id"], "\"\\\n\u0001")
        self.assertEqual(lines[3]["request_id"], "i" * 5000)

    def test_hostile_keys_come_back_as_json(self):
        for key in (rb"\"", rb"\\", rb"\n", rb"\u0001", "\u00e9".encode() * 500, rb"%s%n", b"/" * 500):
            answer = self.daemon.ask(b'{"prompt":"x","routing":{"' + key + b'":1}}')
            self.assertEqual(answer.status, 422)
            self.assertTrue(answer.json["pointer"].startswith("/routing/"))

    def test_huge_numbers(self):
        for number in ("1e999", "-1e999", "1e400", "9" * 400, "-" + "9" * 400):
            for body in (f'{{"prompt":"x","n":{number}}}',
                         f'{{"prompt":"x","routing":{{"quality":{number}}}}}'):
                with self.subTest(body[:60]):
                    self.assertIn(self.daemon.ask(body.encode()).status, (400, 422))
        for number in ("9" * 300, "1e308", "0." + "1" * 5000, "1e-999", "-0", "123456789" * 9 + ".5"):
            with self.subTest(number[:40]):
                self.assertEqual(self.daemon.ask(f'{{"prompt":"x","n":{number}}}'.encode()).status, 200)

    def test_things_that_are_not_json(self):
        for text in (b"{prompt:1}", b"{'prompt':'x'}", b'{"prompt":"x",}', b'{"prompt":"x"} x',
                     b'{"prompt":"x"}{"prompt":"x"}', b'{"prompt":NaN}', b'{"prompt":Infinity}',
                     b'{"n":01,"prompt":"x"}', b'{"n":+1,"prompt":"x"}', b'{"n":.5,"prompt":"x"}',
                     b'{"n":1.,"prompt":"x"}', b'{"prompt":"\\x41"}', b'{"prompt":"\\u12"}',
                     b'// comment\n{"prompt":"x"}', b"<xml/>", b"null x", b"\x00", b"prompt=x"):
            with self.subTest(text):
                self.assert_problem(self.daemon.ask(text), 400, "bad-json")

    def test_many_of_everything(self):
        bodies = {
            "keys": b'{"prompt":"x",' + b",".join(b'"k%d":1' % i for i in range(50_000)) + b"}",
            "messages": encode({"messages": [{"role": "user", "content": "x"}] * 30_000}),
            "parts": encode({"messages": [{"role": "user",
                                           "content": [{"type": "text", "text": "x"}] * 30_000}]}),
            "images": encode({"messages": [{"role": "user", "content":
                                            [{"type": "image"}] * 50_000}]}),
            "tools": encode({"prompt": "x", "tools": [{}] * 90_000}),
            "options": b'{"prompt":"x","routing":{' + b",".join(b'"k%d":1' % i for i in range(50_000)) + b"}}",
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.assertIn(self.daemon.ask(body).status, (200, 422))

    def test_many_values(self):
        body = b'{"prompt":"x","n":[' + b"1," * 300_000 + b"1]}"
        self.assert_problem(self.daemon.ask(body), 400, "bad-json", None, "values")

    def test_problem_says_where(self):
        problem = self.daemon.ask(b'{"prompt":\n"x",\n!}').json
        self.assertIn("line 3", problem["detail"])
        self.assertIn("byte 16", problem["detail"])

    def test_header_bytes_of_every_kind(self):
        for byte in range(256):
            with self.daemon.connect() as wire:
                wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + bytes([byte]) + b"\r\n\r\n")
                wire.end()
                try:
                    self.assertIn(wire.read().status, (200, 400), byte)
                except Closed:
                    self.fail(f"no answer to byte {byte}")
