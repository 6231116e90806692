"""The decision log, feedback, and joining the two."""

import contextlib
import json
import os
import re
import resource
import signal
import stat
import threading

from harness import CATALOG, MODEL, TIERS, ApiCase, encode, post, run

CANARY = "xylophone-canary-4711"
KEYS = {"time", "type", "id", "session", "labels", "task", "tier", "model", "provider",
        "probabilities", "score", "threshold", "quality", "abstained", "reasons", "input_tokens",
        "cached_tokens", "output_tokens", "cost", "baseline", "model_version", "policy_version",
        "propensity", "reasked", "breakdown", "rates", "plain", "batch", "prompt_hash", "prompt_bytes", "parts",
        "features"}


def read_lines(path):
    """Every line of a log, each of which must be whole."""
    with open(path, "rb") as file:
        data = file.read()
    if data and not data.endswith(b"\n"):
        raise AssertionError(f"half a line at the end of {path}: {data[-80:]!r}")
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class LogCase(ApiCase):

    def setUp(self):
        self.place = self.directory()
        self.log = self.place.join("decisions.jsonl")

    def begin(self, *options, log=None, **kinds):
        return self.start("--decision-log", log or self.log, "--state-dir", self.place.path,
                          *options, directory=self.place, **kinds)

    def decide(self, daemon, body=None):
        answer = daemon.ask(body or {"prompt": "What is the capital of Mongolia?"})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def refused(self, *options):
        done = run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket",
                   self.place.join("r.sock"), "--state-dir", self.place.path, *options)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr


class Decisions(LogCase):

    def test_a_threshold_in_place_of_quality_is_told(self):
        """A replay that went by the quality would come to another tier."""
        daemon = self.begin()
        for model in ("router-mf-0.11593", "auto:eco"):
            self.decide(daemon, {"model": model, "prompt": "Prove that 2 is prime."})
        daemon.stop()
        first, second = read_lines(self.log)
        self.assertEqual(set(first), KEYS | {"strong_from"})
        self.assertEqual(first["strong_from"], 0.11593)
        self.assertEqual((set(second) & {"strong_from"}, second["quality"]), (set(), 0.9))

    def test_a_line_says_what_the_answer_says(self):
        daemon = self.begin()
        answer = self.decide(daemon, {
            "messages": [{"role": "user", "content": "Prove that 2 is prime."}],
            "metadata": {"team": "search", "task": "math", "n": 3},
            "routing": {"session": "s-1", "quality": 0.9, "explain": True}})
        daemon.stop()
        line, = read_lines(self.log)
        self.assertEqual(set(line), KEYS)
        for key in ("id", "tier", "model", "provider", "probabilities", "abstained", "score",
                    "model_version", "policy_version"):
            self.assertEqual(line[key], answer[key], key)
        for key in ("input_tokens", "cached_tokens", "output_tokens", "baseline"):
            self.assertEqual(line[key], answer["cost"][key], key)
        for key in ("expected", "low", "high"):
            self.assertEqual(line["cost"][key], answer["cost"][key], key)
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(line["reasons"], [reason["code"] for reason in answer["reasons"]])
        self.assertEqual(line["labels"], {"team": "search", "task": "math"})
        self.assertEqual(line["task"], "math")
        self.assertEqual(line["quality"], 0.9)
        self.assertRegex(line["session"], "^[0-9a-f]{16}$")
        self.assertRegex(line["prompt_hash"], "^[0-9a-f]{16}$")
        self.assertEqual(line["prompt_bytes"], len("Prove that 2 is prime."))
        self.assertRegex(line["features"]["schema"], "^[0-9a-f]{16}$")
        self.assertGreater(len(line["features"]["x"]), 50)

    def test_every_decision_has_one_whole_line(self):
        daemon = self.begin("--threads=3")
        ids = []

        def ask(number):
            with daemon.connect() as wire:
                for i in range(60):
                    body = {"prompt": f"Question {number} {i}: \"quoted\\\" \u20ac\n"}
                    ids.append(wire.request("POST", "/v1/route", body).json["id"])

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        batch = b"\n".join(encode({"prompt": f"Line {i}"}) for i in range(100)) + b"\n{}\n"
        ids += [line["id"] for line in daemon.ask(batch, "/v1/route:batch").lines if "id" in line]
        daemon.stop()
        logged = [line["id"] for line in read_lines(self.log)]
        self.assertEqual(len(ids), 460)
        self.assertEqual(sorted(logged), sorted(ids))

    def test_dry_runs_and_refusals_leave_no_line(self):
        daemon = self.begin()
        self.decide(daemon, {"prompt": "Hi", "routing": {"dry_run": True}})
        self.assertEqual(daemon.ask({"prompt": 3}).status, 422)
        daemon.stop()
        self.assertEqual(read_lines(self.log), [])

    def test_the_text_is_nowhere_without_log_prompts(self):
        daemon = self.begin()
        body = {"system": CANARY, "messages": [{"role": "user", "content": CANARY},
                                               {"role": "assistant", "content": CANARY},
                                               {"role": "user", "content": [
                                                   {"type": "text", "text": CANARY}]}],
                "tools": [{"name": CANARY}], "routing": {"session": CANARY, "explain": True}}
        self.decide(daemon, body)
        self.decide(daemon, {"prompt": CANARY})
        daemon.stop()
        self.assertEqual(len(read_lines(self.log)), 2)
        self.assertNotIn(CANARY, daemon.stderr())
        for name in os.listdir(self.place.path):
            with open(self.place.join(name), "rb") as file:
                self.assertNotIn(b"canary", file.read(), name)

    def test_log_prompts_writes_the_text(self):
        daemon = self.begin("--log-prompts", "--threads=1")
        self.decide(daemon, {"prompt": CANARY + "\n\u00e9"})
        parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
        self.decide(daemon, {"system": "S", "messages": [{"role": "user", "content": parts}]})
        daemon.stop()
        one, two = read_lines(self.log)
        self.assertEqual(one["prompt"], CANARY + "\n\u00e9")
        self.assertEqual(two["messages"], [{"role": "system", "content": "S"},
                                           {"role": "user", "content": parts}])
        self.assertEqual(mode_of(self.log), 0o600)

    def test_hashes_are_stable_and_of_this_installation(self):
        body = {"prompt": "Hello", "routing": {"session": "one"}}
        for _ in range(2):
            daemon = self.begin()
            self.decide(daemon, body)
            daemon.stop()
        os.unlink(self.place.join("log.key"))
        daemon = self.begin()
        self.decide(daemon, body)
        daemon.stop()
        lines = read_lines(self.log)
        for key in ("session", "prompt_hash"):
            first, second, third = (line[key] for line in lines)
            self.assertEqual(first, second)
            self.assertNotEqual(first, third)
        self.assertEqual(mode_of(self.place.join("log.key")), 0o600)


class Files(LogCase):

    def test_modes(self):
        self.begin().stop()
        self.assertEqual(mode_of(self.log), 0o600)
        os.chmod(self.log, 0o640)
        self.assertIn(f"chmod 600 {self.log}", self.refused("--decision-log", self.log))

    def test_a_state_directory_that_cannot_be_made(self):
        said = self.refused("--decision-log", self.log, "--state-dir", "/nowhere/at/all")
        self.assertIn("--state-dir", said)

    def test_two_daemons_do_not_share_a_log(self):
        self.begin()
        self.assertIn("another tierd", self.refused("--decision-log", self.log))

    def test_sigusr1_reopens(self):
        daemon = self.begin("--threads=1")  # with more, lines may overtake each other
        first = self.decide(daemon)["id"]
        daemon.process.send_signal(signal.SIGUSR1)
        daemon.wait_for("opened")
        os.rename(self.log, self.log + ".old")
        second = self.decide(daemon)["id"]
        daemon.process.send_signal(signal.SIGUSR1)
        daemon.wait_for("opened", 2)
        third = self.decide(daemon)["id"]
        daemon.stop()
        self.assertEqual([line["id"] for line in read_lines(self.log + ".old")], [first, second])
        self.assertEqual([line["id"] for line in read_lines(self.log)], [third])
        self.assertEqual(mode_of(self.log), 0o600)

    def test_sigusr1_without_a_log_changes_nothing(self):
        daemon = self.start()
        daemon.process.send_signal(signal.SIGUSR1)
        self.assertEqual(daemon.get("/healthz").status, 200)
        daemon.stop()

    def test_rotation(self):
        daemon = self.begin("--log-rotate-bytes=8K", "--log-rotate-keep=3", "--threads=1")
        ids = [self.decide(daemon)["id"] for _ in range(60)]
        daemon.stop()
        names = [self.log + end for end in (".3", ".2", ".1", "")]
        kept = []
        for name in names:
            self.assertLessEqual(os.path.getsize(name), 8192)
            self.assertEqual(mode_of(name), 0o600)
            kept += [line["id"] for line in read_lines(name)]
        self.assertFalse(os.path.exists(self.log + ".4"))
        self.assertEqual(kept, ids[-len(kept):])
        self.assertGreater(len(kept), 12)

    def test_kill_and_restart_leave_whole_lines(self):
        daemon = self.begin("--threads=1")
        known = [self.decide(daemon)["id"] for _ in range(20)]
        daemon.kill()
        with open(self.log, "ab") as file:  # what a kill amid a write leaves
            file.write(b'{"time":"2026-01-31T12:00:00.000Z","type":"deci')
        again = self.begin()
        known.append(self.decide(again)["id"])
        again.stop()
        self.assertIn("half a line", again.stderr())
        logged = [line["id"] for line in read_lines(self.log)]
        # The last ones may have been in the queue still; what is there is in order.
        self.assertEqual(logged, [i for i in known if i in logged])
        self.assertEqual(logged[-1], known[-1])

    def test_killed_amid_a_batch(self):
        """Whatever a kill cuts off, a restart leaves only whole lines."""
        lines = b"\n".join(encode({"prompt": f"Why is {n} odd? " + "x" * 200}) for n in range(3000))
        for _ in range(5):
            daemon = self.begin("--log-prompts")
            with daemon.connect() as wire:
                sender = threading.Thread(target=self.send_all, args=(wire, lines))
                sender.start()
                self.take_until_logged(wire, 100_000)
                daemon.kill()
                sender.join()
            self.begin().stop()
        self.assertGreater(len(read_lines(self.log)), 100)

    def take_until_logged(self, wire, count):
        """Answers say nothing of the disk: lines wait in memory while the writer naps."""
        enough = os.path.getsize(self.log) + count
        while os.path.getsize(self.log) < enough:
            wire.take(10_000)

    def send_all(self, wire, lines):
        with contextlib.suppress(ConnectionError):
            wire.send(post(lines, "/v1/route:batch"))

    def test_a_foreign_file_is_not_cut(self):
        path = self.place.write("thesis.txt", "the only copy")
        os.chmod(path, 0o600)
        self.assertIn("right file?", self.refused("--decision-log", path))
        with open(path) as file:
            self.assertEqual(file.read(), "the only copy")


class FullDisk(LogCase):

    def test_decisions_go_on(self):
        daemon = self.begin("--log-queue-bytes=8K", "--threads=1", log="/dev/full")
        for _ in range(30):
            last = self.decide(daemon)["id"]
        said = {"id": last, "escalated": True, "model": "m" * 250}
        # Where no decision fits any more there may be room for some of these.
        accepted = 0
        while (answer := daemon.ask(said, "/v1/feedback")).status == 202 and accepted < 20:
            accepted += 1
        self.assert_problem(answer, 503, "log-full")
        daemon.wait_for("No space left on device")
        daemon.stop()
        dropped = re.search(r"0 lines written, (\d+) dropped", daemon.stderr())
        self.assertEqual(int(dropped.group(1)), 31 + accepted)

    def test_lines_wait_for_room(self):
        """The file may not grow for a while: half a line gets in, and is finished."""
        daemon = self.begin()
        ids = [self.decide(daemon)["id"]]
        limit = os.path.getsize(self.log) + 2000
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        ids += [self.decide(daemon)["id"] for _ in range(5)]
        daemon.wait_for("File too large")
        ids += [self.decide(daemon)["id"] for _ in range(5)]
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        daemon.wait_for("again; 0 lines dropped")
        daemon.stop()
        self.assertEqual(sorted(line["id"] for line in read_lines(self.log)), sorted(ids))


class Feedback(LogCase):

    def test_off_says_how_to_switch_it_on(self):
        daemon = self.start()
        answer = daemon.ask({"id": self.decide(daemon)["id"], "score": 1}, "/v1/feedback")
        self.assert_problem(answer, 409, "log-off", detail="--decision-log")

    def test_accepted_and_logged(self):
        daemon = self.begin("--threads=1")
        decision = self.decide(daemon)
        body = {"id": decision["id"], "score": 0.75, "tier_label": TIERS[1], "escalated": False,
                "model": decision["model"], "cost_usd": 0.0012,
                "usage": {"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46,
                          "prompt_tokens_details": {"cached_tokens": 5}}}
        answer = daemon.ask(body, "/v1/feedback")
        self.assertEqual(answer.status, 202)
        self.assertEqual(answer.json, {"id": decision["id"], "accepted": True})
        daemon.stop()
        _, line = read_lines(self.log)
        self.assertRegex(line.pop("time"), r"Z$")
        self.assertEqual(line, {
            "type": "feedback", "id": decision["id"], "score": 0.75, "label": TIERS[1],
            "escalated": False, "model": decision["model"], "cost_usd": 0.0012,
            "usage": {"input_tokens": 12, "cached_tokens": 5, "output_tokens": 34}})

    def test_refused(self):
        daemon = self.begin()
        known = self.decide(daemon)["id"]
        for body, pointer in (({"score": 1}, "/id"), ({"id": "d-1", "score": 1}, "/id"),
                              ({"id": known, "score": 2}, "/score"),
                              ({"id": known, "stars": 5}, "/stars"),
                              ({"id": known, "label": "gold"}, "/label"),
                              ({"id": known}, None),
                              ({"id": known, "usage": {"prompt_tokens": "1"}},
                               "/usage/prompt_tokens")):
            with self.subTest(body):
                self.assert_problem(daemon.ask(body, "/v1/feedback"), 422, "invalid-field", pointer)
        self.assert_problem(daemon.ask(b"{", "/v1/feedback"), 400, "bad-json")
        self.assert_problem(daemon.get("/v1/feedback"), 405, "method-not-allowed")
        daemon.stop()
        self.assertEqual(len(read_lines(self.log)), 1)


class Join(LogCase):

    def test_round_trip(self):
        """Decisions and feedback over two rotated files, to rows that tier-train reads."""
        daemon = self.begin("--log-prompts", "--log-rotate-bytes=16K", "--log-rotate-keep=20",
                            "--threads=1")
        decisions = [self.decide(daemon, {"prompt": f"What is {n} times {n}?"}) for n in range(40)]
        for number, decision in enumerate(decisions[:30]):
            body = {"id": decision["id"]}
            body.update({"escalated": True} if number % 3 == 0 else {"score": 1, "cost_usd": 0.5})
            self.assertEqual(daemon.ask(body, "/v1/feedback").status, 202)
        daemon.ask({"id": "d-0123456789abcdef-0", "score": 1}, "/v1/feedback")
        daemon.stop()
        files = [self.place.join(name) for name in os.listdir(self.place.path)
                 if name.startswith("decisions.jsonl")]
        self.assertGreater(len(files), 2)
        out = self.place.join("rows.jsonl")
        done = run("tierctl", "log", "join", *files, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("30 rows from 40 decisions and 31 feedback lines; unmatched: 1", done.stderr)
        self.assertEqual(mode_of(out), 0o600)
        rows = {row["id"]: row for row in read_lines(out)}
        for number, decision in enumerate(decisions[:30]):
            row = rows[decision["id"]]
            self.assertEqual(row["prompt"], f"What is {number} times {number}?")
            self.assertEqual(len(row["features"]["schema"]), 16)
            outcome = row["outcomes"][decision["model"]]
            self.assertEqual(outcome["score"], 0 if number % 3 == 0 else 1)
            self.assertEqual(outcome.get("score_from"), "escalated" if number % 3 == 0 else None)
        done = run("tier-train", "eval", MODEL, "--data", out, "--tiers", CATALOG)
        self.assertNotIn("expected", done.stderr.replace("expected quality", ""))

    def test_usage_and_errors(self):
        self.assertEqual(run("tierctl", "log", "join").returncode, 2)
        done = run("tierctl", "log", "join", self.place.join("none"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot open", done.stderr)
        log = self.place.write("log", "")
        done = run("tierctl", "log", "join", log, "--out", log)
        self.assertEqual(done.returncode, 2)
        self.assertIn("one of the logs", done.stderr)
