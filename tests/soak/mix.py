"""The mix of the soak: what is sent, and what has to come back.

A Case is bytes for the wire and what its answer has to be. Those of decisions that are the
same whenever they are asked have a key, under which every answer must be the same to the
byte but for id and time, as long as model and policy have the same version. All of it
comes from a random.Random, so that a seed gives the same requests again.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))

from harness import SOURCE, chunk, encode, head, post  # noqa: E402 (found through the path above)

BODY_BYTES_MAX = 65536  # the soak's daemon is told so, so that too large a body is cheap to send
POOL = 300

WORDS = ("the a prove why how integral of river list three seven sort segfault in python sum "
         "capital translate poem Grüße 漢字 можно пожалуйста عدد `x+1` {} 2^61-1 \\frac{1}{2} "
         "\n\n``` return; <b> https://example.org/?a=b 😀 e\u0301 \u0000 \t").split(" ")


class Case:
    """kind for the table; data to send; status that has to come; key of what must be the
    same each time; closes, where the daemon has to close behind its answer."""

    __slots__ = ("kind", "data", "status", "key", "closes", "head_only", "lines")

    def __init__(self, kind, data, status=200, key=None, closes=False, head_only=False, lines=()):
        self.kind, self.data, self.status, self.key = kind, data, status, key
        self.closes, self.head_only, self.lines = closes, head_only, lines


def text(draw, most=60):
    return " ".join(draw.choices(WORDS, k=draw.randint(1, most)))


def chat(draw):
    """A conversation in one of the two vendors' forms. A given cached prefix keeps what was
    asked before out of its decision."""
    turns = [{"role": ("user", "assistant")[i % 2], "content": text(draw)}
             for i in range(draw.choice((1, 3, 5)))]
    body = {"messages": turns, "routing": {"cached_prefix_tokens": 0, "explain": draw.random() < 0.3}}
    if draw.random() < 0.3:
        body["system"] = text(draw, 400)
        turns[-1]["content"] = [{"type": "text", "text": turns[-1]["content"]}]
    elif draw.random() < 0.5:
        turns.insert(0, {"role": "system", "content": text(draw, 400)})
    if draw.random() < 0.3:
        body["tools"] = [{"type": "function", "function": {"name": f"f{i}", "description": text(draw)}}
                         for i in range(draw.randint(1, 9))]
    if draw.random() < 0.3:
        body["routing"]["quality"] = draw.choice((0.5, 0.9, 0.99))
    return body


def chunked(body):
    data = encode(body)
    return (head("POST", "/v1/route", "Transfer-Encoding: chunked") + chunk(data[:7]) + chunk(data[7:]) +
            b"0\r\n\r\n")


class Mix:

    def __init__(self, draw):
        self.draw = draw
        with open(os.path.join(SOURCE, "tests", "data", "samples.ndjson"), "rb") as file:
            samples = [json.loads(line) for line in file]
        for sample in samples:
            sample["routing"] = {"cached_prefix_tokens": 0}
        prompts = [{"prompt": text(draw, draw.choice((8, 60, 2000)))} for _ in range(POOL)]
        self.bodies = prompts + [chat(draw) for _ in range(POOL)] + samples
        self.pool = [Case("route", (chunked if i % 10 == 3 else post)(body), key=i)
                     for i, body in enumerate(self.bodies)]
        self.ids = []  # of late decisions, for feedback
        self.steady = self.steady_cases()
        self.hostile = self.hostile_cases()

    # Each of these may be followed by another request on the same connection.

    def steady_cases(self):
        """Answers that are no decisions."""
        gets = [Case("read", head("GET", path)) for path in
                ("/metrics", "/metrics", "/healthz", "/readyz", "/version", "/v1/models", "/v1/live",
                 "/openapi.json", "/")]
        heads = [Case("read", head("HEAD", "/healthz"), head_only=True)]
        bad = [Case("problem", data, status) for data, status in (
            (head("GET", "/nowhere"), 404), (head("GET", "/v1/route"), 405),
            (post(b"{"), 400), (post(b'{"prompt":"x"} {}'), 400), (post(b'{"prompt":"\xff"}'), 400),
            (post(b"[" * 3000), 400), (post(b'{"prompt":"x","prompt":"y"}'), 422),
            (post({"prompt": 3}), 422), (post({"prompt": "x", "routing": {"speed": 1}}), 422),
            (post({"prompt": "x", "routing": {"quality": 7}}), 422), (post({"messages": []}), 422),
            (post({"id": "d-none"}, "/v1/feedback"), 422),
            (post({"id": "no id", "score": 1}, "/v1/feedback"), 422))]
        return gets + heads + bad

    def session(self):
        """Turns of some conversations; what is decided depends on those before."""
        number = self.draw.randrange(50)
        body = {"prompt": text(self.draw), "metadata": {"team": f"t{number % 5}"},
                "routing": {"session": f"s-{number}"}}
        if number % 2:
            body = {"messages": [{"role": "system", "content": "Be brief. " * 20 * number},
                                 {"role": "user", "content": f"Question {number}"}] +
                    [{"role": role, "content": text(self.draw)} for _ in range(self.draw.randint(0, 4))
                     for role in ("assistant", "user")]}
        return Case("session", post(body))

    def batch(self):
        """Lines of the pool, and now and then one that is none."""
        keys = [self.draw.randrange(len(self.bodies)) if self.draw.random() < 0.9 else None
                for _ in range(self.draw.randint(0, 12))]
        lines = [encode({**self.bodies[key], "id": f"r{i}"}) if key is not None else b'{"prompt":'
                 for i, key in enumerate(keys)]
        return Case("batch", post(b"\n".join(lines), "/v1/route:batch"), lines=keys)

    def feedback(self):
        """On a decision of a moment ago; or, with usage, on one long forgotten, since usage
        that is learned from would change what later decisions cost."""
        if self.ids and self.draw.random() < 0.8:
            said = {"id": self.draw.choice(self.ids), "score": round(self.draw.random(), 3)}
            said.update(self.draw.choice(({}, {"escalated": True}, {"cost_usd": 0.001}, {"model": "m"})))
        else:
            said = {"id": f"d-{0:016x}-{1:x}", "usage": {"prompt_tokens": 50, "completion_tokens": 9}}
        return Case("feedback", post(said, "/v1/feedback"), 202)

    def well_meant(self):
        """The next request of a client that means no harm, or at least keeps to HTTP."""
        dice = self.draw.random()
        if dice < 0.70:
            return self.draw.choice(self.pool)
        if dice < 0.77:
            return self.session()
        if dice < 0.80:
            return self.batch()
        if dice < 0.88:
            return self.feedback()
        return self.draw.choice(self.steady)

    # Each of these is the last on its connection.

    def hostile_cases(self):
        """What is no HTTP, or too much of it: a clear answer, then the end."""
        route = "POST /v1/route HTTP/1.1\r\nHost: a\r\n"
        cases = [(data.encode("latin-1"), 400) for data in (
            "nonsense\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            route + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", route + "Content-Length: -1\r\n\r\n",
            route + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            route + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            route + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            route + "X : y\r\n\r\n", route + "X: y\r\n folded\r\n\r\n")]
        cases += [(head("GET", "/" + "a" * 9000), 414), (head("GET", "/", "X: " + "y" * 20000), 431),
                  (head("GET", "/", *["X: y"] * 200), 431),
                  (head("POST", "/v1/route", f"Content-Length: {BODY_BYTES_MAX + 1}"), 413),
                  (post(b'{"prompt":"' + b"x" * BODY_BYTES_MAX), 413),
                  (head("POST", "/v1/route", "Transfer-Encoding: chunked") +
                   chunk(b"x" * (BODY_BYTES_MAX + 1)), 413)]
        return [Case("hostile", data, status, closes=True) for data, status in cases]

    def cut(self):
        """Part of a good request, so that the daemon waits for more."""
        data = self.draw.choice(self.pool).data
        return data[:self.draw.randrange(1, len(data))]
