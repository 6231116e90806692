#!/usr/bin/env python3
"""A made-up week of mixed traffic, sent through a running tierd.

    build/tierd ... --decision-log d.jsonl --state-dir state &
    python3 bench/traffic/traffic.py --socket build/tierd.sock --requests 200000 --seed 1
    build/tierctl report d.jsonl --time-label at --catalog models/catalog.json --out report.html

Five applications: a support chat with a long system prompt that never changes, search
with retrieved documents, summaries (some in batches), a coding agent whose
conversations grow for ten turns and more, and a tagger whose prompt says everything
twice. People ask again, and clients retry. The same seed gives the same requests, and
with the same answers the same feedback.

The daemon's log has the real time, so the simulated one is a label, "at"; the others
are "app" and "team". Texts are random words: only their sizes and repetitions matter.
--bodies FILE writes the requests as NDJSON instead (- is standard output).
"""

import argparse
import json
import math
import random
import socket
import sys
import threading
import time

WEEK_START = 1793491200  # 2026-11-01T00:00:00Z, a Sunday
BATCH_LINES = 250        # a POST to /v1/route:batch
PIPELINE = 64            # feedback on its way at once

WORDS = ("account address answer attach balance before billing branch cache cancel change check "
         "client close commit compare config confirm connect contract create customer database "
         "date delay delete deliver deploy design detail device disk draft email error event "
         "explain export field file filter final find folder format function guide help image "
         "import index input install invoice issue item join key language ledger letter limit line "
         "list load local login memory merge message method module month name network note "
         "number offer open option order output owner page parse password payment phone plan "
         "policy portal print product profile project query queue quote rate read record refund "
         "region remove rename repeat report request reset result return review role route "
         "schedule screen search section select send server service session setting ship sign "
         "source split start state status stock store style submit summary switch system table "
         "task team template test ticket token total track transfer update upload user value "
         "verify version video view wait warning web window word write year zone").split()


def words(rng, count):
    """A text of so many words, in sentences."""
    picked = rng.choices(WORDS, k=count)
    for i in range(9, count, 10):
        picked[i] += "."
    return " ".join(picked)


class Week:
    """Makes conversations, each a list of requests, until there are enough."""

    def __init__(self, count, seed, days):
        self.count, self.days = count, days
        self.rng = random.Random(seed)
        fixed = random.Random(seed + 1)  # what stays the same all week
        self.support_system = "You are the support clerk of a shop. " + words(fixed, 1500)
        self.agent_system = "You are a coding agent with a shell. " + words(fixed, 700)
        self.tag_rules = words(fixed, 250)
        self.documents = [words(fixed, 220) for _ in range(300)]
        self.made = 0

    def when(self):
        """Seconds since 1970; days are busier than nights."""
        rng = self.rng
        while True:
            second = rng.uniform(0, self.days * 86400)
            hour = second / 3600 % 24
            if rng.random() < 0.15 + 0.85 * max(0, math.sin((hour - 5) / 16 * math.pi)):
                return WEEK_START + second

    def body(self, app, team, at, messages, session=None, **more):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        body = {"messages": list(messages), "metadata": {"app": app, "team": team, "at": stamp}}
        routing = more.pop("routing", {})
        if session:
            routing["session"] = session
        if routing:
            body["routing"] = routing
        body.update(more)
        return body

    def talk(self, app, team, at, session, system, turns, length):
        """A conversation, one request a turn. Now and then a client retries, and a person
        who is not content asks the same again."""
        rng, messages, out = self.rng, [{"role": "system", "content": system}], []
        for _ in range(turns):
            question = f"{words(rng, rng.randint(6, length))}?"
            for repeat in range(2 if rng.random() < 0.06 else 1):
                messages.append({"role": "user", "content": question})
                out.append(self.body(app, team, at, messages, session))
                if rng.random() < 0.03:
                    out.append(self.body(app, team, at + 2, messages, session))
                messages.append({"role": "assistant", "content": words(rng, rng.randint(20, 90))})
                at += rng.uniform(5, 120)
        return out

    def support(self, session):
        return self.talk("support", "care", self.when(), session, self.support_system,
                         self.rng.randint(1, 5), 40)

    def search(self, session):
        rng = self.rng
        found = rng.sample(self.documents, rng.choice((3, 5, 12, 16)))
        text = "".join(f"<document>{document}</document>\n" for document in found)
        content = f"{text}\n{words(rng, rng.randint(6, 25))}?"
        return [self.body("search", "web", self.when(), [{"role": "user", "content": content}],
                          session if rng.random() < 0.5 else None)]

    def summaries(self, _session):
        rng = self.rng
        routing = {"batch": True} if rng.random() < 0.4 else {}
        content = "Summarise in three sentences: " + words(rng, rng.randint(200, 900))
        return [self.body("summaries", "press", self.when(), [{"role": "user", "content": content}],
                          routing=routing, max_tokens=200)]

    def agent(self, session):
        """The task is one; results of tools carry it on for ten turns and more."""
        rng, at, out = self.rng, self.when(), []
        messages = [{"role": "system", "content": self.agent_system},
                    {"role": "user", "content": "Fix this: " + words(rng, rng.randint(20, 80))}]
        for turn in range(rng.randint(10, 16)):
            out.append(self.body("agent", "platform", at, messages, session,
                                 routing={"cached_prefix_tokens": 1024} if turn else {}))
            if rng.random() < 0.02:
                out.append(self.body("agent", "platform", at + 1, messages, session))
            call = {"id": f"c{turn}", "type": "function",
                    "function": {"name": "shell", "arguments": "{}"}}
            messages += [{"role": "assistant", "content": words(rng, 25), "tool_calls": [call]},
                         {"role": "tool", "tool_call_id": f"c{turn}",
                          "content": words(rng, rng.randint(40, 160))}]
            at += rng.uniform(3, 30)
        return out

    def tags(self, _session):
        content = f"{self.tag_rules}\n{self.tag_rules}\nTag this: {words(self.rng, 30)}"
        return [self.body("tags", "press", self.when(), [{"role": "user", "content": content}])]

    def requests(self):
        """Exactly count bodies. Weights are of conversations, which differ in length."""
        kinds = (self.support, self.search, self.summaries, self.agent, self.tags)
        while True:
            kind, = self.rng.choices(kinds, (30, 30, 20, 2, 18))
            self.sessions = getattr(self, "sessions", 0) + 1
            for body in kind(f"s-{self.sessions}"):
                if self.made == self.count:
                    return
                self.made += 1
                yield body


def feedback(rng, answer):
    """What a client might tell of a decision; None when it says nothing."""
    if rng.random() < 0.1:
        return None
    cost = answer["cost"]
    p50, p90 = cost["output_tokens"]["p50"], cost["output_tokens"]["p90"]
    sigma = math.log(p90 / p50) / 1.2816 if p90 > p50 > 0 else 0
    output = max(1, round(p50 * math.exp(rng.gauss(0, 1) * sigma)))
    ratio = min(max(rng.gauss(1, 0.04), 0.8), 1.2)
    said = {"id": answer["id"]}
    if rng.random() < 0.03:  # not good enough, so the top model was asked as well
        said |= {"escalated": True, "model": cost["baseline"]["model"]}
        if cost["baseline"]["expected"] is not None and rng.random() < 0.8:
            said["cost_usd"] = round(cost["baseline"]["expected"] * rng.uniform(0.5, 1.5), 9)
        return said
    if rng.random() < 0.2:
        said["score"] = round(rng.betavariate(6, 2), 3)
    said["usage"] = {"prompt_tokens": round(cost["input_tokens"] * ratio),
                     "completion_tokens": output,
                     "prompt_tokens_details": {"cached_tokens": cost["cached_tokens"]}}
    parts = cost.get("breakdown") or {}
    if cost["expected"] is not None and rng.random() < 0.6:
        mean = min(p50 * math.exp(sigma * sigma / 2), p90)
        told = (parts["input"] * ratio + (parts["cache_read"] or 0) + (parts["cache_write"] or 0) +
                parts["output"] * output / max(mean, 1))
        said["cost_usd"] = round(told, 9)
    return said


class Client:
    """Raw HTTP/1.1 on the daemon's Unix socket. Sending has a thread of its own, since
    a daemon whose answers nobody reads stops reading as well."""

    def __init__(self, path):
        self.raw = socket.socket(socket.AF_UNIX)
        self.raw.connect(path)
        self.file = self.raw.makefile("rb")

    def send(self, data):
        sender = threading.Thread(target=self.raw.sendall, args=(data,))
        sender.start()
        return sender

    def answer(self):
        """Status and body of the next answer."""
        status = int(self.file.readline().split()[1])
        length, chunked = 0, False
        while (line := self.file.readline().strip().lower()):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
            chunked |= line == b"transfer-encoding: chunked"
        if not chunked:
            return status, self.file.read(length)
        parts = []
        while (size := int(self.file.readline(), 16)) > 0:
            parts.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return status, b"".join(parts)


def post(path, body, kind="application/json"):
    return (f"POST {path} HTTP/1.1\r\nHost: tierd\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def route(client, bodies):
    """The answers to one batch, in order."""
    lines = b"\n".join(json.dumps(body).encode() for body in bodies) + b"\n"
    sender = client.send(post("/v1/route:batch", lines, "application/x-ndjson"))
    status, text = client.answer()
    sender.join()
    if status != 200:
        sys.exit(f"traffic: /v1/route:batch answered {status}: {text[:300]!r}")
    return [json.loads(line) for line in text.splitlines()]


def tell(client, said):
    """Sends feedback; the number that the daemon could not take for now, to be sent again."""
    refused = []
    for at in range(0, len(said), PIPELINE):
        part = said[at:at + PIPELINE]
        sender = client.send(b"".join(post("/v1/feedback", json.dumps(one).encode())
                                      for one in part))
        for one in part:
            status, text = client.answer()
            if status == 503:
                refused.append(one)
            elif status != 202:
                sys.exit(f"traffic: /v1/feedback answered {status}: {text[:300]!r}")
        sender.join()
    return refused


def simulate(path, count, seed, days):
    """Sends all of it. Returns how many requests were decided and how much feedback sent."""
    client, rng = Client(path), random.Random(seed + 2)
    decided = told = 0
    waiting, batch = [], []

    def flush():
        nonlocal decided, told, waiting
        answers = [answer for answer in route(client, batch) if answer.get("object") == "route.decision"]
        decided += len(answers)
        said = waiting + [one for one in (feedback(rng, answer) for answer in answers) if one]
        waiting = tell(client, said)
        told += len(said) - len(waiting)
        batch.clear()

    for body in Week(count, seed, days).requests():
        batch.append(body)
        if len(batch) == BATCH_LINES:
            flush()
    if batch:
        flush()
    while waiting:
        left = tell(client, waiting)
        told += len(waiting) - len(left)
        waiting = left
    return decided, told


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=200000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--days", type=float, default=7, metavar="N")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", metavar="PATH", help="the daemon's Unix socket")
    where.add_argument("--bodies", metavar="FILE", help="write the requests instead of sending them")
    arguments = parser.parse_args()
    if arguments.bodies:
        out = sys.stdout if arguments.bodies == "-" else open(arguments.bodies, "w", encoding="utf-8")
        for body in Week(arguments.requests, arguments.seed, arguments.days).requests():
            print(json.dumps(body), file=out)
        return
    begun = time.monotonic()
    decided, told = simulate(arguments.socket, arguments.requests, arguments.seed, arguments.days)
    print(f"{decided} decided, {told} with feedback, in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
