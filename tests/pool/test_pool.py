"""Hosts that die, hang, leave and come, under load.

Which host a session gets is a matter of hashing alone, so the same sessions give the same
shares on every run; the bounds are those that a fair hash would keep to in 999 runs of
1,000 (binomial), a little wider for points on the circle that are not quite even.
"""

import http.client
import json
import math
import os
import signal

from harness import PATIENCE_S, head, run
from load import Load
from pool import HOSTS, PoolCase

SESSIONS = [f"conversation-{number}" for number in range(300)]
QUANTILE = 3.29  # of the normal distribution, for 0.1 % on both sides together
UNEVEN = 0.03    # of a host's points: some 1 / sqrt(1600)


def bounds(share, count=len(SESSIONS)):
    spread = QUANTILE * math.sqrt(share * (1 - share) / count) + UNEVEN * share
    return share - spread, share + spread


def moved(before, after):
    return {session for session in SESSIONS if before[session] != after[session]}


def of_host(hosts, name):
    return {session for session, host in hosts.items() if host == name}


class Pool(PoolCase):

    daemon_options = ("--drain-delay=60m",)

    def end(self, daemon):
        """By SIGINT, which does not wait for the end of drain-delay."""
        if not daemon.process.stderr.closed:
            daemon.stop(signal.SIGINT)

    def start_host(self, name, port=0):
        daemon = super().start_host(name, port)
        self.addCleanup(self.end, daemon)
        return daemon

    def assert_share(self, sessions, share, why):
        least, most = bounds(share)
        self.assertTrue(least <= len(sessions) / len(SESSIONS) <= most,
                        f"{why}: {len(sessions)} of {len(SESSIONS)}, not {least:.3f} to {most:.3f}")

    def assert_nothing_lost(self, load):
        self.assertEqual(load.lost, [])
        self.assertGreater(load.answered, 4 * len(SESSIONS))

    def assert_stayed(self, load, sessions):
        """Not for a single turn were they anywhere else."""
        strayed = {session: load.hosts[session] for session in sessions
                   if len(load.hosts[session]) > 1}
        self.assertEqual(strayed, {})

    def assert_left(self, load, before, after, name):
        """The host's conversations, a third of all, went to both others; no other moved."""
        gone = of_host(before, name)
        self.assert_share(gone, 1 / 3, f"of {name}")
        self.assertEqual(moved(before, after), gone)
        self.assertEqual({after[session] for session in gone}, set(HOSTS) - {name})
        self.assert_stayed(load, set(SESSIONS) - gone)

    def test_a_killed_host_loses_nothing_and_comes_back(self):
        with Load(self.port, SESSIONS) as load:
            before = load.lap()
            for name in HOSTS:
                self.assert_share(of_host(before, name), 1 / 3, f"at {name}")
            self.daemons["tierd2"].kill()
            self.until_down("tierd2")
            after = load.lap()
            self.assert_left(load, before, after, "tierd2")
            self.start_host("tierd2", self.daemons["tierd2"].port).wait_ready()
            self.until_full("tierd2")
            self.assertEqual(moved(before, load.lap()), set())
        self.assert_nothing_lost(load)

    def test_a_host_that_is_ended_is_left_before_it_closes(self):
        """Nothing needs a second try, either."""
        with Load(self.port, SESSIONS) as load:
            before = load.lap()
            daemon = self.daemons["tierd3"]
            daemon.send_signal(signal.SIGTERM)
            daemon.wait_for("not ready any more")
            self.until_down("tierd3")
            after = load.lap()
            daemon.stop(signal.SIGINT)  # instead of waiting for the rest of drain-delay
            self.assert_left(load, before, after, "tierd3")
            self.assertEqual(moved(after, load.lap()), set())
        self.assert_nothing_lost(load)
        retried = {name: row["wretr"] + row["wredis"] for name, row in self.servers().items()}
        self.assertEqual(set(retried.values()), {"00"}, retried)

    def test_a_host_that_hangs_loses_nothing(self):
        """Its kernel still takes connections, so that only time tells."""
        daemon = self.daemons["tierd1"]
        with Load(self.port, SESSIONS) as load:
            before = load.lap()
            daemon.process.send_signal(signal.SIGSTOP)
            self.addCleanup(daemon.process.send_signal, signal.SIGCONT)
            self.until_down("tierd1")
            after = load.lap()
            daemon.process.send_signal(signal.SIGCONT)
            self.until_full("tierd1")
            self.assertEqual(moved(before, load.lap()), set())
        self.assert_nothing_lost(load)
        self.assert_left(load, before, after, "tierd1")

    def test_a_fourth_host_takes_a_quarter(self):
        with Load(self.port, SESSIONS) as load:
            before = load.lap()
            daemon = self.start_host("tierd4").wait_ready()
            said = self.order(
                f"add server tierd/tierd4 127.0.0.1:{daemon.port} id 4 weight 100 check inter 1s "
                "fastinter 250ms fall 2 rise 2 slowstart 1s")
            self.assertIn("New server registered", said)
            self.order("enable health tierd/tierd4; enable server tierd/tierd4")
            self.until_full("tierd4")
            after = load.lap()
        self.assert_nothing_lost(load)
        came = moved(before, after)
        self.assertEqual({after[session] for session in came}, {"tierd4"})
        self.assert_share(came, 1 / 4, "moved")
        self.assert_stayed(load, set(SESSIONS) - came)

    def test_a_batch_ends_on_a_host_that_leaves(self):
        line = b'{"prompt": "What is the capital of Mongolia?"}\n'
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        self.addCleanup(wire.close)
        wire.putrequest("POST", "/v1/route:batch")
        wire.putheader("content-length", str(2 * len(line)))
        wire.endheaders(line)
        answer = wire.getresponse()
        host = self.batch_host()
        self.daemons[host].send_signal(signal.SIGTERM)
        self.until_down(host)
        self.daemons[host].send_signal(signal.SIGINT)
        self.daemons[host].wait_for("finishing open requests")
        wire.send(line)
        self.assertEqual((answer.status, answer.getheader("x-served-by")), (200, host))
        self.assertEqual([json.loads(one)["object"] for one in answer.read().splitlines()],
                         ["route.decision"] * 2)

    def batch_host(self):
        """Where the one batch in progress is."""
        lines = self.order("show stat").splitlines()
        return next(row[1] for row in (line.split(",") for line in lines)
                    if row[0] == "tierd_batch" and row[1] in HOSTS and row[4] == "1")


class Feedback(PoolCase):
    """Nothing fails here; where do requests go?"""

    def test_it_finds_who_decided_and_logs_join(self):
        ids = {}
        for session in SESSIONS[:30]:
            answer = self.ask({"prompt": "Why?"}, x_tierd_session=session)
            ids[answer.json["id"]] = answer.header("x-served-by")
        self.assertEqual(set(ids.values()), set(HOSTS))
        for number, host in ids.items():
            answer = self.ask({"score": 0.5, "id": number}, "/v1/feedback")
            self.assertEqual((answer.status, answer.header("x-served-by")), (202, host))
        # Sent to the wrong host, it is in that one's log, and still found.
        astray = next(number for number, host in ids.items() if host == "tierd1")
        self.daemons["tierd2"].ask({"score": 0.75, "id": astray}, "/v1/feedback")
        for daemon in self.daemons.values():
            daemon.stop()
        rows = self.joined()
        self.assertEqual({row["id"] for row in rows}, set(ids))
        scores = {row["id"]: next(iter(row["outcomes"].values()))["score"] for row in rows}
        self.assertEqual(scores, {number: 0.75 if number == astray else 0.5 for number in ids})

    def joined(self):
        out = self.files.join("joined.jsonl")
        done = run("tierctl", "log", "join", *(self.files.join(os.path.join(name, "log.jsonl"))
                                               for name in HOSTS), "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(out, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_session_named_in_the_body_will_do(self):
        for session in SESSIONS[:30]:
            body = {"prompt": "Why?", "routing": {"session": session}}
            by_body = self.ask(body).header("x-served-by")
            self.assertEqual(self.ask(body, x_tierd_session=session).header("x-served-by"), by_body)

    def test_without_a_session_all_hosts_serve(self):
        hosts = [self.ask({"prompt": "Why?"}).header("x-served-by") for _ in SESSIONS]
        least, most = bounds(1 / 3)
        for host in HOSTS:
            self.assertTrue(least <= hosts.count(host) / len(hosts) <= most, hosts.count(host))

    def test_a_host_s_own_pages_are_not_the_pool_s(self):
        with self.connect() as wire:
            for path in ("/", "/metrics", "/v1/live", "/healthz"):
                with self.subTest(path):
                    wire.send(head("GET", path))
                    self.assertEqual(wire.read().status, 404)
        with self.connect() as wire:
            self.assertEqual(wire.request("GET", "/readyz").status, 200)

    def test_the_pool_is_not_ready_without_hosts(self):
        for name, daemon in self.daemons.items():
            daemon.stop()
            self.until_down(name)
        with self.connect() as wire:
            self.assertEqual(wire.request("GET", "/readyz").status, 503)


