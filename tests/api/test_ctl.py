"""tierctl against a real daemon: output and exit codes."""

import json
import os

from harness import SOURCE, TIERS, DaemonCase, run

SAMPLES = os.path.join(SOURCE, "tests", "data", "samples.ndjson")


class Ctl(DaemonCase):

    listen = "127.0.0.1:0"

    def ctl(self, *arguments, stdin=None):
        return run("tierctl", "--socket", self.daemon.path, *arguments, stdin=stdin)

    def answer(self, *arguments, stdin=None):
        done = self.ctl(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_route(self):
        out = self.answer("route", "What is the capital of Mongolia?")
        self.assertTrue(any(tier in out for tier in TIERS))
        self.assertNotIn("\x1b", out)  # no colours into a pipe

    def test_route_json(self):
        decision = json.loads(self.answer("--json", "route", "Hello"))
        self.assertEqual(decision["object"], "route.decision")
        self.assertIn(decision["tier"], TIERS)

    def test_route_quiet(self):
        model = self.answer("-q", "route", "Hello").strip()
        self.assertEqual(model, json.loads(self.answer("--json", "route", "Hello"))["model"])

    def test_route_options(self):
        out = json.loads(self.answer("--json", "route", "--min-tier", "frontier", "Hello"))
        self.assertEqual(out["tier"], "frontier")
        out = json.loads(self.answer("--json", "route", "--max-tier=economy", "Hello"))
        self.assertEqual(out["tier"], "economy")
        out = json.loads(self.answer("--json", "route", "--explain", "Hello"))
        self.assertTrue(any(reason["weight"] for reason in out["reasons"]))

    def test_route_file(self):
        directory = self.directory()
        text = directory.write("prompt.txt", "What is the capital of Mongolia?\n")
        body = directory.write("body.json", '{"messages":[{"role":"user","content":"Hi"}]}')
        for path in (text, body):
            self.assertEqual(json.loads(self.answer("--json", "route", "--file", path))["object"],
                             "route.decision")
        out = self.answer("--json", "route", "--file", "-", stdin=b"Hello there")
        self.assertEqual(json.loads(out)["object"], "route.decision")

    def test_samples_spread_over_the_tiers(self):
        """What `./dev run` shows: every tier occurs, and the plain cases are plausible."""
        tiers = {}
        for line in self.answer("--json", "route", "--batch", SAMPLES).splitlines():
            decision = json.loads(line)
            tiers[decision["request_id"]] = decision["tier"]
        self.assertEqual(set(tiers.values()), set(TIERS))
        self.assertEqual(tiers["greeting"], "economy")
        self.assertEqual(tiers["proof"], "frontier")
        self.assertEqual(tiers["logic-puzzle"], "frontier")

    def test_route_batch(self):
        with open(SAMPLES, "rb") as file:
            data = file.read()
        ids = [json.loads(line)["id"] for line in data.splitlines()]
        for arguments, stdin in ((["--batch", SAMPLES], None), (["--batch", "-"], data)):
            lines = self.answer("--json", "route", *arguments, stdin=stdin).splitlines()
            self.assertEqual([json.loads(line)["request_id"] for line in lines], ids)
        table = self.answer("route", "--batch", SAMPLES)
        for each in ids:
            self.assertIn(each[:12], table)
        self.assertEqual(len(self.answer("-q", "route", "--batch", SAMPLES).split()), len(ids))

    def test_route_batch_with_a_bad_line(self):
        done = self.ctl("--json", "route", "--batch", "-",
                        stdin=b'{"prompt":"x"}\n{"prompt":3}\n{"prompt":"y"}\n')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertIn("1 of 3", done.stderr)

    def test_route_large_batch(self):
        """More than the sockets' buffers hold, both ways."""
        data = b"".join(b'{"id":"%d","prompt":"x","metadata":"%s"}\n' % (i, b"p" * 500)
                        for i in range(3000))
        lines = self.answer("--json", "route", "--batch", "-", stdin=data).splitlines()
        self.assertEqual([json.loads(line)["request_id"] for line in lines],
                         [str(i) for i in range(3000)])

    def test_status(self):
        out = self.answer("status")
        self.assertIn("ready", out)
        self.assertIn(self.daemon.get("/version").json["model_version"], out)

    def test_models(self):
        out = self.answer("models")
        for model in self.daemon.get("/v1/models").json["data"]:
            self.assertIn(model["id"], out)
        self.assertEqual(json.loads(self.answer("--json", "models"))["object"], "list")

    def test_over_tcp(self):
        done = run("tierctl", "--url", f"http://127.0.0.1:{self.daemon.port}", "status")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_socket_from_the_environment(self):
        done = run("tierctl", "status", env={"TIERD_SOCKET": self.daemon.path})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_problem_is_exit_code_1(self):
        done = self.ctl("route", "--min-tier", "luxury", "Hello")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertIn("luxury", done.stderr)
        self.assertIn("/routing/min_tier", done.stderr)
        done = self.ctl("--json", "route", "--min-tier", "luxury", "Hello")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["status"], 422)

    def test_usage_is_exit_code_2(self):
        for arguments in ([], ["route"], ["nonsense"], ["route", "--nonsense", "x"], ["route", ""],
                          ["route", "a", "b"], ["route", "--quality", "2", "x"],
                          ["route", "--file", "/nonexistent/file"], ["status", "extra"],
                          ["route", "--batch", "/nonexistent/file"]):
            with self.subTest(arguments):
                done = self.ctl(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertTrue(done.stderr.startswith("tierctl: "))

    def test_no_daemon_is_exit_code_3(self):
        path = self.directory().join("none.sock")
        for arguments in (["status"], ["models"], ["route", "x"], ["route", "--batch", SAMPLES]):
            with self.subTest(arguments):
                done = run("tierctl", "--socket", path, *arguments)
                self.assertEqual(done.returncode, 3)
                self.assertIn(path, done.stderr)

    def test_help_and_version(self):
        self.assertIn("Usage:", self.answer("--help"))
        self.assertIn("--profile", self.answer("route", "--help"))
        self.assertIn("--month-days", self.answer("report", "--help"))
        self.assertRegex(self.answer("--version"), r"\Atierctl \d")
