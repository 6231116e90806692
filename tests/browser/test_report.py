"""The page of `tier-bench accuracy --report`: drawings, tables, and how it looks.

The rows are 60 that were written for this: two data sets, six tasks,
four languages, three models and labels; the router is the shipped model. What the
page shows is compared with the --json of the same run, so no figure is repeated
here, and a retrained model breaks nothing.
"""

import json
import os
import re
import shutil
import subprocess

import harness
from page import PageCase

DATA = os.path.join(harness.SOURCE, "tests", "data", "report")
LADDER = ["small", "middle", "large"]
BUILD_PATIENCE_S = 120
LINES = ".series,circle.badge,.bar,.whisker,.bin"  # shapes that carry figures

MEASURES = [("apgr", 1, 3), ("cpt50", 100, 0), ("cpt80", 100, 0), ("saving95", 100, 0),
            ("saving98", 100, 0), ("saving99", 100, 0), ("aiq", 1, 3)]

def show(value, scale, digits, unit=""):
    """As the page writes a figure; None is what is not known."""
    return "–" if value is None else f"{value * scale:.{digits}f}{unit}"


def show_estimate(e, scale, digits, unit=""):
    """A figure above its interval, if it has one."""
    text = show(e["value"], scale, digits, unit)
    if e["value"] is None or e["low"] is None or e["high"] is None or e["high"] - e["low"] <= 1e-9:
        return text
    return f"{text}\n{show(e['low'], scale, digits)} to {show(e['high'], scale, digits)}"


def show_measures(measures):
    return [show_estimate(measures[name], scale, digits, " %" if scale == 100 else "")
            for name, scale, digits in MEASURES]


class ReportCase(PageCase):
    """Writes a page into a directory of its own and opens it."""

    @classmethod
    def write_report(cls, *arguments):
        cls.directory = harness.Directory()
        cls.addClassCleanup(cls.directory.remove)
        cls.page = cls.directory.join("report.html")
        command = [harness.program("tier-bench"), "accuracy", *arguments, "--json",
                   "--report", cls.page]
        done = subprocess.run(command, capture_output=True, timeout=BUILD_PATIENCE_S)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}:\n{done.stderr.decode()}")
        cls.json = json.loads(done.stdout)
        cls.address = "file://" + cls.page

    def setUp(self):
        self.browser.emulate(1280)
        self.browser.open(self.address)

    def groups(self, kind):
        return [group for group in self.json["groups"] if group["kind"] == kind]


class Report(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_report("--model", harness.MODEL,
                         "--data", os.path.join(DATA, "school.jsonl"), os.path.join(DATA, "office.jsonl"),
                         "--tiers", os.path.join(DATA, "tiers.json"),
                         "--prices", os.path.join(DATA, "prices.json"),
                         "--ladder", ",".join(LADDER), "--bootstrap", "200")

    # ---- one file, silent

    def test_is_quiet(self):
        self.assert_quiet("file://" + self.page)

    def test_refers_to_nothing_outside(self):
        with open(self.page, encoding="utf-8") as file:
            source = file.read()
        for pattern in (r"<script", r"<link", r"<iframe", r"@import", r"url\(", r"\bhref=",
                        r"\bsrc(set)?=", r"https?://", r"\son\w+="):
            self.assertIsNone(re.search(pattern, source, re.I), f"{pattern} occurs")

    # ---- drawings

    def assert_inside(self, figure):
        for line in figure["lines"]:
            self.assertGreaterEqual(len(line["points"]), 2, line["class"])
            for x, y in line["points"]:
                self.assertTrue(0 <= x <= figure["width"] and 0 <= y <= figure["height"],
                                f"{line['class']} goes through {x},{y}, outside {figure['box']}")
        for rect in figure["rects"]:
            x, y, width, height = rect["at"]
            self.assertTrue(x >= 0 and y >= 0 and width >= 0 and height > 0, rect)
            self.assertLessEqual(x + width, figure["width"] + 0.1)
            self.assertLessEqual(y + height, figure["height"] + 0.1)

    def classes(self, figure):
        return {line["class"] for line in figure["lines"]}

    def assert_affine(self, known, drawn):
        """Drawn positions are the known figures on one even scale."""
        pairs = sorted(zip(known, drawn))
        (low, low_at), (high, high_at) = pairs[0], pairs[-1]
        self.assertGreater(abs(high_at - low_at), 50, "the drawing is squeezed")
        for value, at in pairs:
            wanted = low_at + (value - low) / (high - low) * (high_at - low_at)
            self.assertAlmostEqual(wanted, at, delta=0.3)

    def test_quality_against_cost(self):
        figure = self.figure("Quality against cost")
        self.assert_inside(figure)
        self.assertEqual(self.classes(figure),
                         {"hull", "series router", "series length", "series dataset",
                          "series oracle", "series random", "series lambda"})
        badges = [circle for circle in figure["circles"] if circle["class"] == "badge"]
        self.assertEqual([badge["name"] for badge in badges], LADDER)
        models = self.json["run"]["ladder"]
        self.assert_affine([m["cost"] for m in models], [b["at"][0] for b in badges])
        self.assert_affine([m["quality"] for m in models], [b["at"][1] for b in badges])
        self.assertLess(badges[0]["at"][0], badges[2]["at"][0], "dear is to the right")
        self.assertGreater(badges[0]["at"][1], badges[2]["at"][1], "good is up")
        self.assertEqual(figure["axes"], ["cost of 1,000 calls, USD", "mean quality"])
        for number, model in enumerate(LADDER, 1):
            self.assertIn(f"{number} always {model}", figure["legend"])

    def test_hull_is_concave_and_above_the_router(self):
        lines = {line["class"]: line["points"] for line in self.figure("Quality against cost")["lines"]}
        hull = lines["hull"]
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(hull, hull[1:]) if b[0] - a[0] > 2]
        for before, after in zip(slopes, slopes[1:]):
            self.assertLessEqual(before, after + 0.2, "up is towards 0, so slopes must rise")
        for x, y in lines["series router"]:
            for (x0, y0), (x1, y1) in zip(hull, hull[1:]):
                if x0 <= x <= x1 and x1 > x0:
                    self.assertGreaterEqual(y + 0.5, y0 + (x - x0) / (x1 - x0) * (y1 - y0))

    def test_deferral_curve(self):
        figure = self.figure("Deferral curve")
        self.assert_inside(figure)
        routers = {"series router": "router", "series length": "length",
                   "series oracle": "oracle", "series random": "random"}
        for line in figure["lines"]:
            if line["class"] not in routers:
                continue
            budgets = self.groups("all")[0]["routers"][routers[line["class"]]]["budgets"]
            at = line["points"][::10]  # 101 points for 11 budgets
            self.assert_affine([b["strong_share"] for b in budgets], [x for x, _ in at])
            self.assert_affine([b["gap_recovered"] for b in budgets], [y for _, y in at])
        self.assertLessEqual(set(routers), self.classes(figure))
        self.assertEqual(figure["axes"], ["share of calls to the strong model",
                                          "share of the quality gap recovered"])

    def test_reliability_diagram(self):
        figure = self.figure("Reliability diagram")
        self.assert_inside(figure)
        calibrations = self.json["calibration"]
        bins = [b for calibration in calibrations for b in calibration["bins"]]
        dots = [circle for circle in figure["circles"] if circle["class"].startswith("bin")]
        self.assertEqual(len(bins), len(dots))
        self.assert_affine([b["probability"] for b in bins], [dot["at"][0] for dot in dots])
        self.assert_affine([b["outcome"] for b in bins], [dot["at"][1] for dot in dots])
        diagonal = next(l["points"] for l in figure["lines"] if l["class"] == "series random")
        self.assertTrue(diagonal[0][0] < diagonal[1][0] and diagonal[0][1] > diagonal[1][1])
        self.assertEqual(len(figure["axes"]), 2)

    def test_confusion_matrix(self):
        figure = self.figure("Confusion matrix")
        self.assert_inside(figure)
        confusion = self.json["confusion"]
        n = len(confusion["tiers"])
        self.assertEqual(len(figure["rects"]), n * n)
        self.assertEqual([r["class"] == "cell right" for r in figure["rects"]],
                         [row == column for row in range(n) for column in range(n)])
        shown = [text for text in figure["texts"] if re.fullmatch(r"\d+", text)]
        self.assertEqual([int(text) for text in shown], sum(confusion["label_by_predicted"], []))
        self.assertGreater(sum(map(int, shown)), 50, "the rows have labels")
        self.assertEqual(figure["axes"], ["predicted tier", "label"])
        for tier in confusion["tiers"]:
            self.assertEqual(figure["texts"].count(tier), 2, "once as row, once as column")

    def test_savings_by_data_set(self):
        figure = self.figure("Cost saved by data set")
        self.assert_inside(figure)
        groups = self.groups("dataset")
        self.assertEqual([group["name"] for group in groups], ["school", "office"])
        savings = [group["routers"]["router"]["measures"][name]["value"]
                   for group in groups for name in ("saving95", "saving98")]
        self.assertEqual(len(figure["rects"]), len(savings))
        full = 400  # the length of a bar at 100 %
        for rect, saving in zip(figure["rects"], savings):
            self.assertAlmostEqual(rect["at"][2], max(saving, 0) * full, delta=0.1)
        for group in groups:
            self.assertIn(group["name"], figure["texts"])
        self.assertEqual(figure["axes"], ["cost saved against always-strong"])

    # ---- tables

    def test_router_table(self):
        group = self.groups("all")[0]
        wanted = []
        for name, router in group["routers"].items():
            ahead = ("" if name == "router" else
                     show_estimate(router["router_minus_this"]["apgr"], 1, 3))
            wanted.append([name, *show_measures(router["measures"]), ahead])
        self.assertEqual(self.table("All rows"), wanted)

    def test_group_tables(self):
        for heading, kind in (("Data sets", "dataset"), ("Tasks", "task"), ("Languages", "language")):
            with self.subTest(kind=kind):
                groups = self.groups(kind)
                self.assertGreater(len(groups), 1)
                wanted = [[g["name"], str(g["rows_used"]), show(g["weak_quality"], 1, 3),
                           show(g["strong_quality"], 1, 3),
                           *show_measures(g["routers"]["router"]["measures"])] for g in groups]
                self.assertEqual(self.table(heading), wanted)

    def test_budget_table(self):
        budgets = self.groups("all")[0]["routers"]["router"]["budgets"]
        wanted = [[show(b["strong_share"], 100, 0, " %"), show(b["quality"], 1, 3),
                   show(b["gap_recovered"], 100, 1, " %"), show(b["cost"], 1000, 4)] for b in budgets]
        self.assertEqual(self.table("Budgets"), wanted)

    def test_ladder_table(self):
        wanted = [[m["model"], show(m["quality"], 1, 3), show(m["cost"], 1000, 4)]
                  for m in self.json["run"]["ladder"]]
        self.assertEqual(self.table("Ladder"), wanted)

    def test_rate_table(self):
        wanted = [[name, show_estimate(rate, 1, 3), str(rate["count"])]
                  for name, rate in self.groups("all")[0]["rates"].items()]
        self.assertEqual([row[:3] for row in self.table("Rates")], wanted)

    def estimate_cells(self, estimates):
        """Of a line by group or model, in the order of the table's heads."""
        unknown = {"value": None}
        return [str(estimates["answers"])] + [
            show_estimate(estimates["measures"].get(name, unknown), 100, 1, " %")
            for name in ("input_tokens_error", "output_tokens_error", "output_p90_coverage",
                         "output_p10_p90_coverage", "cost_error", "cost_p10_p90_coverage",
                         "price_error")]

    def test_estimate_table(self):
        estimates = self.groups("all")[0]["estimates"]
        wanted = [[name, show_estimate(e, 100, 1, " %"), str(e["count"])]
                  for name, e in estimates["measures"].items()]
        self.assertEqual(len(wanted), 11, "the rows have measured tokens and costs")
        self.assertEqual([row[:3] for row in self.table("Tokens and costs")], wanted)
        text = self.browser.run("return document.body.innerText")
        self.assertGreater(estimates["no_cost"], 0)
        self.assertIn(f"{estimates['no_cost']} of {estimates['answers']} answers have no cost_usd", text)

    def test_estimate_tables_by_group_and_model(self):
        for heading, kind in (("data set", "dataset"), ("task", "task"), ("language", "language")):
            with self.subTest(kind=kind):
                wanted = [[g["name"], *self.estimate_cells(g["estimates"])] for g in self.groups(kind)]
                self.assertEqual(self.table(f"Estimates by {heading}"), wanted)
        models = self.json["estimates_by_model"]
        self.assertEqual([m["model"] for m in models], LADDER)
        self.assertEqual(self.table("Estimates by model"),
                         [[m["model"], *self.estimate_cells(m["estimates"])] for m in models])

    def test_decision_tables(self):
        unknown = {"value": None}
        for heading, kind in (("data set", "dataset"), ("task", "task"), ("language", "language")):
            with self.subTest(kind=kind):
                wanted = []
                for group in self.groups(kind):
                    figures = {**group["rates"], **group["label_errors"]}
                    shares = [show_estimate(figures.get(name, unknown), 100, 1, " %")
                              for name in ("abstained", "under_routing", "over_routing",
                                           "label_accuracy", "label_under", "label_over")]
                    wanted.append([group["name"], str(group["rows"]), *shares,
                                   show_estimate(figures.get("label_error_cost", unknown), 1, 3),
                                   show_estimate(figures.get("paraphrases_kept", unknown), 100, 1, " %")])
                self.assertEqual(self.table(f"Decisions by {heading}"), wanted)

    def test_label_table(self):
        confusion = self.json["confusion"]
        wanted = [[tier, *map(str, counts)]
                  for tier, counts in zip(confusion["tiers"], confusion["label_by_predicted"])]
        self.assertEqual(self.table("Labels"), wanted)

    def test_calibration_tables(self):
        for calibration in self.json["calibration"]:
            wanted = [[str(i), str(b["count"]), show(b["probability"], 1, 3), show(b["outcome"], 1, 3)]
                      for i, b in enumerate(calibration["bins"], 1)]
            self.assertEqual(self.table(f"Calibration: {calibration['tier']}"), wanted)

    def test_data_table(self):
        wanted = [[os.path.basename(d["path"]), str(d["rows"]), str(d["bad_lines"]), d["xxh128"]]
                  for d in self.json["run"]["data"]]
        self.assertEqual(self.table("Data"), wanted)

    # ---- for everyone

    def test_names_for_screen_readers(self):
        """As the browser computes them, not as the source spells them."""
        self.browser.devtools("Accessibility.enable")
        nodes = [n for n in self.browser.devtools("Accessibility.getFullAXTree")["nodes"]
                 if not n.get("ignored")]
        roles = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes]
        images = {name for role, name in roles if role == "image" or role == "img"}
        self.assertEqual(images, {"Quality against cost", "Deferral curve", "Reliability diagram",
                                  "Confusion matrix", "Cost saved by data set"})
        described = [n for n in nodes if n["role"]["value"] in ("image", "img")
                     and n.get("description", {}).get("value")]
        self.assertEqual(len(described), len(images), "each drawing says what it shows")
        self.assertNotIn("", [name for role, name in roles if role in ("heading", "columnheader")])

    def test_outline(self):
        self.assertEqual(self.browser.run("return document.documentElement.lang"), "en")
        self.assertTrue(self.browser.run("return document.title"))
        levels = self.browser.run("return [...document.querySelectorAll('h1,h2,h3,h4')]"
                                  ".map(h => Number(h.localName[1]))")
        self.assertEqual(levels.count(1), 1)
        for before, after in zip(levels, levels[1:]):
            self.assertLessEqual(after, before + 1, "no level of headings is skipped")

    def test_is_tidy(self):
        self.assert_tidy("report", LINES)

    def test_prints(self):
        self.assert_prints("report", pages_max=9)


class LongNames(ReportCase):
    """Names come from the data: long ones, other scripts, and HTML."""

    HOSTILE = "a <b>bold & \"quoted\" name that goes on and on, far beyond what any drawing holds"
    CJK = "数据集的名称可以非常长，而且没有任何可以换行的空格，所以必须在某处被截断才行吧"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = harness.Directory()
        cls.addClassCleanup(directory.remove)
        files = [shutil.copy(os.path.join(DATA, "school.jsonl"), directory.join(cls.HOSTILE + ".jsonl")),
                 shutil.copy(os.path.join(DATA, "office.jsonl"), directory.join(cls.CJK + ".jsonl"))]
        cls.models = {name: f"a-vendor-with-a-long-name/{name}-instruct-preview-2024-07-18"
                      for name in LADDER}
        for path in files:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for name, long in cls.models.items():
                text = text.replace(f'"{name}": {{', f'"{long}": {{')
            text = text.replace('"task": "proof"', '"task": "<i>proof</i> of statements of every kind"')
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        cls.write_report("--model", harness.MODEL, "--data", *files,
                         "--ladder", ",".join(cls.models.values()), "--price-ratio", "1,8,40",
                         "--bootstrap", "20")

    def test_names_are_text(self):
        self.assert_quiet("file://" + self.page)
        self.assertEqual(self.browser.run("return document.querySelectorAll('b,i').length"), 0)
        self.assertIn(self.HOSTILE, [row[0] for row in self.table("Data sets")])

    def test_long_names_are_cut_in_drawings(self):
        shown = [text for text in self.figure("Cost saved by data set")["texts"] if "…" in text]
        self.assertEqual(len(shown), 2)
        self.assertTrue(self.HOSTILE.startswith(shown[0][:-1]) and self.CJK.startswith(shown[1][:-1]))

    def test_large_costs_have_short_ticks(self):
        """Relative prices make costs of millions."""
        self.assertGreater(self.json["run"]["ladder"][2]["cost"] * 1000, 2e6)
        ticks = [text for text in self.figure("Quality against cost")["texts"]
                 if re.fullmatch(r"[\d.]+M", text)]
        self.assertGreater(len(ticks), 1)
        self.assertLessEqual(max(map(len, ticks)), 5)

    def test_is_tidy(self):
        self.assert_tidy("long-names", LINES)

    def test_prints(self):
        self.assert_prints("long-names", pages_max=8)


class BaselinesOnly(ReportCase):
    """Without a model, and without prices, fewer drawings remain; those are right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_report("--data", os.path.join(DATA, "school.jsonl"), "--weak", "small",
                         "--strong", "large", "--bootstrap", "20")

    def test_what_is_unknown_is_not_drawn(self):
        self.assert_quiet("file://" + self.page)
        titles = self.browser.run("return [...document.querySelectorAll('h3')].map(h => h.textContent)")
        self.assertIn("Deferral curve", titles)
        self.assertNotIn("Reliability diagram", titles)
        self.assertNotIn("Confusion matrix", titles)
        self.assertNotIn("NaN", self.browser.run("return document.documentElement.outerHTML"))

    def test_is_tidy(self):
        self.assert_tidy("baselines", LINES)

    def test_prints(self):
        self.assert_prints("baselines", pages_max=5)


class LabelsOnly(ReportCase):
    """Labels and no outcomes: the matrix is all there is to draw."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = harness.Directory()
        cls.addClassCleanup(directory.remove)
        with open(os.path.join(DATA, "office.jsonl"), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        for row in rows:
            del row["outcomes"]
        path = directory.write("labels.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        cls.write_report("--model", harness.MODEL, "--data", path, "--bootstrap", "20")

    def test_one_drawing_keeps_its_size(self):
        titles = self.browser.run("return [...document.querySelectorAll('h3')].map(h => h.textContent)")
        self.assertEqual(titles, ["Confusion matrix"])
        width = self.browser.run("return document.querySelector('svg').getBoundingClientRect().width")
        self.assertLessEqual(width, 640)

    def test_summary_leaves_out_what_is_not_there(self):
        summary = self.browser.run("return document.querySelector('p').innerText")
        self.assertRegex(summary, r"version \w+\. 30 rows, 0 of them with every outcome\.$")

    def test_is_tidy(self):
        self.assert_tidy("labels", LINES)

    def test_prints(self):
        self.assert_prints("labels", pages_max=3)
