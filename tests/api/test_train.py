"""tier-train on small generated logs: fit, inspect, eval, diff; what it refuses."""

import json
import os
import random
import re

from harness import MODEL, ApiCase, encode, run

TIERS = {
    "tiers": ["economy", "standard", "frontier"],
    "models": {"small": "economy", "middle": "standard", "large": "frontier"},
    "labels": {"EASY": "economy", "HARD": "frontier"},
    "relative_cost": {"economy": 1, "standard": 5, "frontier": 20},
}
EASY = ["What is the capital of {}?", "Say hello to {} from me.", "How do you spell {}?"]
HARD = ["Prove by induction that 3 divides {0} cubed minus {0}, and derive the bound 12/7.",
        "Calculate step by step the integral of x^4 - 17x over 0 to 25 for {}, then prove it.",
        "Derive the asymptotic complexity 2^n of {} and prove that no algorithm beats it."]
NAMES = ["Peru", "Kenya", "Norway", "Oman", "Chile", "Laos", "Malta", "Nepal", "Ghana", "Fiji"]
FAST = ["-q", "--folds=2", "--threads=2"]


def rows(count, seed, short_is_hard=False, shuffled=False):
    """Half easy, half hard; the small model answers the easy ones. With short_is_hard,
    padding makes the easy ones the longer; shuffled, outcomes are those of other rows."""
    chance = random.Random(seed)
    made = []
    for i in range(count):
        hard = chance.random() < 0.5
        text = chance.choice(HARD if hard else EASY).format(chance.choice(NAMES))
        if short_is_hard and not hard:
            text += " Thank you very much for your kind help with this small matter today." * 4
        made.append((text, hard))
    answers = [hard for _, hard in made]
    if shuffled:
        chance.shuffle(answers)
    return [{"id": f"row-{i}", "prompt": text,
             "outcomes": {"small": {"score": 0 if hard else 1},
                          "middle": {"score": 0 if hard and i % 2 else 1},
                          "large": {"score": 1}}}
            for i, ((text, _), hard) in enumerate(zip(made, answers))]


def labelled(made, inverted=False):
    """Labels instead of outcomes; inverted, those of a service that finds the easy hard."""
    return [{"prompt": row["prompt"],
             "label": "frontier" if (row["outcomes"]["small"]["score"] == 0) != inverted
                      else "economy"} for row in made]


def jsonl(lines):
    return "".join(json.dumps(line) + "\n" for line in lines)


class TrainCase(ApiCase):

    def setUp(self):
        self.dir = self.directory()
        self.tiers = self.dir.write("tiers.json", json.dumps(TIERS))

    def log(self, name, *arguments, **options):
        return self.dir.write(name, jsonl(rows(*arguments, **options)))

    def fit(self, log, out, *options, prior="none"):
        return run("tier-train", "fit", *FAST, "--created=2026-01-01T00:00:00Z", "--data", log,
                   "--tiers", self.tiers, "--out", self.dir.join(out), f"--prior={prior}", *options)

    def model(self, log, out, *options):
        done = self.fit(log, out, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.dir.join(out)

    def train(self, *arguments, code=0):
        done = run("tier-train", *arguments, "--tiers", self.tiers)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def report(self, *arguments):
        done = self.train(*arguments, "--json")
        return json.loads(done.stdout)


class Course(TrainCase):

    def test_fit_inspect_eval_diff(self):
        log = self.log("train.jsonl", 200, 1)
        other = self.log("other.jsonl", 120, 2)
        model = self.model(log, "a.tier")
        shown = run("tier-train", "inspect", model)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("tier economy 1", shown.stdout)

        found = self.report("eval", model, "--data", log, other)
        self.assertEqual([source["source"] for source in found["sources"]],
                         ["train.jsonl", "other.jsonl"])
        self.assertEqual([source["rows"] for source in found["sources"]], [200, 120])
        everything = found["all"]
        cheap, top, *chosen = everything["policies"]
        self.assertEqual(everything["rows"], 320)
        self.assertAlmostEqual(cheap["cost"], 1 / 20)
        self.assertEqual((top["quality"], top["cost"], top["under_routed"]), (1, 1, 0))
        self.assertEqual([policy["asked"] for policy in chosen], [0.9, 0.95, 0.99])
        hard = sum(row["outcomes"]["small"]["score"] == 0 for row in rows(200, 1) + rows(120, 2))
        self.assertAlmostEqual(cheap["quality"], 1 - hard / 320)
        self.assertAlmostEqual(cheap["under_routed"], hard / 320)
        for policy in chosen:
            self.assertEqual(sum(policy["tiers"].values()), 320)
        # The words tell easy from hard without fail, so nothing less will do.
        self.assertGreater(everything["apgr"], 0.7)
        self.assertGreater(chosen[1]["kept"], 0.9)
        self.assertLess(chosen[1]["cost"], 0.9)

        table = self.train("eval", model, "--data", log, other).stdout
        for text in ("train.jsonl: 200 rows", "all rows: 320 rows", "quality 0.95", "always top"):
            self.assertIn(text, table)

    def test_the_same_bytes_again_and_with_a_baseline(self):
        log = self.log("train.jsonl", 200, 1)
        first = self.model(log, "a.tier")
        second = self.model(log, "b.tier", "--baseline", first, "--force", "--threads=1")
        with open(first, "rb") as a, open(second, "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_diff(self):
        log = self.log("train.jsonl", 200, 1)
        noise = self.log("noise.jsonl", 200, 3, shuffled=True)
        good, bad = self.model(log, "good.tier"), self.model(noise, "bad.tier")
        same = self.report("diff", good, good, "--data", log)
        self.assertEqual((same["changed"], same["most_changed"]), (0, []))
        self.assertEqual((same["quality"]["low"], same["quality"]["high"]), (0, 0))

        found = self.report("diff", bad, good, "--data", log, "--quality=0.9")
        self.assertEqual(sum(n for line in found["matrix"].values() for n in line.values()), 200)
        off = sum(n for a, line in found["matrix"].items() for b, n in line.items() if a != b)
        self.assertEqual(found["changed"], off)
        self.assertGreater(off, 0)
        self.assertEqual(len(found["most_changed"]), 10)
        moves = [abs(row["after"] - row["before"]) for row in found["most_changed"]]
        self.assertEqual(moves, sorted(moves, reverse=True))
        quality = found["quality"]
        self.assertLessEqual(quality["low"], quality["change"])
        self.assertLessEqual(quality["change"], quality["high"])
        self.assertEqual(found, self.report("diff", bad, good, "--data", log, "--quality=0.9"))

    def test_diff_shows_text_only_when_asked(self):
        log = self.log("train.jsonl", 200, 1, short_is_hard=True)
        noise = self.log("noise.jsonl", 200, 3, shuffled=True)
        a, b = self.model(log, "a.tier"), self.model(noise, "b.tier")
        self.assertNotRegex(self.train("diff", a, b, "--data", log).stdout, "Prove|capital|hello")
        self.assertNotIn("text", self.report("diff", a, b, "--data", log)["most_changed"][0])
        shown = self.report("diff", a, b, "--data", log, "--show-text")["most_changed"]
        texts = {row["id"]: row["prompt"] for row in rows(200, 1, short_is_hard=True)}
        for row in shown:
            whole = texts[row["id"]]
            self.assertEqual(row["text"], whole if len(whole) <= 60 else whole[:60] + "...")
        self.assertRegex(self.train("diff", "--show-text", a, b, "--data", log).stdout,
                         "Prove|Derive|Calculate|capital|hello|spell")

    def test_diff_needs_no_labels(self):
        log = self.log("train.jsonl", 200, 1)
        model = self.model(log, "a.tier")
        bare = self.dir.write("bare.jsonl", jsonl({"prompt": row["prompt"]} for row in rows(20, 5)))
        found = self.report("diff", model, model, "--data", bare)
        self.assertEqual((found["rows"], found["quality"]["before"]), (20, None))
        done = self.train("eval", model, "--data", bare, code=1)
        self.assertIn("no row has a known label", done.stderr)

    def test_labels_instead_of_outcomes(self):
        log = self.log("train.jsonl", 200, 1)
        model = self.model(log, "a.tier")
        labelled = self.dir.write("labels.jsonl", jsonl(
            [{"prompt": "Say hello.", "label": "EASY"}] * 3 + [{"prompt": "Prove it.", "label": "HARD"}]))
        found = self.report("eval", model, "--data", labelled)["all"]
        self.assertEqual(found["policies"][0]["quality"], 0.75)
        self.assertEqual(found["policies"][0]["under_routed"], 0.25)


class Refusals(TrainCase):

    def test_a_worse_model_is_not_written(self):
        """Told to go by length where the short prompts are the hard ones."""
        log = self.log("train.jsonl", 200, 1, short_is_hard=True)
        fresh = self.log("fresh.jsonl", 200, 4, short_is_hard=True)
        base = self.model(log, "base.tier", "--length-weight=0")
        done = self.fit(fresh, "new.tier", "--length-weight=10", "--baseline", base)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, r"worse than \S+base\.tier: mean APGR 0\.\d+ against 0\.\d+, "
                                      r"0\.\d+ lower with a standard error of 0\.\d+")
        self.assertIn("new.tier is not written", done.stderr)
        self.assertIn("--force", done.stderr)
        self.assertNotIn("trained on", done.stderr)
        self.assertFalse(os.path.exists(self.dir.join("new.tier")))
        forced = self.model(fresh, "new.tier", "--length-weight=10", "--baseline", base, "--force")
        self.assertTrue(os.path.exists(forced))
        better = self.fit(log, "better.tier", "--length-weight=0", "--baseline", forced)
        self.assertEqual(better.returncode, 0, better.stderr)
        self.assertNotIn("worse than " + forced, better.stderr)

    def test_shuffled_labels(self):
        """Nothing can be learned from them, so nothing beats a baseline that has them by
        heart, as an RBF machine does; the refusal says that this is no fair game."""
        noise = self.log("noise.jsonl", 200, 3, shuffled=True)
        base = self.model(noise, "base.tier", "--kernel=rbf")
        kept = self.dir.write("new.tier", "as it was")
        done = self.fit(noise, "new.tier", "--baseline", base)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("ranks worse than", done.stderr)
        self.assertIn("base.tier was trained on 1 of these 1 files", done.stderr)
        with open(kept) as file:
            self.assertEqual(file.read(), "as it was")

    def test_length_alone_only_warns(self):
        """Length tells the answer without fail; the words are noise, and of few rows the
        machine takes some of it for a sign."""
        chance = random.Random(3)
        made = []
        for _ in range(60):
            longer = chance.randrange(0, 40)
            words = [chance.choice(EASY + HARD).format(chance.choice(NAMES))]
            words += [chance.choice(NAMES) for _ in range(40)]
            made.append({"prompt": " ".join(words).ljust(400, ".") + "?" * longer,
                         "outcomes": {"small": {"score": int(longer < 20)},
                                      "middle": {"score": int(longer < 30)}, "large": {"score": 1}}})
        log = self.dir.write("long.jsonl", jsonl(made))
        done = self.fit(log, "a.tier", "--length-weight=0", "--scale=none", "--force")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\nlength +1 ")
        self.assertIn("warning: the new model ranks worse than prompt length alone", done.stderr)
        self.assertTrue(os.path.exists(self.dir.join("a.tier")))

    def test_baseline_of_other_tiers(self):
        log = self.log("train.jsonl", 210, 1)
        base = self.model(log, "base.tier")
        self.tiers = self.dir.write("two.json", json.dumps({
            "tiers": ["small", "large"], "models": {"small": "small", "large": "large"}}))
        expected = "the model's tiers are economy, standard, frontier, but --tiers names small, large"
        self.assertIn(expected, self.fit(log, "new.tier", "--baseline", base).stderr)
        self.assertIn(expected, self.train("eval", base, "--data", log, code=1).stderr)
        self.assertIn(expected, self.train("diff", base, base, "--data", log, code=1).stderr)

    def test_bad_lines(self):
        log = self.log("train.jsonl", 210, 1)
        model = self.model(log, "a.tier")
        with open(log) as file:
            lines = file.read().splitlines()
        lines[4] = '{"prompt": "cut'
        broken = self.dir.write("broken.jsonl", "\n".join(lines) + "\n")
        for command in (["eval", model], ["diff", model, model]):
            with self.subTest(command[0]):
                done = self.train(*command, "--data", broken)
                self.assertRegex(done.stderr, re.escape(broken) + ":5: ")
                self.assertIn("1 bad lines skipped", done.stderr)
                self.assertEqual(self.report(*command, "--data", broken)["bad_lines"], 1)
                strict = self.train(*command, "--data", broken, "--strict", code=1)
                self.assertRegex(strict.stderr, re.escape(broken) + ":5: ")
                self.assertEqual(strict.stdout, "")
        self.assertEqual(self.fit(broken, "b.tier").returncode, 0)
        self.assertEqual(self.fit(broken, "b.tier", "--strict").returncode, 1)

    def test_what_cannot_be_read(self):
        log = self.log("train.jsonl", 210, 1)
        model = self.model(log, "a.tier")
        none = self.dir.join("none")
        for arguments in (["eval", none, "--data", log], ["eval", model, "--data", none],
                          ["diff", model, none, "--data", log], ["diff", log, model, "--data", log]):
            done = self.train(*arguments, code=1)
            self.assertRegex(done.stderr, re.escape(none) + "|" + re.escape(log))
            self.assertEqual(done.stdout, "")
        self.assertIn("no rows", self.train("eval", model, "--data", os.devnull, code=1).stderr)

    def test_misuse(self):
        for arguments in (["eval"], ["eval", "a"], ["eval", "a", "b", "--data", "c"],
                          ["eval", "a", "--data", "c", "--nonsense"], ["diff", "a", "--data", "c"],
                          ["diff", "a", "b", "c", "--data", "d"], ["diff", "a", "b"],
                          ["diff", "a", "b", "--data", "c", "--quality", "1.5"],
                          ["diff", "a", "b", "--data", "c", "--quality", "nan"],
                          ["diff", "a", "b", "--data", "c", "--seed", "-1"]):
            with self.subTest(" ".join(arguments)):
                done = self.train(*arguments, code=2)
                self.assertEqual(done.stdout, "")
                self.assertIn("--help", done.stderr)
        for command in ("fit", "eval", "diff", "inspect"):
            done = run("tier-train", command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith(f"usage: tier-train {command} "))


class Leaning(TrainCase):
    """A user's own log of 250 rows against a prior that knows such prompts, or does not."""

    def prior(self, **kinds):
        made = rows(600, 11)
        log = jsonl(labelled(made, **kinds) if kinds else made)
        return self.model(self.dir.write("elsewhere.jsonl", log), "prior.tier")

    def test_a_prior_that_is_right_is_kept_or_bettered(self):
        prior = self.prior()
        log, fresh = self.log("mine.jsonl", 250, 12), self.log("fresh.jsonl", 200, 13)
        done = self.fit(log, "mine.tier", prior=prior)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"leaned on {prior}: ", done.stdout)
        self.assertRegex(done.stdout, r"\n(ranks your rows as|no different from|better than) "
                         + re.escape(prior))
        self.assertRegex(done.stdout, r"than prompt length by 0\.\d+ \+- 0\.\d+ APGR on your rows")
        self.assertRegex(done.stdout, r"probabilities: log loss 0\.\d+, with ")
        before = self.report("eval", prior, "--data", fresh)["all"]["apgr"]
        after = self.report("eval", self.dir.join("mine.tier"), "--data", fresh)["all"]["apgr"]
        self.assertGreaterEqual(after, before - 0.005)
        shown = run("tier-train", "inspect", self.dir.join("mine.tier")).stdout
        self.assertRegex(shown, "option prior [0-9a-f]{16} (bent|recalibrated) ")

    def test_a_prior_that_is_wrong_is_left(self):
        """The prior took easy prompts for hard ones."""
        prior = self.prior(inverted=True)
        done = self.fit(self.log("mine.jsonl", 250, 12), "mine.tier", prior=prior)
        self.assertEqual(done.returncode, 0, done.stderr)
        gain = re.search(r"better than \S+ by (0\.\d+) \+- 0\.\d+ APGR", done.stdout)
        self.assertGreater(float(gain.group(1)), 0.1)
        self.assertNotIn("kept its ranking", done.stdout)

    def test_the_shipped_model_is_found(self):
        """Its tiers have the names of this map, and it lies beside the build tree."""
        log = self.log("mine.jsonl", 250, 12)
        out = self.dir.join("mine.tier")
        done = run("tier-train", "fit", *FAST, "--data", log, "--tiers", self.tiers, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(os.path.realpath(MODEL), done.stdout)

    def test_few_rows(self):
        log = self.log("mine.jsonl", 199, 12)
        done = self.fit(log, "mine.tier")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("only 199 rows can be used", done.stderr)
        self.assertIn("at least 200 are needed", done.stderr)
        self.assertIn("--force", done.stderr)
        self.assertFalse(os.path.exists(self.dir.join("mine.tier")))
        self.assertEqual(self.fit(log, "mine.tier", "--force").returncode, 0)

    def test_the_prior_is_the_baseline(self):
        """Nothing learned from noise is better than the prior, and nothing worse is written."""
        prior = self.prior()
        noise = self.log("noise.jsonl", 250, 3, shuffled=True)
        done = self.fit(noise, "mine.tier", prior=prior)
        self.assertRegex(done.stdout, r"\nbaseline +1 ")
        worse = self.fit(self.log("mine.jsonl", 250, 12, short_is_hard=True), "worse.tier",
                         "--length-weight=10", "--baseline", self.model(
                             self.log("other.jsonl", 600, 14, short_is_hard=True), "good.tier",
                             "--length-weight=0"))
        self.assertEqual(worse.returncode, 1, worse.stdout)
        self.assertFalse(os.path.exists(self.dir.join("worse.tier")))

    def test_unfit_priors(self):
        log = self.log("mine.jsonl", 250, 12)
        rbf = self.model(log, "rbf.tier", "--kernel=rbf", "--rows-max=200")
        done = self.fit(log, "mine.tier", prior=rbf)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("kernel is not linear", done.stderr)
        self.assertIn("--prior none", done.stderr)
        self.tiers = self.dir.write("two.json", json.dumps({
            "tiers": ["small", "large"], "models": {"small": "small", "large": "large"}}))
        done = self.fit(log, "mine.tier", prior=MODEL)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("it has 3 tiers, but --tiers names 2", done.stderr)
        self.tiers = self.dir.write("other.json", json.dumps({
            "tiers": ["a", "b", "c"], "models": {"small": "a", "middle": "b", "large": "c"}}))
        done = self.fit(log, "mine.tier", prior=MODEL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, 'tier "b" is taken for "standard" of ')

    def test_a_log_that_lacks_a_tier(self):
        made = rows(250, 12)
        for row in made:
            del row["outcomes"]["middle"]
        log = self.dir.write("two.jsonl", jsonl(made))
        self.assertEqual(self.fit(log, "mine.tier").returncode, 1)
        done = self.fit(log, "mine.tier", prior=self.prior())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("scores are taken as they are", done.stderr)

    def test_one_answer_a_prompt(self):
        """As a service's own feedback is: the model that was chosen, and nothing else."""
        made = rows(300, 12)
        for i, row in enumerate(made):
            chosen = ["small", "small", "middle", "large"][i % 4]
            row["outcomes"] = {chosen: row["outcomes"][chosen]}
        log = self.dir.write("lone.jsonl", jsonl(made))
        done = self.fit(log, "mine.tier", prior=self.prior())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("answered by one tier alone", done.stderr)
        self.assertIn("225 rows used, 75 without a usable label", done.stdout)


class Vectors(TrainCase):
    """Rows that keep features and no text, as the decision log does by default."""

    def joined(self, count, seed):
        """Through a daemon: prompts routed, labelled, joined."""
        place = self.directory()
        log = place.join("decisions.jsonl")
        daemon = self.start("--decision-log", log, "--state-dir", place.path, directory=place)
        made = rows(count, seed)
        body = b"\n".join(encode({"prompt": row["prompt"]}) for row in made) + b"\n"
        answers = daemon.ask(body, "/v1/route:batch").lines
        for row, answer in zip(labelled(made, inverted=True), answers):
            said = {"id": answer["id"], "tier_label": row["label"]}
            self.assertEqual(daemon.ask(said, "/v1/feedback").status, 202)
        daemon.stop()
        out = place.join("rows.jsonl")
        done = run("tierctl", "log", "join", log, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(out) as file:
            return [json.loads(line) for line in file]

    def test_vectors_alone_suffice(self):
        joined = self.joined(250, 21)
        self.assertEqual(len(joined), 250)
        self.assertNotIn("prompt", joined[0])
        log = self.dir.write("vectors.jsonl", jsonl(joined))
        done = self.fit(log, "mine.tier", prior=MODEL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("250 rows used, 0 without a usable label", done.stdout)
        # The shipped model has it the wrong way round here, and the vectors put it right.
        fresh = self.dir.write("fresh.jsonl", jsonl(labelled(rows(200, 22), inverted=True)))
        before = self.report("eval", MODEL, "--data", fresh)["all"]["apgr"]
        after = self.report("eval", self.dir.join("mine.tier"), "--data", fresh)["all"]["apgr"]
        self.assertLess(before, 0.4)
        self.assertGreater(after, 0.7)
        # Without a prior too, and neither calls every prompt unlike anything it has seen.
        self.assertEqual(self.fit(log, "own.tier").returncode, 0)
        for name in ("mine.tier", "own.tier"):
            found = self.report("eval", self.dir.join(name), "--data", fresh)["all"]
            self.assertLess(found["abstained"], 200)
        daemon = self.start(model=self.dir.join("mine.tier"))
        self.assertEqual(daemon.ask({"prompt": "Say hello to Peru from me."}).status, 200)

        # Mixed with text: both kinds of rows count.
        texts = labelled(rows(100, 23), inverted=True)
        mixed = self.dir.write("mixed.jsonl", jsonl(joined[:150] + texts))
        done = self.fit(mixed, "mixed.tier", prior=MODEL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("250 rows used", done.stdout)
        found = self.report("eval", MODEL, "--data", mixed)
        self.assertEqual((found["all"]["rows"], found["bad_lines"]), (250, 0))

    def test_bad_vectors(self):
        joined = self.joined(3, 21)
        good = joined[0]["features"]
        cases = [({"schema": "0" * 16, "x": good["x"]}, "extracted by another version"),
                 ({"x": good["x"]}, "features has no schema"),
                 ({"schema": "\u001b[2J", "x": good["x"]}, "not 16 hexadecimal digits"),
                 ({"schema": good["schema"], "x": good["x"][1:]}, f"has {len(good['x']) - 1}"),
                 ({"schema": good["schema"], "x": good["x"][1:] + ["1"]}, "is not a finite number"),
                 ({"schema": good["schema"], "x": good["x"][1:] + [1e300]}, "is not a finite"),
                 ({"schema": good["schema"]}, "features.x has 0"),
                 ([1], "features is of another type")]
        bad = self.dir.write("bad.jsonl", jsonl(
            joined + [{"label": "economy", "features": features} for features, _ in cases]))
        done = self.train("eval", MODEL, "--data", bad)
        for number, (_, reason) in enumerate(cases):
            self.assertRegex(done.stderr, f"bad.jsonl:{number + 4}: [^\n]*{re.escape(reason)}")
        self.assertIn(f"{len(cases)} bad lines skipped", done.stderr)
        self.assertNotIn("\u001b", done.stderr)
