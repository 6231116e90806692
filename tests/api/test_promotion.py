"""Candidates in shadow: promotion, rejection with figures, refusal, rollback, restarts."""

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time

from harness import (CATALOG, PATIENCE_S, ApiCase, Closed, Daemon, Directory, encode,
                     is_sanitized, post, program, run)
from test_train import EASY, FAST, HARD, NAMES, TIERS, jsonl, rows

CANARY = "zanzibarcanary"
GATE = ["--promote-min-decisions=200", "--promote-min-judged=100", "--promote-margin=0.1",
        "--promote-unstable-margin=0.1", "--quality=0.8"]


def prompts(count):
    """Of the kinds that the models know, every other hard; and whether each is."""
    made = []
    for i in range(count):
        hard = i % 2 == 1
        text = (HARD if hard else EASY)[i // 2 % 3].format(NAMES[i // 6 % len(NAMES)])
        made.append((text, hard))
    return made


class Models:
    """Trained once for all tests: a base, one as good, one that learned noise, one of
    other tiers."""

    def __init__(self):
        self.dir = Directory()
        self.tiers = self.dir.write("tiers.json", json.dumps(TIERS))
        self.base = self.fit("base.tier", rows(200, 1))
        self.good = self.fit("good.tier", rows(260, 1))
        self.bad = self.fit("bad.tier", rows(200, 3, shuffled=True))

    def fit(self, name, lines, tiers=None):
        log = self.dir.write(name + ".jsonl", jsonl(lines))
        out = self.dir.join(name)
        done = run("tier-train", "fit", *FAST, "--created=2026-01-01T00:00:00Z", "--data", log,
                   "--tiers", tiers or self.tiers, "--out", out, "--prior=none")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return out


def version(path):
    """A model's name is the beginning of its checksum."""
    with open(path, "rb") as file:
        return file.read().split()[-1][:16].decode()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


class PromotionCase(ApiCase):
    models = None

    @classmethod
    def setUpClass(cls):
        if PromotionCase.models is None:
            PromotionCase.models = Models()

    def setUp(self):
        self.place = self.directory()
        self.state = self.place.join("state")
        self.put("base.tier", read_bytes(self.models.base))

    def put(self, name, content):
        """As an operator should: a new file in the old one's place, only its owner's."""
        os.rename(self.place.write(name + ".new", content), self.place.join(name))
        os.chmod(self.place.join(name), 0o644)
        return self.place.join(name)

    def begin(self, *options):
        return self.start("--decision-log", self.place.join("log"), "--state-dir", self.state,
                          "--sandbox-read", self.models.dir.path, *GATE, *options, directory=self.place,
                          model=self.place.join("base.tier"), catalog=CATALOG)

    def promote(self, daemon, path):
        return daemon.ask({"path": path}, "/v1/promote")

    def promoted(self, daemon, path):
        answer = self.promote(daemon, path)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["status"], "running")
        return answer.json

    def figures(self, daemon):
        return daemon.get("/v1/promotion").json

    def running_version(self, daemon):
        return daemon.get("/version").json["model_version"]

    def until(self, daemon, done):
        """The figures once done() likes them."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            figures = self.figures(daemon)
            if done(figures):
                return figures
        self.fail(f"in vain: {figures}\n{daemon.stderr()}")

    def until_over(self, daemon):
        return self.until(daemon, lambda figures: figures["status"] != "running")

    def serve_until_over(self, daemon, **kinds):
        """A look that leaves it open wants twice as much for the next."""
        for i in range(16):
            self.traffic(daemon, **kinds)
            sent = 200 * (i + 1)
            figures = self.until(daemon, lambda now: now["status"] != "running" or
                                 now["counts"]["decisions"] >= sent)
            if figures["status"] != "running":
                return figures
        self.fail(f"no verdict: {figures}")

    def traffic(self, daemon, count=200, feedback=True, judge=None):
        """Decisions, and for each the tier that it needed; in the end the decisions."""
        asked = prompts(count)
        lines = b"\n".join(encode({"prompt": text}) for text, _ in asked)
        decided = daemon.ask(lines, "/v1/route:batch").lines
        with daemon.connect() as wire:
            for (_, hard), decision in zip(asked, decided) if feedback else []:
                said = judge(decision, hard) if judge else {
                    "tier_label": "frontier" if hard else "economy"}
                answer = wire.request("POST", "/v1/feedback",
                                      encode({"id": decision["id"], **said}))
                self.assertEqual(answer.status, 202, answer.body)
        return decided


class Gate(PromotionCase):

    def test_good_candidate_is_promoted(self):
        daemon = self.begin()
        before = self.running_version(daemon)
        self.assertEqual(before, version(self.models.base))
        begun = self.promoted(daemon, self.models.good)
        self.assertEqual((begun["candidate"], begun["compared_with"]),
                         (version(self.models.good), before))
        decided = self.traffic(daemon, 50)
        self.assertEqual({decision["model_version"] for decision in decided}, {before})
        figures = self.serve_until_over(daemon)
        self.assertEqual(figures["status"], "promoted", figures)
        self.assertEqual(figures["model_version"], version(self.models.good))
        self.assertEqual((figures["promoted"], figures["previous"]), (True, before))
        self.assertGreaterEqual(figures["counts"]["decisions"], 200)
        self.assertGreaterEqual(figures["counts"]["judged"], 100)
        self.assertEqual(figures["gate"]["verdict"], "passed")
        for name in ("under_routing", "instability", "cost"):
            self.assertLessEqual(figures["gate"][name]["high"], 0.1)
        after = daemon.ask({"prompt": "Hello"}).json
        self.assertEqual(after["model_version"], version(self.models.good))
        self.assertRegex(figures["why"], r"^no worse than the running model: under-routing [+-]")
        daemon.wait_for("has passed and decides now: no worse")

    def test_shuffled_labels_are_rejected_with_figures(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.bad)
        figures = self.serve_until_over(daemon)
        self.assertEqual(figures["status"], "rejected", figures)
        self.assertEqual(figures["gate"]["verdict"], "failed")
        self.assertEqual(figures["model_version"], version(self.models.base))
        self.assertGreater(figures["counts"]["dearer"] + figures["counts"]["cheaper"], 0)
        failed = [name for name in ("under_routing", "instability", "cost")
                  if figures["gate"][name]["verdict"] == "failed"]
        self.assertTrue(failed)
        for name in failed:
            self.assertGreater(figures["gate"][name]["low"], 0.1)
        self.assertRegex(figures["why"], r"^worse than the running model: under-routing [+-]")
        daemon.wait_for("is rejected: worse")
        self.assertFalse(os.path.exists(os.path.join(self.state, "candidate.tier")))

    def test_without_feedback_belief_judges(self):
        for model, status in (self.models.good, "promoted"), (self.models.bad, "rejected"):
            with self.subTest(status):
                self.setUp()
                daemon = self.begin("--promote-min-judged=0")
                self.promoted(daemon, model)
                figures = self.serve_until_over(daemon, feedback=False)
                self.assertEqual(figures["status"], status, figures)
                self.assertEqual(figures["counts"]["judged"], 0)

    def test_scores_and_escalations_judge_as_well(self):
        """Only the tier taken is known of; where both agree that is enough."""
        daemon = self.begin()
        self.promoted(daemon, self.models.good)

        def judge(decision, hard):
            if decision["tier"] == "economy" and hard:
                return {"escalated": True}
            return {"score": 0.9}
        figures = self.serve_until_over(daemon, judge=judge)
        self.assertEqual(figures["status"], "promoted", figures)
        counts = figures["counts"]
        self.assertGreaterEqual(counts["judged"] + counts["doubtful"], 100)

    def test_too_little_feedback_leaves_it_open(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.traffic(daemon, feedback=False)
        figures = self.until(daemon, lambda now: now["counts"]["decisions"] == 200)
        self.assertEqual((figures["status"], figures["gate"]["looks"]), ("running", 0))
        # A decision counts once, however often it is spoken of; the latest word holds.
        one = daemon.ask({"prompt": "What is the capital of Peru?"}).json
        with daemon.connect() as wire:
            for label in "frontier", "economy", "frontier":
                wire.request("POST", "/v1/feedback",
                             encode({"id": one["id"], "tier_label": label}))
        figures = self.until(daemon, lambda now: now["counts"]["under_routed_running"] == (
            one["tier"] != "frontier") and now["counts"]["judged"] == 1)
        self.assertEqual(figures["counts"]["doubtful"], 0)

    def test_dry_runs_do_not_count(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        daemon.ask({"prompt": "Hello", "routing": {"dry_run": True}})
        daemon.ask({"prompt": "Hello"})
        figures = self.until(daemon, lambda now: now["counts"]["decisions"] > 0)
        self.assertEqual(figures["counts"]["decisions"], 1)

    def test_answers_are_the_same_with_a_shadow(self):
        """But for ids and the time, to the byte."""
        daemon = self.begin()

        def answers():
            lines = self.traffic(daemon, 60, feedback=False)
            return [{key: value for key, value in line.items() if key not in ("id", "created")}
                    for line in lines]
        plain = answers()
        self.promoted(daemon, self.models.bad)
        self.assertEqual(answers(), plain)
        self.until(daemon, lambda now: now["counts"]["decisions"] == 60)

    def test_metrics(self):
        daemon = self.begin()

        def metric(name):
            text = daemon.get("/metrics").body.decode()
            return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)[1])
        self.assertEqual(metric("tierd_shadow_active"), 0)
        self.promoted(daemon, self.models.bad)
        self.assertEqual(metric("tierd_shadow_active"), 1)
        counts = self.serve_until_over(daemon)["counts"]
        self.assertEqual(metric("tierd_shadow_decisions_total"), counts["decisions"])
        for direction in "dearer", "cheaper":
            self.assertEqual(metric(
                f'tierd_shadow_disagreements_total{{direction="{direction}"}}'), counts[direction])
        spent = [metric(f'tierd_shadow_cost_difference_usd_total{{direction="{direction}"}}')
                 for direction in ("dearer", "cheaper")]
        self.assertAlmostEqual(spent[0] - spent[1], counts["cost_difference_usd"], 8)
        self.assertEqual(metric("tierd_shadow_dropped_total"), 0)
        self.assertEqual(metric('tierd_promotions_total{outcome="rejected"}'), 1)
        self.assertEqual(metric('tierd_promotions_total{outcome="promoted"}'), 0)


class Refusals(PromotionCase):

    def refused(self, daemon, path, said):
        before = self.figures(daemon)
        self.assert_problem(self.promote(daemon, path), 409, "promotion-refused", detail=said)
        self.assertEqual(self.figures(daemon), before)

    def test_files_that_are_no_good(self):
        daemon = self.begin()
        good = read_bytes(self.models.good)
        cases = {
            "cut.tier": (good[:-40], "ends"),
            "half.tier": (good[:len(good) // 2], "ends"),
            "empty.tier": (b"", ""),
            "changed.tier": (good.replace(b"novelty ", b"novelty 1"), "checksum"),
            "noise.tier": (os.urandom(2000), ""),
        }
        for name, (content, said) in cases.items():
            with self.subTest(name):
                self.refused(daemon, self.put(name, content), said)
        self.refused(daemon, self.place.join("nowhere.tier"), "No such file")
        self.refused(daemon, self.place.path, "not a regular file")
        os.mkfifo(self.place.join("pipe.tier"))
        self.refused(daemon, self.place.join("pipe.tier"), "not a regular file")
        self.refused(daemon, "relative.tier", "absolute path")
        self.refused(daemon, self.place.join("base.tier"), "decides already")
        self.assertEqual(self.figures(daemon)["status"], "none")

    def test_files_of_others(self):
        daemon = self.begin()
        path = self.put("shared.tier", read_bytes(self.models.good))
        os.chmod(path, 0o666)
        self.refused(daemon, path, "chmod go-w")
        if os.geteuid() == 0:
            os.chmod(path, 0o644)
            os.chown(path, 12345, 12345)
            self.refused(daemon, path, "belongs to user 12345")

    def test_other_tiers(self):
        tiers = {**TIERS, "tiers": ["small", "middle", "frontier"],
                 "models": {"small": "small", "middle": "middle", "large": "frontier"},
                 "labels": {}, "relative_cost": {"small": 1, "middle": 5, "frontier": 20}}
        other = self.models.fit("other.tier", rows(200, 1),
                                self.place.write("tiers.json", json.dumps(tiers)))
        self.refused(self.begin(), other, "names and order must be equal")

    def test_bodies(self):
        daemon = self.begin()
        for body in b"[]", b"{}", b'{"path": 3}', b'{"cancel": false}', b'{"file": "x"}', \
                b'{"path": "/a", "cancel": true}':
            with self.subTest(body):
                self.assert_problem(daemon.ask(body, "/v1/promote"), 422, "invalid-field")
        self.assert_problem(daemon.ask(b"{", "/v1/promote"), 400, "bad-json")
        self.assert_problem(daemon.ask(b'{"path": "' + b"/" * 20000 + b'"}', "/v1/promote"), 413,
                            "body-too-large")
        self.assert_problem(daemon.ask({"cancel": True}, "/v1/promote"), 409, "promotion-refused",
                            detail="no candidate")
        self.assert_problem(daemon.ask(b"", "/v1/rollback"), 409, "rollback-failed",
                            detail="nothing to go back to")

    def test_orders_come_over_the_unix_socket_alone(self):
        daemon = self.begin("--listen=127.0.0.1:0")
        with daemon.connect(tcp=True) as wire:
            self.assert_problem(wire.request("POST", "/v1/promote", {"path": self.models.good}),
                                403, "local-only")
            self.assert_problem(wire.request("POST", "/v1/rollback", b""), 403, "local-only")
            self.assertEqual(wire.request("GET", "/v1/promotion").status, 200)

    def test_source_replaced_during_the_run(self):
        daemon = self.begin()
        path = self.put("new.tier", read_bytes(self.models.good))
        self.promoted(daemon, path)
        self.put("new.tier", read_bytes(self.models.bad))
        figures = self.until_over(daemon)
        self.assertEqual(figures["status"], "refused")
        self.assertIn("was replaced during the run", figures["why"])
        self.assertEqual(self.running_version(daemon), version(self.models.base))

    def test_source_that_goes_away_or_is_touched_is_no_matter(self):
        daemon = self.begin()
        path = self.put("new.tier", read_bytes(self.models.good))
        self.promoted(daemon, path)
        self.put("new.tier", read_bytes(self.models.good))  # the same again
        self.traffic(daemon, 100)
        os.unlink(path)
        self.assertEqual(self.serve_until_over(daemon)["status"], "promoted")

    def test_copy_replaced_cut_or_gone_during_the_run(self):
        copy = os.path.join(self.state, "candidate.tier")

        def cut():
            with open(copy, "r+b") as file:
                file.truncate(len(read_bytes(copy)) - 30)

        def replace():
            os.rename(self.put("swap.tier", read_bytes(self.models.bad)), copy)
        daemon = self.begin()
        for spoil, said in ((cut, "replaced or cut short"), (replace, "replaced or cut short"),
                            (lambda: os.unlink(copy), "No such file")):
            with self.subTest(said):
                self.promoted(daemon, self.models.good)
                spoil()
                figures = self.until_over(daemon)
                self.assertEqual(figures["status"], "refused")
                self.assertIn(said, figures["why"])
        self.assertEqual(self.running_version(daemon), version(self.models.base))

    def test_deadline(self):
        """Of an hour, which the record says has passed."""
        daemon = self.begin("--promote-deadline-hours=1")
        self.promoted(daemon, self.models.good)
        daemon.stop()
        record = os.path.join(self.state, "promotion")
        text = re.sub(r"(?m)^started \d+$", f"started {int(time.time()) - 3601}",
                      read_bytes(record).decode())
        with open(record, "w") as file:
            file.write(text)
        figures = self.until_over(self.begin("--promote-deadline-hours=1"))
        self.assertEqual(figures["status"], "rejected")
        self.assertIn("too little traffic or feedback", figures["why"])

    def test_cancel_and_supersede(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.promoted(daemon, self.models.bad)
        self.assertIn("another candidate takes its place", daemon.stderr())
        answer = daemon.ask({"cancel": True}, "/v1/promote")
        self.assertEqual((answer.status, answer.json["status"]), (200, "cancelled"))
        self.assertEqual(self.running_version(daemon), version(self.models.base))


class Sandbox(PromotionCase):

    def setUp(self):
        super().setUp()
        if is_sanitized():
            self.skipTest("a build with a sanitizer has no sandbox")

    def assert_confined(self, daemon):
        """All threads are confined, and the one of promotions is of low priority all the same."""
        tasks = f"/proc/{daemon.process.pid}/task"
        nices = []
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status") as status:
                self.assertIn("Seccomp:\t2", status.read())
            with open(f"{tasks}/{task}/stat") as status:
                nices.append(int(status.read().rsplit(")", 1)[1].split()[16]))
        self.assertGreaterEqual(max(nices), 10)

    def test_promotion_and_rollback_in_the_sandbox(self):
        daemon = self.begin("--sandbox=require")
        self.assert_confined(daemon)
        self.promoted(daemon, self.models.good)
        self.assertEqual(self.serve_until_over(daemon)["status"], "promoted")
        answer = daemon.ask(b"", "/v1/rollback")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(self.running_version(daemon), version(self.models.base))

    def test_a_candidate_from_elsewhere(self):
        daemon = self.begin()
        elsewhere = self.directory().write("new.tier", read_bytes(self.models.good))
        os.chmod(elsewhere, 0o644)
        if "Landlock" not in daemon.stderr() or "no Landlock" in daemon.stderr():
            self.skipTest("the kernel has no Landlock")
        self.assert_problem(self.promote(daemon, elsewhere), 409, "promotion-refused",
                            detail="--sandbox-read")
        self.assertEqual(self.figures(daemon)["status"], "none")

    def test_a_source_that_a_restart_hides(self):
        elsewhere = self.directory()
        path = elsewhere.write("new.tier", read_bytes(self.models.good))
        os.chmod(path, 0o644)
        daemon = self.begin("--sandbox-read", elsewhere.path)
        self.promoted(daemon, path)
        daemon.stop()
        again = self.begin()
        self.assertEqual(self.serve_until_over(again)["status"], "promoted")

    def test_without_a_log_the_state_is_kept_as_well(self):
        """In a directory that is there already: later it cannot be made."""
        os.mkdir(self.state, 0o700)
        daemon = self.start("--state-dir", self.state, *GATE, "--promote-min-judged=0",
                            directory=self.place, model=self.place.join("base.tier"),
                            catalog=CATALOG)
        self.promoted(daemon, self.put("new.tier", read_bytes(self.models.good)))
        self.serve_until_over(daemon, feedback=False)
        daemon.stop()
        self.assertTrue(os.path.exists(os.path.join(self.state, "promotion")))


class Restarts(PromotionCase):

    def test_run_goes_on(self):
        for end in signal.SIGTERM, signal.SIGKILL:
            with self.subTest(end):
                self.setUp()
                daemon = self.begin()
                self.promoted(daemon, self.models.good)
                self.traffic(daemon, 150)
                before = self.until(daemon, lambda now: now["counts"]["judged"] == 150)
                if end == signal.SIGTERM:
                    daemon.stop()
                else:
                    self.wait_saved(150)
                    daemon.kill()
                daemon = self.begin()
                after = self.figures(daemon)
                for key in "status", "candidate", "compared_with", "counts", "started":
                    self.assertEqual(after[key], before[key])
                over = self.serve_until_over(daemon)
                self.assertEqual(over["status"], "promoted")
                self.assertGreaterEqual(over["counts"]["decisions"], 200)
                daemon.stop()

    def wait_saved(self, judged):
        """Within a second the record is on the disk."""
        end = time.monotonic() + PATIENCE_S
        wanted = f"\njudged {judged}\n"
        while wanted not in read_bytes(os.path.join(self.state, "promotion")).decode():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_promotion_and_rollback_last(self):
        daemon = self.begin()
        base, good = version(self.models.base), version(self.models.good)
        self.promoted(daemon, self.models.good)
        self.assertEqual(self.serve_until_over(daemon)["status"], "promoted")
        self.assertEqual(sorted(name for name in os.listdir(self.state) if "tier" in name),
                         ["previous.tier", "promoted.tier"])
        daemon.kill()
        daemon = self.begin()
        self.assertEqual(self.running_version(daemon), good)
        self.assertEqual(self.figures(daemon)["status"], "promoted")
        self.assertEqual(daemon.ask(b"", "/v1/reload").json["model_version"], good)
        answer = daemon.ask(b"", "/v1/rollback")
        self.assertEqual((answer.status, answer.json["status"], answer.json["model_version"]),
                         (200, "rolled_back", base))
        daemon.kill()
        daemon = self.begin()
        self.assertEqual(self.running_version(daemon), base)
        self.assertEqual(self.figures(daemon)["status"], "rolled_back")
        self.assertEqual([name for name in os.listdir(self.state) if "tier" in name], [])

    def test_killed_in_the_midst_of_swaps(self):
        """Whatever the moment, the next start has the one or the other, and can go on."""
        base, good = version(self.models.base), version(self.models.good)
        for i in range(6):
            daemon = self.begin("--promote-min-judged=0", "--promote-min-decisions=50")
            self.assertIn(self.running_version(daemon), (base, good))
            answer = self.promote(daemon, self.models.good)
            # Refused where it decides, be it only since a run that was taken up has ended.
            if answer.status != 200:
                self.assert_problem(answer, 409, "promotion-refused", detail="decides already")
                sent = threading.Thread(target=self.quietly, args=(daemon, b"", "/v1/rollback"))
            else:
                lines = b"\n".join(encode({"prompt": text}) for text, _ in prompts(60))
                sent = threading.Thread(target=self.quietly,
                                        args=(daemon, lines, "/v1/route:batch"))
            record = os.path.join(self.state, "promotion")
            old = os.stat(record).st_ino
            sent.start()
            end = time.monotonic() + PATIENCE_S
            # The record is the first thing that is written; then it is a matter of luck.
            while os.stat(record).st_ino == old and i % 3 != 2:
                self.assertLess(time.monotonic(), end)
            daemon.kill()
            sent.join()

    @staticmethod
    def quietly(daemon, body, path):
        """The daemon may die before it answers."""
        with contextlib.suppress(OSError, Closed):
            daemon.ask(body, path)

    def test_rollback_after_two_promotions(self):
        third = self.models.fit("third.tier", rows(320, 1))
        daemon = self.begin()
        for model in self.models.good, third:
            self.promoted(daemon, model)
            self.assertEqual(self.serve_until_over(daemon)["status"], "promoted")
        self.assertEqual(self.running_version(daemon), version(third))
        self.assertEqual(daemon.ask(b"", "/v1/rollback").json["model_version"],
                         version(self.models.good))
        daemon.kill()
        daemon = self.begin()
        self.assertEqual(self.running_version(daemon), version(self.models.good))
        # Further back than that only --model is known.
        self.assertEqual(daemon.ask(b"", "/v1/rollback").json["model_version"],
                         version(self.models.base))
        self.assert_problem(daemon.ask(b"", "/v1/rollback"), 409, "rollback-failed")
        daemon.stop()
        self.assertEqual(self.running_version(self.begin()), version(self.models.base))

    def test_rollback_during_a_run(self):
        """The candidate goes on, against the model that decides then."""
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.assertEqual(self.serve_until_over(daemon)["status"], "promoted")
        self.promoted(daemon, self.models.bad)
        self.traffic(daemon, 20)
        answer = daemon.ask(b"", "/v1/rollback").json
        self.assertEqual((answer["status"], answer["model_version"]),
                         ("running", version(self.models.base)))
        figures = self.until(daemon, lambda now:
                             now["compared_with"] == version(self.models.base))
        self.assertLessEqual(figures["counts"]["decisions"], 20)  # those not yet taken up
        self.assertEqual(self.serve_until_over(daemon)["status"], "rejected")

    def test_a_new_model_file_wins(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.serve_until_over(daemon)
        self.put("base.tier", read_bytes(self.models.bad))
        answer = daemon.ask(b"", "/v1/reload").json
        self.assertEqual(answer["model_version"], version(self.models.bad))
        daemon.wait_for("--model is another than model")
        self.assertFalse(self.figures(daemon)["promoted"])
        self.assert_problem(daemon.ask(b"", "/v1/rollback"), 409, "rollback-failed")
        daemon.stop()
        self.assertEqual(self.running_version(self.begin()), version(self.models.bad))

    def test_reload_keeps_the_run_unless_the_model_changed(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.traffic(daemon, 50)
        self.until(daemon, lambda now: now["counts"]["judged"] == 50)
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 200)
        daemon.ask({"prompt": "Hello"})
        figures = self.until(daemon, lambda now: now["counts"]["decisions"] == 51)
        self.put("base.tier", read_bytes(self.models.bad))
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 200)
        daemon.wait_for("is compared anew")
        figures = self.until(daemon, lambda now: now["compared_with"] == version(self.models.bad))
        self.assertEqual((figures["status"], figures["counts"]["decisions"]), ("running", 0))

    def test_reload_with_the_candidate_itself_ends_the_run(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.put("base.tier", read_bytes(self.models.good))
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 200)
        figures = self.until_over(daemon)
        self.assertEqual((figures["status"], figures["promoted"]), ("refused", False))

    def test_candidate_spoilt_while_the_daemon_was_down(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        daemon.stop()
        with open(os.path.join(self.state, "candidate.tier"), "r+b") as file:
            file.truncate(1000)
        figures = self.figures(self.begin())
        self.assertEqual(figures["status"], "refused")
        self.assertIn("replaced or cut short", figures["why"])

    def test_damaged_state_is_said_and_not_guessed(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        self.serve_until_over(daemon)
        daemon.stop()
        spoils = {"promotion": "not a record of promotions, or damaged",
                  "promoted.tier": "its file is gone or altered"}
        for name, said in spoils.items():
            with self.subTest(name):
                path = os.path.join(self.state, name)
                whole = read_bytes(path)
                with open(path, "wb") as file:
                    file.write(whole[:-3])
                daemon = Daemon("--state-dir", self.state, directory=self.place,
                                model=self.place.join("base.tier"))
                self.assertEqual(daemon.wait(), 1)
                self.assertIn(said, daemon.stderr())
                with open(path, "wb") as file:
                    file.write(whole)
        self.assertEqual(self.running_version(self.begin()), version(self.models.good))


class Privacy(PromotionCase):

    def test_canary(self):
        """A prompt's words are in no file of state and log, and in no figure."""
        daemon = self.begin()
        self.promoted(daemon, self.models.bad)
        for i in range(60):
            answer = daemon.ask({"prompt": f"{CANARY} What is {CANARY}{i}? Prove {CANARY}.",
                                 "metadata": {"team": "x"}})
            daemon.ask({"id": answer.json["id"], "tier_label": "frontier"}, "/v1/feedback")
        told = json.dumps(self.until(daemon, lambda now: now["counts"]["judged"] == 60))
        told += daemon.get("/metrics").body.decode()
        daemon.stop()
        self.assertNotIn(CANARY, told + daemon.stderr())
        files = 0
        for folder, _, names in os.walk(self.place.path):
            for name in names:
                if stat.S_ISREG(os.stat(os.path.join(folder, name)).st_mode):
                    files += 1
                    self.assertNotIn(CANARY.encode(), read_bytes(os.path.join(folder, name)))
        self.assertGreaterEqual(files, 4)  # log, key, candidate and record

    def test_modes(self):
        daemon = self.begin()
        self.promoted(daemon, self.models.good)
        for name in "promotion", "candidate.tier":
            mode = os.stat(os.path.join(self.state, name)).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)


class UnderLoad(PromotionCase):

    def test_swaps_while_requests_run(self):
        """Every answer is whole and of one model, whichever decides."""
        daemon = self.begin("--threads=3", "--promote-min-judged=0",
                            "--promote-min-decisions=100")
        stop, seen, errors = threading.Event(), set(), []

        def ask():
            with daemon.connect() as wire:
                for i in range(1 << 30):
                    if stop.is_set():
                        return
                    answer = wire.request("POST", "/v1/route",
                                          encode({"prompt": prompts(40)[i % 40][0]}))
                    if answer.status != 200:
                        errors.append(answer.body)
                    seen.add(answer.json["model_version"])
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                self.promoted(daemon, self.models.good)
                self.assertEqual(self.until_over(daemon)["status"], "promoted")
                self.assertEqual(daemon.ask(b"", "/v1/rollback").status, 200)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(errors, [])
        self.assertLessEqual(seen, {version(self.models.base), version(self.models.good)})


class Client(PromotionCase):
    """tierctl promote, promotion and rollback."""

    def ctl(self, daemon, *arguments, code=0):
        done = run("tierctl", "--socket", daemon.path, *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_course(self):
        daemon = self.begin()
        self.assertIn("no candidate has been", self.ctl(daemon, "promotion").stdout)
        shown = self.ctl(daemon, "promote", self.models.good).stdout
        self.assertIn(f"candidate {version(self.models.good)} is in shadow", shown)
        self.serve_until_over(daemon)
        shown = self.ctl(daemon, "promotion").stdout
        self.assertIn(f"model {version(self.models.good)} decides, which was promoted; before it "
                      f"{version(self.models.base)}", shown)
        for word in "under-routing", "unstable decisions", "cost a decision", "passed":
            self.assertIn(word, shown)
        told = json.loads(self.ctl(daemon, "promotion", "--json", "--wait").stdout)
        self.assertEqual(told["status"], "promoted")
        self.assertIn("back to model", self.ctl(daemon, "rollback").stdout)
        self.assertIn("nothing to go back to", self.ctl(daemon, "rollback", code=1).stderr)

    def test_wait(self):
        """Ends with the run: 0 when promoted, 1 when not."""
        daemon = self.begin()
        for model, code, status in ((self.models.bad, 1, "rejected"),
                                    (self.models.good, 0, "promoted")):
            waiting = subprocess.Popen([program("tierctl"), "--socket", daemon.path, "promote",
                                        "--wait", "--json", model], stdout=subprocess.PIPE)
            self.until(daemon, lambda now: now.get("candidate") == version(model))
            self.serve_until_over(daemon)
            told, _ = waiting.communicate(timeout=PATIENCE_S)
            self.assertEqual((waiting.returncode, json.loads(told)["status"]), (code, status))

    def test_mistakes(self):
        daemon = self.begin()
        self.assertIn("No such file", self.ctl(daemon, "promote", "nowhere", code=2).stderr)
        self.assertIn("either", self.ctl(daemon, "promote", code=2).stderr)
        self.assertIn("either", self.ctl(daemon, "promote", "x", "--cancel", code=2).stderr)
        self.assertIn("--wait belongs to", self.ctl(daemon, "rollback", "--wait", code=2).stderr)
        path = self.put("cut.tier", read_bytes(self.models.good)[:-40])
        self.assertIn("ends", self.ctl(daemon, "promote", path, code=1).stderr)
        self.assertIn("no candidate", self.ctl(daemon, "promote", "--cancel", code=1).stderr)
