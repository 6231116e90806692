"""One client process of the soak: sends its share of the mix and checks every answer.

Well-meant requests go out in pipelined bursts on a connection that is kept; each hostile
one has a connection of its own. Ids of decisions go to a file, for the log to be held
against; counts and what went wrong are returned.
"""

import collections
import json
import random
import re
import select
import sys

import mix
from harness import PATIENCE_S, Closed, Wire, socket

STALLED_MAX = 24
WRONG_MAX = 20  # more of them tell nothing new
CHANGES = re.compile(rb'"(?:id|request_id)":"[^"]*",?|"created":\d+,?')
MADE_BY = re.compile(rb'"model_version":"([^"]*)","policy_version":"([^"]*)"')


class Client:

    def __init__(self, path, seed, ids_file, progress):
        self.path, self.ids_file, self.progress = path, ids_file, progress
        self.draw = random.Random(seed)
        self.mix = mix.Mix(random.Random(seed >> 8))  # the same pool for all
        self.mix.draw = self.draw
        self.counts = collections.Counter()
        self.wrong = []
        self.known = {}    # (key, versions) of a decision: what it was the first time
        self.stalled = []  # connections whose request never gets whole
        self.decisions = self.feedback = self.abandoned = 0

    def complain(self, *what):
        self.counts["wrong"] += 1
        if len(self.wrong) < WRONG_MAX:
            self.wrong.append(" ".join(str(item)[:300] for item in what))

    def connect(self):
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(PATIENCE_S)
        raw.connect(self.path)
        return Wire(raw)

    # ------------------------------------------------------------ judging

    def judge_decision(self, key, body):
        """A decision: whole, new, and as it was the last time."""
        decision = json.loads(body)
        if decision.get("object") != "route.decision" or not decision["model"]:
            return self.complain("no decision:", body[:200])
        self.ids_file.write(decision["id"] + "\n")
        self.decisions += 1
        self.mix.ids = [decision["id"]] if len(self.mix.ids) > 50 else self.mix.ids + [decision["id"]]
        if key is None:
            return None
        made_by = MADE_BY.search(body).groups()
        same = CHANGES.sub(b"", body).strip()
        first = self.known.setdefault((key, made_by), same)
        if first != same:
            self.complain("decision of", key, "was", first, "and is", same)
        return None

    def judge_lines(self, case, body):
        lines = body.split(b"\n")[:-1]
        if len(lines) != len(case.lines):
            return self.complain(len(case.lines), "lines in,", len(lines), "out")
        for i, (key, line) in enumerate(zip(case.lines, lines)):
            if key is None:
                if json.loads(line)["status"] != 400:
                    self.complain("a broken line is answered", line)
            elif json.loads(line)["request_id"] != f"r{i}":
                self.complain("line", i, "is answered", line[:200])
            else:
                self.judge_decision(key, line)
        return None

    def judge(self, case, answer):
        """Whatever it is: the right status, and a body of its kind."""
        self.counts[case.kind] += 1
        if answer.status != case.status:
            return self.complain(case.kind, case.data[:200], "is answered", answer.status, answer.body[:200])
        if case.head_only:
            return None
        if case.kind in ("route", "session"):
            return self.judge_decision(case.key, answer.body)
        if case.kind == "batch":
            return self.judge_lines(case, answer.body)
        if answer.status >= 400:
            if answer.json["status"] != answer.status or not answer.json["type"].startswith("/problems/"):
                self.complain("not a problem:", answer.body[:200])
        elif answer.header("content-type").startswith("application/json"):
            json.loads(answer.body)
        elif not answer.body:
            self.complain("no body:", case.data[:100])
        self.feedback += answer.status == 202
        return None

    # ------------------------------------------------------------ sending

    def burst(self, wire, most):
        """Some requests at once, then their answers in order; how many there were."""
        cases = [self.mix.well_meant() for _ in range(min(most, self.draw.choice((1, 1, 2, 4, 16))))]
        wire.send(b"".join(case.data for case in cases))
        for i, case in enumerate(cases):
            try:
                self.judge(case, wire.read(head_only=case.head_only))
            except (Closed, OSError) as error:
                self.counts["lost"] += len(cases) - i
                self.complain("closed before the answer to", case.data[:200], repr(error))
                return len(cases), False
        return len(cases), True

    def refuse(self):
        """No HTTP: answered and closed."""
        case = self.draw.choice(self.mix.hostile)
        with self.connect() as wire:
            try:
                wire.send(case.data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has seen enough
            try:
                self.judge(case, wire.read())
                if not wire.closes():
                    self.complain("left open behind", case.data[:200])
            except (Closed, ConnectionResetError):
                self.counts["lost"] += 1
                self.complain("no answer to", case.data[:200])

    def leave(self):
        """Goes away in the middle of a request, or with its answer unread."""
        with self.connect() as wire:
            if self.draw.random() < 0.5:
                self.counts["half sent"] += 1
                wire.send(self.mix.cut())
            else:
                self.counts["left"] += 1
                self.abandoned += 1
                wire.send(self.draw.choice(self.mix.pool).data)

    def stall(self):
        """Stops in the middle of a request; the deadline's answer is read later."""
        if len(self.stalled) >= STALLED_MAX:
            self.leave()
            return
        wire = self.connect()
        wire.send(self.mix.cut())
        self.stalled.append(wire)

    def end_stalled(self, wait):
        """Those whose deadline has come; with wait, all."""
        ready = self.stalled if wait else select.select([w.raw for w in self.stalled], [], [], 0)[0]
        for wire in [w for w in self.stalled if wait or w.raw in ready]:
            self.stalled.remove(wire)
            self.counts["stalled"] += 1
            with wire:
                try:
                    if wire.read().status != 408 or not wire.closes():
                        self.complain("a stalled request is not answered 408 and closed")
                except (Closed, OSError) as error:
                    self.complain("a stalled request gets", repr(error))

    def hostile(self):
        dice = self.draw.random()
        if dice < 0.6:
            self.refuse()
        elif dice < 0.9:
            self.leave()
        else:
            self.stall()
        if self.stalled:
            self.end_stalled(wait=False)

    def work(self, requests):
        """So many requests, a thirtieth of them hostile."""
        wire, fine = self.connect(), True
        while requests > 0:
            if self.draw.random() < 0.1:
                self.hostile()
                count = 1
            else:
                if not fine or self.draw.random() < 0.01:  # clients come and go
                    wire.raw.close()
                    wire = self.connect()
                count, fine = self.burst(wire, requests)
            requests -= count
            with self.progress.get_lock():
                self.progress.value += count
        wire.raw.close()
        self.end_stalled(wait=True)

    def report(self):
        return {"counts": dict(self.counts), "wrong": self.wrong, "decisions": self.decisions,
                "feedback": self.feedback, "abandoned": self.abandoned}


def run(path, seed, requests, ids_path, progress, results):
    """The process: its report goes into the queue, whatever happens."""
    sys.dont_write_bytecode = True
    with open(ids_path, "w") as ids_file:
        client = Client(path, seed, ids_file, progress)
        try:
            client.work(requests)
        except Exception as error:  # told to the one who started it
            client.complain("the client ended with", repr(error))
    results.put(client.report())
