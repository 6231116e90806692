"""tier-bench load, startup and micro, and tierd-null: what they count, not how fast."""

import json
import signal
import socket
import subprocess

from harness import (CATALOG, MODEL, PATIENCE_S, STAY_ROOT, ApiCase, DaemonCase, Wire, post, program,
                     run)

SHORT = ["--warmup=0.05", "--duration=0.5", "--json"]


class Load(DaemonCase):

    listen = "127.0.0.1:0"

    def load(self, *options, tcp=False):
        where = f"--connect=127.0.0.1:{self.daemon.port}" if tcp else f"--socket={self.daemon.path}"
        done = run("tier-bench", "load", where, *SHORT, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def assert_all_answered(self, result):
        self.assertGreater(result["requests"], 0)
        self.assertEqual(result["answered"], result["requests"])
        self.assertEqual(result["statuses"], {"200": result["requests"]})
        self.assertEqual((result["failed"], result["unfinished"]), (0, 0))
        latency = [result["latency_us"][name] for name in ("p50", "p90", "p99", "p99.9", "max")]
        self.assertEqual(latency, sorted(latency))
        self.assertGreater(latency[0], 0)

    def test_closed(self):
        for tcp in False, True:
            with self.subTest(tcp=tcp):
                result = self.load("--connections=4", "--generate=50",
                                   f"--server-pid={self.daemon.process.pid}", tcp=tcp)
                self.assert_all_answered(result)
                self.assertEqual(result["mode"], "closed")
                # A decision is some 1 KB, and every request has at least its head.
                self.assertGreater(result["bytes_in"], 500 * result["requests"])
                self.assertGreater(result["bytes_out"], 100 * result["requests"])
                self.assertGreater(result["server_cpu_us"], 0)

    def test_open(self):
        """Every request that the schedule has in the time is there, no more and no fewer."""
        for tcp in False, True:
            with self.subTest(tcp=tcp):
                result = self.load("--connections=8", "--rate=200", "--generate=50", tcp=tcp)
                self.assert_all_answered(result)
                self.assertEqual(result["mode"], "open")
                self.assertEqual(result["requests"], 100)
                self.assertIsNone(result["server_cpu_us"])

    def test_bodies_from_a_file(self):
        directory = self.directory()
        bodies = directory.write("b.ndjson", '{"prompt": "What is 2+2?"}\n\n{"prompt": 1}\n')
        done = run("tier-bench", "load", f"--socket={self.daemon.path}", "--rate=40",
                   "--connections=2", f"--bodies={bodies}", *SHORT)
        self.assertEqual(done.returncode, 1)  # not all answers were good
        result = json.loads(done.stdout)
        self.assertEqual(result["statuses"], {"200": 10, "422": 10})

    def test_a_long_prompt(self):
        result = self.load("--connections=2", "--rate=20", "--body-bytes=50000")
        self.assert_all_answered(result)
        self.assertGreater(result["bytes_out"], 50000 * 10)

    def test_text(self):
        done = run("tier-bench", "load", f"--socket={self.daemon.path}", "--duration=0.1",
                   "--warmup=0", "--generate=5", "--rate=100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("requests     10,", done.stdout)
        self.assertIn("status 200 10", done.stdout)


class Loadless(ApiCase):
    """The load client without a good server."""

    def test_usage(self):
        for arguments, said in (([], "--socket"), (["--socket=a", "--connect=b:1"], "either"),
                                (["--socket=a", "--rate=x"], "--rate is 'x'"),
                                (["--socket=a", "--rate=nan"], "--rate is 'nan'"),
                                (["--socket=a", "--connections=1.5"], "whole number"),
                                (["--socket=a", "--generate=1", "--body-bytes=1"], "only one"),
                                (["--socket=a", "--frobnicate"], "--frobnicate"),
                                (["--socket=a", "--json=1"], "takes none"),
                                (["--socket"], "missing"), (["--connect=x"], "--connect"),
                                (["--socket=a", "operand"], "operand"),
                                (["--socket=" + "a" * 200], "200 bytes")):
            done = run("tier-bench", "load", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(said, done.stderr, arguments)
            self.assertEqual(done.stdout, "")

    def test_help(self):
        for command in "load", "startup", "micro":
            done = run("tier-bench", command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Usage: tier-bench " + command, done.stdout)
        self.assertIn("Usage: tierd-null", run("tierd-null", "--help").stdout)

    def test_no_server(self):
        path = self.directory().join("none.sock")
        done = run("tier-bench", "load", "--socket", path, "--generate=1", *SHORT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot be reached", done.stderr)

    def serve(self, conversations, grace=PATIENCE_S):
        """A server that lets one client after the other in and answers as told."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(PATIENCE_S)
        client = subprocess.Popen(
            [program("tier-bench"), "load", f"--connect=127.0.0.1:{listener.getsockname()[1]}",
             "--connections=1", "--rate=1000", "--warmup=0", "--duration=0.01", "--generate=1",
             "--json", f"--grace={grace}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for answers in conversations:
            raw, _ = listener.accept()
            with Wire(raw) as wire:
                for answer in answers:
                    head = wire.take(wire_length(wire))
                    self.assertTrue(head.startswith(b"POST /v1/route HTTP/1.1\r\n"))
                    wire.send(answer)
                if answers is not conversations[-1]:
                    continue
                out, error = client.communicate(timeout=PATIENCE_S)
        self.assertEqual(error, b"")
        return client.returncode, json.loads(out)

    def test_failures_are_counted(self):
        """Ten requests are due; a broken answer costs one, and the next has a new connection."""
        good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        busy = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        code, result = self.serve([[good, good, b"rubbish\r\n\r\n"], [busy], [good] * 6])
        self.assertEqual(code, 1)
        self.assertEqual(result["requests"], 10)
        self.assertEqual(result["statuses"], {"200": 8, "503": 1})
        self.assertEqual((result["failed"], result["unfinished"]), (1, 0))
        self.assertIn("HTTP/1.1", result["failure"])

    def test_what_is_never_answered_is_unfinished(self):
        code, result = self.serve([[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", b"HTTP/"]],
                                  grace=0.1)
        self.assertEqual(code, 1)
        self.assertEqual(result["requests"], 10)
        self.assertEqual((result["answered"], result["unfinished"]), (1, 9))


def wire_length(wire):
    """Reads until a whole request is there; returns its length."""
    while True:
        head, end, body = wire.got.partition(b"\r\n\r\n")
        if end:
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(body) >= length:
                return len(head) + 4 + length
        wire.more()


def members(value):
    """Names of members all the way down, without the values; reasons differ by prompt."""
    if isinstance(value, dict):
        return [(name, None if name == "reasons" else members(inner)) for name, inner in value.items()]
    return [members(inner) for inner in value] if isinstance(value, list) else None


class Null(ApiCase):

    def start_null(self):
        """tierd-null on a socket and a port of its own; (process, path, port)."""
        path = self.directory().join("n.sock")
        process = subprocess.Popen([program("tierd-null"), "--socket", path, "--listen",
                                    "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait, PATIENCE_S)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        self.assertRegex(line, r"^tierd-null: ready on .*, TCP port \d+\n$")
        return process, path, int(line.split()[-1])

    def connect(self, where):
        raw = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
        raw.settimeout(PATIENCE_S)
        raw.connect(where if isinstance(where, str) else ("127.0.0.1", where))
        return Wire(raw)

    def test_answers_like_tierd(self):
        """The same headers and members, and about the same size."""
        process, path, port = self.start_null()
        real = self.start().ask({"prompt": "What is the capital of Mongolia?"})
        for where in path, port:
            with self.connect(where) as wire:
                for size in 10, 100000:
                    answer = wire.request("POST", "/v1/route", {"prompt": "x" * size})
                    self.assertEqual(answer.status, 200)
                    self.assertEqual([n for n, _ in answer.headers], [n for n, _ in real.headers])
                    self.assertEqual(members(answer.json), members(real.json))
                    self.assertLess(abs(len(answer.body) - len(real.body)), 0.15 * len(real.body))
                wire.send(post({}) * 5)  # all at once
                self.assertEqual([wire.read().status for _ in range(5)], [200] * 5)
                wire.send(post({}, "/v1/route", "Connection: close"))
                self.assertEqual(wire.read().status, 200)
                self.assertTrue(wire.closes())
            with self.connect(where) as wire:
                wire.send(b"rubbish\r\n\r\n")
                self.assertTrue(wire.closes())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(process.stderr.read(), "")

    def test_a_client_that_reads_late(self):
        """More answers than a socket holds come complete and in order."""
        process, path, _ = self.start_null()
        with self.connect(path) as wire:
            request = post({})
            for _ in range(20):
                wire.send(request * 100)
            for _ in range(2000):
                self.assertEqual(wire.read().status, 200)
        self.assertIsNone(process.poll())

    def test_load(self):
        _, path, _ = self.start_null()
        done = run("tier-bench", "load", "--socket", path, "--rate=200", "--generate=5", *SHORT)
        self.assertEqual(json.loads(done.stdout)["statuses"], {"200": 100})

    def test_usage(self):
        done = run("tierd-null")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--socket", done.stderr)


class Startup(ApiCase):

    def test_tierd(self):
        path = self.directory().join("s.sock")
        done = run("tier-bench", "startup", "--socket", path, "--runs=2", "--connections=5", "--json",
                   "--", program("tierd"), *STAY_ROOT, "--socket", path, "--model", MODEL,
                   "--catalog", CATALOG)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["runs"], result["connections"]), (2, 5))
        self.assertGreater(result["first_answer_ms"]["least"], 0)
        self.assertGreater(result["resident_kib"], 500)

    def test_a_server_that_ends(self):
        path = self.directory().join("s.sock")
        done = run("tier-bench", "startup", "--socket", path, "--", program("tierd"), "--model",
                   "none.tier")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no answer", done.stderr)

    def test_usage(self):
        for arguments in [], ["--socket=x"], ["--", "true"], ["--runs=0", "--", "true"]:
            self.assertEqual(run("tier-bench", "startup", *arguments).returncode, 2)


class Micro(ApiCase):

    def test_every_stage_and_scorer(self):
        done = run("tier-bench", "micro", "--json", "--runs=1", "--run-ms=0.01", "--rows-percent=20",
                   "--model", MODEL, "--catalog", CATALOG)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        rows = {(row["stage"], row["prompt_bytes"]) for row in result["stages"]}
        stages = ["parse", "features", "score", "decide", "encode"]
        self.assertEqual(rows, {(s, n) for s in stages for n in (100, 1000, 10000, 50000)})
        self.assertTrue(all(row["ns"] > 0 and row["bytes_per_s"] > 0 for row in result["stages"]))
        self.assertEqual([row["kernel"] for row in result["scorers"]],
                         ["rbf", "rbf", "linear", "linear"])
        for row in result["scorers"]:
            self.assertGreater(row["vectors"], 50)
            self.assertLess(row["difference"], 2e-4)

    def test_missing_model(self):
        done = run("tier-bench", "micro", "--model", "none.tier", "--catalog", CATALOG)
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.tier", done.stderr)
