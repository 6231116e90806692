"""tierctl report over the log of a real daemon, against sums that share no code with it."""

import collections
import json
import math
import os
import sys
import unittest

from harness import CATALOG, SOURCE, ApiCase, Daemon, Directory, run

sys.path.append(os.path.join(SOURCE, "bench", "traffic"))
import traffic  # noqa: E402 (found through the path above)
from sums import BARS, CENT, STEPS, Expected  # noqa: E402

REQUESTS = 2000


class Report(ApiCase):

    @classmethod
    def setUpClass(cls):
        cls.place = Directory()
        cls.addClassCleanup(cls.place.remove)
        cls.log = cls.place.join("d.jsonl")
        daemon = Daemon("--decision-log", cls.log, "--state-dir", cls.place.path,
                        directory=cls.place).wait_ready()
        cls.decided, cls.told = traffic.simulate(daemon.path, REQUESTS, 7, 7)
        daemon.stop()
        with open(cls.log, encoding="utf-8") as file:
            cls.lines = [json.loads(line) for line in file]
        cls.expected = Expected(cls.lines, CATALOG)
        cls.report = cls.ask(cls.log)

    @classmethod
    def ask(cls, *arguments):
        done = run("tierctl", "report", "--json", "--time-label", "at", "--catalog", CATALOG,
                   *arguments)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments):
        done = run("tierctl", "report", *arguments)
        self.assertEqual(done.returncode, 2, done.stdout)
        return done.stderr

    def write(self, name, lines):
        return self.place.write(name, "".join(json.dumps(line) + "\n" for line in lines))

    def waste(self, code):
        waste, = [waste for waste in self.report["waste"] if waste["code"] == code]
        return waste

    def test_every_request_is_in_it(self):
        self.assertEqual(self.decided, REQUESTS)
        self.assertEqual(self.report["lines"]["decisions"], REQUESTS)
        self.assertEqual(self.report["lines"]["feedback"], self.told)
        self.assertEqual(self.report["lines"]["unmatched_feedback"], 0)
        self.assertAlmostEqual(self.report["period"]["days"], 7, delta=0.2)

    def test_spent_equals_an_independent_sum_to_the_cent(self):
        spent = self.report["spent"]
        self.assertAlmostEqual(spent["usd"], self.expected.spent, delta=CENT)
        for source in ("reported", "priced", "estimated"):
            self.assertEqual(spent[source]["calls"], self.expected.sources[source], source)
            self.assertGreater(spent[source]["calls"], 0)
        self.assertEqual(spent["unknown"]["calls"], 0)

    def test_the_waterfall_equals_an_independent_one_to_the_cent(self):
        bars = self.report["waterfall"]["bars"]
        self.assertEqual([bar["code"] for bar in bars], BARS)
        for bar, expected in zip(bars, self.expected.bars()):
            self.assertAlmostEqual(bar["usd"], expected, delta=CENT, msg=bar["code"])
            self.assertNotEqual(bar["usd"], 0, bar["code"])
        self.assertAlmostEqual(sum(bar["usd"] for bar in bars[:-1]), bars[-1]["usd"], places=7)

    def test_tiers_models_labels_and_hours_add_up(self):
        labels = self.report["labels"]
        self.assertEqual(set(labels), {"app", "team"})  # "at" is the time
        lists = {"tier": self.report["tiers"], "model": self.report["models"], **labels}
        for kind, rows in lists.items():
            self.assertEqual(sum(row["calls"] for row in rows), REQUESTS, kind)
            for row in rows:
                key = (kind, row["name"])
                self.assertEqual(row["calls"], self.expected.calls[key], key)
                self.assertAlmostEqual(row["usd"], self.expected.by[key], delta=CENT, msg=key)
        for row in self.report["hours"]:
            self.assertAlmostEqual(row["usd"], self.expected.by["hour", row["hour"]], delta=CENT)

    def test_waste_by_other_sums(self):
        self.assertAlmostEqual(self.waste("output_past_p90")["usd"], self.expected.past_p90,
                               delta=CENT)
        self.assertAlmostEqual(self.waste("oversized_context")["usd"], self.expected.context,
                               delta=CENT)
        again = [spent for spent in self.expected.retries.values() if len(spent) > 1]
        self.assertGreater(len(again), 5)
        self.assertAlmostEqual(self.waste("resent_conversation")["usd"],
                               sum(sum(spent) * (1 - 1 / len(spent)) for spent in again),
                               delta=CENT)
        tags = self.expected.calls["app", "tags"]
        self.assertEqual(self.waste("verbose_prompt")["calls"], tags)
        for waste in self.report["waste"]:
            self.assertTrue(waste["estimate"] and waste["advice"])

    def test_calibration(self):
        calibration = self.report["calibration"]
        self.assertAlmostEqual(calibration["estimated_usd"], self.expected.estimated, delta=CENT)
        self.assertAlmostEqual(calibration["reported_usd"], self.expected.told, delta=CENT)
        # The traffic's outputs are drawn around the estimate's p50 and p90.
        self.assertAlmostEqual(calibration["output_within_p50"], 0.5, delta=0.12)
        self.assertAlmostEqual(calibration["output_within_p90"], 0.9, delta=0.05)

    def test_any_order_of_files_and_lines(self):
        feedback = [line for line in self.lines if line["type"] == "feedback"]
        decisions = [line for line in self.lines if line["type"] == "decision"]
        late = self.write("late.jsonl", decisions[::-1][:700])
        early = self.write("early.jsonl", feedback + decisions[::-1][700:])
        self.assertEqual(self.ask(late, early), self.report)
        self.assertEqual(self.ask(early, late, early), self.report)

    def test_an_unknown_cost_is_named_and_in_no_sum(self):
        decisions = [dict(line) for line in self.lines if line["type"] == "decision"]
        for line in decisions[:40]:
            line["cost"] = {"expected": None, "low": None, "high": None}
            line["plain"] = dict.fromkeys(STEPS)
        report = self.ask(self.write("unknown.jsonl", decisions))
        known = sum(line["cost"]["expected"] for line in decisions[40:])
        models = collections.Counter(line["model"] for line in decisions[:40])
        self.assertAlmostEqual(report["spent"]["usd"], known, delta=CENT)
        self.assertEqual(report["spent"]["unknown"], {"models": models, "calls": 40})
        self.assertEqual(report["waterfall"]["calls"], REQUESTS - 40)
        shown = run("tierctl", "report", self.place.join("unknown.jsonl")).stdout
        self.assertIn("40 calls whose cost is unknown", shown)

    def test_a_second_call_of_unknown_cost(self):
        """The first one is paid for all the same, and every sum has it."""
        decisions = [line for line in self.lines if line["type"] == "decision"][:50]
        said = {"time": decisions[0]["time"], "type": "feedback", "id": decisions[0]["id"],
                "escalated": True, "model": "elsewhere"}
        report = self.ask(self.write("second.jsonl", [*decisions, said]))
        known = sum(line["cost"]["expected"] for line in decisions)
        self.assertEqual(report["spent"]["unknown"], {"models": {"elsewhere": 1}, "calls": 1})
        for rows in (report["tiers"], report["models"], report["hours"],
                     report["labels"]["app"], [report["spent"]]):
            self.assertAlmostEqual(sum(row["usd"] for row in rows), known, places=7)
        self.assertEqual(sum(tier["unknown"] for tier in report["tiers"]), 1)

    def test_only_a_period(self):
        report = self.ask(self.log, "--since", "2026-11-02", "--until", "2026-11-03T12:00Z")
        within = [line for line in self.lines if line["type"] == "decision" and
                  "2026-11-02" <= line["labels"]["at"] < "2026-11-03T12:00"]
        self.assertEqual(report["lines"]["decisions"], len(within))
        self.assertEqual(report["lines"]["outside_period"], REQUESTS - len(within))

    def test_a_month_and_the_full_bill(self):
        report = self.ask(self.log, "--users", "1000", "--month-days", "28",
                          "--split", "tokens=50,infrastructure=25,evaluation=15,guardrails=10")
        month = report["spent"]["usd"] * 28 / report["period"]["days"]
        self.assertAlmostEqual(report["spent"]["usd_month"], month, delta=CENT)
        bill = report["projection"]["usd_month"]
        self.assertAlmostEqual(bill["total"], month * 2, delta=CENT)
        self.assertAlmostEqual(bill["evaluation"], month * 0.3, delta=CENT)
        self.assertAlmostEqual(bill["other"], 0, delta=CENT)
        days = math.ceil(report["period"]["days"])
        visits = {(line["session"], line["labels"]["at"][:10]) for line in self.lines
                  if line.get("session")}
        self.assertAlmostEqual(report["projection"]["observed_daily_users"], len(visits) / days)
        self.assertAlmostEqual(report["projection"]["users_usd_month"]["tokens"],
                               month * 1000 * days / len(visits), delta=CENT)

    def test_one_label_alone(self):
        self.assertEqual(set(self.ask(self.log, "--label", "team")["labels"]), {"team"})

    def test_tables_show_the_same_total(self):
        shown = run("tierctl", "report", "--time-label", "at", "--catalog", CATALOG, self.log)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(f"${self.report['spent']['usd']:,.2f}", shown.stdout)

    def test_a_log_that_somebody_spoilt(self):
        """Rubbish is counted, and nothing of it is believed."""
        wild = [{"time": "x", "type": "decision", "id": "a", "model": "m"},
                {"time": "2026-11-01T00:00:00.000Z", "type": "decision", "id": "b",
                 "model": "<script>\u202e\x1b[31m", "tier": 7, "cost": {"expected": 1e300},
                 "plain": {"top": -1}, "parts": {"messages": "many", "redundancy": 1e9},
                 "labels": {"<b>": "&\x07", "n": 3}, "batch": {"saving": -1e308}},
                {"time": "2026-11-01T00:00:01.000Z", "type": "feedback", "id": "b",
                 "cost_usd": 1e308, "usage": {"output_tokens": -4}}]
        path = self.write("wild.jsonl", wild)
        with open(path, "ab") as file:
            file.write(b"{\n\xff\xfe\n[1]\n{\"type\":\"decision\"}\n")
        page = self.place.join("wild.html")
        done = run("tierctl", "report", "--json", "--out", page, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["lines"]["decisions"], 1)
        self.assertEqual(report["lines"]["without_time"], 1)
        self.assertEqual(report["lines"]["bad"], 4)
        self.assertEqual(report["spent"]["usd"], 0)
        self.assertEqual(report["spent"]["unknown"]["calls"], 1)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("<script", text)
        self.assertNotIn("<b>", text)
        self.assertNotIn("\x1b", run("tierctl", "report", path).stdout)

    def test_nothing_at_all(self):
        report = self.ask(self.place.write("empty.jsonl", ""))
        self.assertEqual(report["spent"]["usd"], 0)
        self.assertIsNone(report["spent"]["usd_month"])

    def test_wrong_usage_is_named(self):
        self.assertIn("report needs at least one file", self.refused())
        self.assertIn("--split", self.refused(self.log, "--split", "tokens=90,evaluation=90"))
        self.assertIn("tokens, infrastructure", self.refused(self.log, "--split", "rent=3"))
        self.assertIn("--since is 'noon'", self.refused(self.log, "--since", "noon"))
        self.assertIn("--users", self.refused(self.log, "--users", "0"))
        self.assertIn("--top", self.refused(self.log, "--top", "many"))
        self.assertIn("--month-days", self.refused(self.log, "--month-days", "0"))
        self.assertIn("not before", self.refused(self.log, "--since", "2026-11-02", "--until",
                                                 "2026-11-02"))
        self.assertIn("no-such.json", self.refused(self.log, "--catalog", "no-such.json"))
        self.assertIn("no-such.jsonl", self.refused("no-such.jsonl"))
        self.assertIn("cannot write", self.refused(self.log, "--out", "/nowhere/at/all.html"))


class Traffic(unittest.TestCase):

    def test_the_same_seed_gives_the_same_requests(self):
        first, second, other = (list(traffic.Week(300, seed, 7).requests()) for seed in (1, 1, 2))
        self.assertEqual(len(first), 300)
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)
