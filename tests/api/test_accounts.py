"""Budgets, and corrections learned from reported usage."""

import os

from harness import CATALOG, MODEL, ApiCase, encode, run

HARD = "Prove rigorously that every finite integral domain is a field, and discuss the infinite case."


class AccountsCase(ApiCase):

    def setUp(self):
        self.place = self.directory()

    def begin(self, *options, log=False, **kinds):
        log = ["--decision-log", self.place.join("log.jsonl")] if log else []
        return self.start("--state-dir", self.place.path, *log, *options, directory=self.place,
                          **kinds)

    def decide(self, daemon, team="search", **more):
        body = {"prompt": HARD, "metadata": {"team": team}, **more}
        answer = daemon.ask(body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def report(self, daemon, decision, **fields):
        answer = daemon.ask({"id": decision["id"], **fields}, "/v1/feedback")
        self.assertEqual(answer.status, 202, answer.body)

    def reason(self, decision, code):
        found = [each["text"] for each in decision["reasons"] if each["code"] == code]
        return found[0] if found else None


TOP = {"routing": {"min_tier": "frontier"}}


class Budgets(AccountsCase):

    def test_tier_by_tier_and_it_says_so(self):
        cost = float(self.decide(self.start(), **TOP)["cost"]["expected"])
        daemon = self.begin(f"--budget=team=search:{cost * 3:.9f}/day")
        tiers = []
        for _ in range(40):
            tiers.append(self.decide(daemon, **TOP)["tier"])
        # min_tier does not lift a budget. Two and a half calls make four fifths of three.
        self.assertEqual(tiers[:3], ["frontier"] * 3)
        self.assertEqual(tiers[3:], ["economy"] * 37)
        last = self.decide(daemon)
        self.assertEqual(last["tier"], "economy")
        self.assertRegex(self.reason(last, "budget"), r"^team=search has spent \d+\.\d+ of "
                         r"\d+\.\d+ USD today \(UTC\): nothing above economy$")
        self.assertIsNone(self.reason(self.decide(daemon, team="ads"), "budget"))
        self.assertEqual(daemon.ask({"prompt": HARD, **TOP}).json["tier"], "frontier")

    def test_the_middle_comes_before_the_end(self):
        cost = float(self.decide(self.start(), **TOP)["cost"]["expected"])
        daemon = self.begin(f"--budget=team=*:{cost * 1.1:.9f}/month")
        self.decide(daemon, **TOP)
        second = self.decide(daemon, **TOP)
        self.assertEqual(second["tier"], "standard")
        self.assertRegex(self.reason(second, "budget"), "this month .*: nothing above standard$")

    def test_a_dry_run_charges_nothing(self):
        daemon = self.begin("--budget=team=search:0.000001/day")
        for _ in range(3):
            dry = self.decide(daemon, routing={"min_tier": "frontier", "dry_run": True})
            self.assertEqual(dry["tier"], "frontier")
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "frontier")
        self.assertNotEqual(self.decide(daemon, **TOP)["tier"], "frontier")

    def test_what_only_a_dear_tier_can_do_is_served(self):
        daemon = self.begin("--budget=team=search:0/day")
        top = self.decide(daemon, routing={"min_tier": "frontier", "dry_run": True})["alternatives"]
        only = self.decide(daemon, routing={"candidates": [top[2]["model"] or "x"]})
        self.assertEqual(only["tier"], "frontier")
        self.assertIsNotNone(self.reason(only, "budget_missed"))

    def test_a_budget_survives_a_restart_and_a_batch_counts(self):
        option = "--budget=team=search:0.000001/day"
        daemon = self.begin(option)
        line = {"prompt": HARD, "metadata": {"team": "search"}, **TOP}
        lines = daemon.ask(encode(line) + b"\n" + encode(line) + b"\n", "/v1/route:batch").lines
        self.assertEqual([each["tier"] for each in lines], ["frontier", "economy"])
        daemon.stop()
        self.assertEqual(os.stat(self.place.join("budgets")).st_mode & 0o777, 0o600)
        daemon = self.begin(option)
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "economy")

    def test_a_kill_loses_at_most_what_was_not_written_yet(self):
        option = "--budget=team=search:0.000001/day"
        daemon = self.begin(option)
        self.decide(daemon, **TOP)
        while not os.path.exists(self.place.join("budgets")):
            daemon.get("/healthz")
        daemon.kill()
        daemon = self.begin(option)
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "economy")

    def test_the_reported_cost_replaces_the_expected_one(self):
        probe = self.decide(self.start(), **TOP)
        cost = float(probe["cost"]["expected"])
        daemon = self.begin(f"--budget=team=search:{cost * 10:.9f}/day", log=True)
        first = self.decide(daemon, **TOP)
        self.report(daemon, first, cost_usd=cost * 9)
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "standard")
        self.report(daemon, first, cost_usd=cost * 2)
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "frontier")
        # An unknown id changes nothing, and an absurd cost counts for no more than 100 calls.
        self.report(daemon, {"id": "d-0000000000000000-0"}, cost_usd=1000)
        self.assertEqual(self.decide(daemon, **TOP)["tier"], "frontier")
        self.report(daemon, first, cost_usd=1e6)
        text = self.reason(self.decide(daemon, **TOP), "budget")
        self.assertLess(float(text.split()[3]), 110 * float(probe["cost"]["high"]))

    def test_flags_add_up_and_mistakes_are_named(self):
        done = run("tierd", "--budget=team=a:1/day", "--budget", "team=b:2/month", "--dump-config")
        self.assertIn('budget = "team=a:1/day,team=b:2/month"', done.stdout)
        config = self.place.write("c.conf", 'budget = "team=x:1/day, user=*:2/day"\n')
        done = run("tierd", "--config", config, "--dump-config")
        self.assertIn('budget = "team=x:1/day, user=*:2/day"', done.stdout)
        done = run("tierd", "--config", config, "--budget=team=a:1/day", "--dump-config")
        self.assertIn('budget = "team=a:1/day"', done.stdout)
        done = run("tierd", "--budget=team=a:1/week", "--check")
        self.assertEqual(done.returncode, 2)
        self.assertIn('--budget: "team=a:1/week" ends in no period; expected /day or /month',
                      done.stderr)

    def test_a_damaged_file_is_no_budget_of_zero(self):
        self.place.write("budgets", "tierd-budgets 1\nday\t1\n")
        done = run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket",
                   self.place.join("r.sock"), "--state-dir", self.place.path,
                   "--budget=team=a:1/day")
        self.assertEqual(done.returncode, 1)
        self.assertIn("remove it to count from 0", done.stderr)


class Corrections(AccountsCase):

    def usage(self, decision, times_in, times_out):
        cost = decision["cost"]
        return {"prompt_tokens": round(cost["input_tokens"] * times_in),
                "completion_tokens": round(cost["output_tokens"]["p50"] * times_out)}

    def ask(self, daemon):
        """Long enough that a correction shows in whole tokens."""
        answer = daemon.ask({"prompt": HARD * 40}).json
        return answer

    def test_reported_usage_moves_the_next_estimate_and_is_kept(self):
        daemon = self.begin(log=True)
        first = self.ask(daemon)
        for _ in range(100):
            self.report(daemon, self.ask(daemon), usage=self.usage(first, 1.3, 3))
        later = self.ask(daemon)
        self.assertEqual(later["model"], first["model"])

        def ratios(decision):
            pairs = [("input_tokens", lambda d: d["cost"]["input_tokens"]),
                     ("p50", lambda d: d["cost"]["output_tokens"]["p50"]),
                     ("stop", lambda d: d["stop_after_tokens"])]
            return {name: get(decision) / get(first) for name, get in pairs}

        moved = ratios(later)
        # Two thirds of the way, in logarithms, for the prior is 50 reports: 1.19 and 2.06.
        self.assertAlmostEqual(moved["input_tokens"], 1.185, delta=0.02)
        self.assertAlmostEqual(moved["p50"], 2.05, delta=0.1)
        # Reports that always say the same scatter less than was foretold.
        self.assertTrue(1 < moved["stop"] < moved["p50"], moved)
        self.assertGreater(float(later["cost"]["expected"]), float(first["cost"]["expected"]))
        # Models that nobody reported on stay as they are.
        for was, now in zip(first["alternatives"], later["alternatives"]):
            if was["model"] != first["model"]:
                self.assertEqual(was["cost"], now["cost"])
        daemon.stop()
        daemon = self.begin(log=True)
        self.assertEqual(self.ask(daemon)["cost"], later["cost"])

    def test_absurd_reports_move_little(self):
        daemon = self.begin(log=True)
        first = self.ask(daemon)
        absurd = {"prompt_tokens": 10**12, "completion_tokens": 10**12}
        for _ in range(50):  # of one decision, only the first counts
            self.report(daemon, first, usage=absurd)
        later = self.ask(daemon)
        self.assertLess(later["cost"]["input_tokens"], first["cost"]["input_tokens"] * 1.02)
        self.assertLess(later["cost"]["output_tokens"]["p50"],
                        first["cost"]["output_tokens"]["p50"] * 1.06)

    def test_what_says_nothing_of_the_model_changes_nothing(self):
        daemon = self.begin(log=True)
        first = self.ask(daemon)
        usage = self.usage(first, 1.9, 7)
        self.report(daemon, self.ask(daemon), usage=usage, model="somebody-else")
        self.report(daemon, {"id": "d-0123456789abcdef-7"}, usage=usage)
        dry = daemon.ask({"prompt": HARD * 40, "routing": {"dry_run": True}}).json
        self.report(daemon, dry, usage=usage)
        self.assertEqual(self.ask(daemon)["cost"], first["cost"])
        # Nor does the length of an answer that max_tokens cut.
        short = daemon.ask({"prompt": HARD * 40, "max_tokens": 5}).json
        self.report(daemon, short, usage={"prompt_tokens": short["cost"]["input_tokens"],
                                          "completion_tokens": 5})
        self.assertEqual(self.ask(daemon)["cost"], first["cost"])

    def test_stop_after_is_beyond_p90_and_within_max_tokens(self):
        daemon = self.begin()
        free = self.ask(daemon)
        self.assertGreater(free["stop_after_tokens"], free["cost"]["output_tokens"]["p90"])
        bound = daemon.ask({"prompt": HARD * 40, "max_tokens": 50}).json
        self.assertEqual(bound["stop_after_tokens"], 50)

    def test_a_reload_keeps_what_was_learned(self):
        daemon = self.begin(log=True)
        first = self.ask(daemon)
        for _ in range(20):
            self.report(daemon, self.ask(daemon), usage=self.usage(first, 1.5, 2))
        later = self.ask(daemon)
        self.assertNotEqual(later["cost"], first["cost"])
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 200)
        self.assertEqual(self.ask(daemon)["cost"], later["cost"])
