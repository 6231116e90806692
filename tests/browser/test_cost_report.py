"""The page of `tierctl report`: what it shows, and how it looks.

The log is made here, by hand: three tiers, a model without a price, names that are
long or hostile, feedback of each kind. What the page shows is compared with the --json
of the same files.
"""

import json

import harness
from page import PageCase

LINES = ".bar,.series,.bin"  # shapes that carry figures
WORD = "a-very-long-name-of-a-model-that-nobody-would-ever-want-to-read-in-full"
TIERS = {"economy": ("small", 0.0004), "standard": ("middle", 0.003),
         "frontier": ("large<b>&\"", 0.02)}


def decision(number):
    tier = list(TIERS)[number % 3]
    model, cost = TIERS[tier]
    known = number % 20 != 19
    cost *= 1 + number % 7
    top = 0.02 * (1 + number % 7) * 1.5
    return {
        "time": f"2026-11-{1 + number % 7:02}T{number % 24:02}:{number % 60:02}:00.000Z",
        "type": "decision", "id": f"d-{number}", "session": f"{number // 6:016x}",
        "labels": {"app": ("chat", "search", "<script>alert(1)</script>")[number % 3],
                   "team": WORD if number % 2 else "core"},
        "tier": tier, "model": model if known else WORD, "provider": None,
        "input_tokens": 3000, "cached_tokens": 0, "output_tokens": {"p50": 100, "p90": 300},
        "cost": dict(zip(("expected", "low", "high"),
                         (cost, cost / 2, cost * 2) if known else (None,) * 3)),
        "baseline": {"model": "large<b>&\"", "expected": top},
        "breakdown": {"input": cost * 0.7}, "rates": {"input": 1, "output": 5},
        "plain": {"top": top, "model": cost * 1.5, "cached": cost * 1.3, "batched": cost * 1.1},
        "batch": {"asked": False, "saving": cost / 2},
        "prompt_hash": f"{number // 2 + 1:016x}",
        "parts": {"messages": 3, "system_tokens": 1500, "system_hash": "00000000000000aa",
                  "context_tokens": 2500, "question_tokens": 12,
                  "question_hash": f"{number // 3 + 1:016x}", "inherited": False,
                  "redundancy": 0.4 if number % 5 == 0 else 0}}


def feedback(number):
    cost = TIERS[list(TIERS)[number % 3]][1] * (1 + number % 7) * (0.8 + number % 5 / 10)
    return {"time": "2026-11-08T00:00:00.000Z", "type": "feedback", "id": f"d-{number}",
            "usage": {"input_tokens": 3010, "output_tokens": 20 + number % 40 * 10},
            "cost_usd": round(cost, 9)}


class CostReport(PageCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = harness.Directory()
        cls.addClassCleanup(cls.directory.remove)
        lines = [decision(number) for number in range(600)]
        lines += [feedback(number) for number in range(400) if number % 20 != 19]
        log = cls.directory.write("d.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        page = cls.directory.join("report.html")
        done = harness.run("tierctl", "report", "--json", "--users", "5000", "--out", page, log)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.json = json.loads(done.stdout)
        cls.address = "file://" + page

    def setUp(self):
        self.browser.emulate(1280)
        self.browser.open(self.address)

    def test_is_tidy(self):
        self.assert_quiet(self.address)
        self.assert_tidy("cost-report", LINES)

    def test_prints(self):
        self.assert_prints("cost-report", 8)

    def test_says_what_was_spent(self):
        usd = f"${self.json['spent']['usd']:,.2f}"
        lead = self.browser.run("return document.querySelector('.lead').innerText")
        self.assertTrue(lead.startswith(usd + " spent"), lead)
        total = self.table("Spent")[-1]
        self.assertEqual(total[2], usd)
        unknown = [row for row in self.table("Spent") if row[0] == "unknown"]
        self.assertEqual(unknown, [["unknown", "30", "unknown", WORD]])

    def test_tables_show_the_figures_of_the_json(self):
        def usd(value):
            text = f"${abs(value):,.2f}"
            return "-" + text if value < 0 else text
        bars = self.json["waterfall"]["bars"]
        self.assertEqual([row[1] for row in self.table("Savings")],
                         [usd(bar["usd"]) for bar in bars])
        rows = self.table("Waste")
        self.assertEqual(len(rows), 6)
        for row, waste in zip(rows, self.json["waste"]):
            self.assertEqual(row[1], f"{waste['calls']:,}")
            if waste["usd_month"] is None:
                self.assertEqual(row[3], "unknown")
            elif waste["usd_month"] == 0 or waste["usd_month"] >= 0.01:
                self.assertEqual(row[3], usd(waste["usd_month"]))
            self.assertIn(waste["advice"], row[4])
        self.assertEqual([row[0] for row in self.table("Tiers")],
                         [tier["name"] for tier in self.json["tiers"]])
        self.assertEqual(sum(int(row[1]) for row in self.table("By label: team")), 600)

    def test_the_waterfall_hangs_together(self):
        rects = [rect["at"] for rect in self.figure("From always-top to spent, estimated")["rects"]]
        self.assertEqual(len(rects), 7)
        # A saving ends where the next bar begins.
        for (x, _, _, _), (after, _, width, _) in zip(rects[1:4], rects[2:5]):
            self.assertAlmostEqual(after + width, x, delta=1.1)
        top, spent = rects[0], rects[-1]
        bars = self.json["waterfall"]["bars"]
        self.assertAlmostEqual(spent[2] / top[2], bars[-1]["usd"] / bars[0]["usd"], delta=0.01)

    def test_names_stay_text(self):
        self.assertEqual(self.browser.run("return document.scripts.length"), 0)
        names = [row[0] for row in self.table("By label: app")]
        self.assertIn("<script>alert(1)</script>", names)
