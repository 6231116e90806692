"""What a daemon leaves behind for the next training: exploration and its propensities."""

import collections
import json
import os
import unittest

from harness import CATALOG, MODEL, TIERS, ApiCase, run

TOPICS = ["a bicycle chain", "the tides", "binary search", "Roman roads", "photosynthesis",
          "a mutex", "compound interest", "sourdough bread", "plate tectonics", "a linked list",
          "the French Revolution", "vaccines", "a JPEG file", "gravity", "hash tables",
          "inflation", "a violin", "TCP", "whales", "glass"]
ASKS = ["Explain {} in one sentence.", "What are three common mistakes people make with {}?",
        "Write a short poem about {}.", "Prove or refute: {} can be understood without numbers.",
        "Compare {} with something unlike it, step by step, and derive a formula.",
        "List five facts about {}.", "How would you teach {} to a child?",
        "Write a Python function that simulates {}.", "Translate '{}' into French and German.",
        "Design an experiment that measures {} to within 1 %, and compute its error."]


def prompts(count):
    """Different prompts of all difficulties."""
    asks = [ask.format(topic) for topic in TOPICS for ask in ASKS]
    return [f"{asks[i % len(asks)]} Item {i}." for i in range(count)]


def with_log(case, *options, **kinds):
    """A daemon with a log in a directory of its own, and the log's path."""
    place = case.directory()
    log = place.join("d.jsonl")
    return case.start("--decision-log", log, "--state-dir", place.path, *options, **kinds), log


def read_log(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def decide(daemon, bodies):
    """All of them over one connection, in order."""
    with daemon.connect() as wire:
        return [wire.request("POST", "/v1/route", body).json for body in bodies]


class Exploration(ApiCase):
    COUNT = 1500

    def explored(self, *options, bodies=None):
        daemon, log = with_log(self, "--threads=1", *options)
        answers = decide(daemon, bodies or [{"prompt": p} for p in prompts(self.COUNT)])
        daemon.stop()
        return answers, [line for line in read_log(log) if line["type"] == "decision"]

    def test_share_and_propensity(self):
        answers, lines = self.explored("--explore=0.05", "--explore-seed=42")
        plain, plain_lines = self.explored()
        self.assertTrue(all(line["propensity"] == 1 and "close" not in line
                            for line in plain_lines))
        close = [line for line in lines if "close" in line]
        moved = [line for line in close if line["close"]["explored"]]
        self.assertGreater(len(close), 50)
        # Before the share of close decisions is learned, fewer than wished explore.
        self.assertTrue(0.01 * self.COUNT < len(moved) < 0.09 * self.COUNT, len(moved))
        for answer, policy, line in zip(answers, plain, lines):
            self.assertEqual(answer["tier"], line["tier"])
            if line not in moved:
                self.assertEqual(line["tier"], policy["tier"])
                continue
            self.assertEqual(line["close"]["tier"], policy["tier"])
            self.assertNotEqual(line["tier"], policy["tier"])
            self.assertEqual([r["code"] for r in answer["reasons"]].count("explored"), 1)
            self.assertIn("explored", line["reasons"])
            self.assertLessEqual(line["propensity"], 0.5)
        # Each of the two outcomes of a close decision has its chance, so that inverse
        # propensities of those that were kept count all close ones.
        kept = sum(1 / line["propensity"] for line in close if not line["close"]["explored"])
        self.assertAlmostEqual(kept / len(close), 1, delta=0.1)

    def test_the_seed_repeats(self):
        bodies = [{"prompt": p} for p in prompts(400)]
        runs = [self.explored("--explore=0.1", f"--explore-seed={seed}", bodies=bodies)[1]
                for seed in (7, 7, 8)]
        tiers = [[line["tier"] for line in lines] for lines in runs]
        self.assertEqual(tiers[0], tiers[1])
        self.assertNotEqual(tiers[0], tiers[2])

    def test_bounds_and_dry_runs_are_left_alone(self):
        kinds = [{"routing": {"max_risk": 0.9}}, {"routing": {"min_tier": TIERS[0]}},
                 {"routing": {"max_tier": TIERS[2]}}, {"routing": {"max_cost_usd": 1}},
                 {"routing": {"dry_run": True}}]
        bodies = [{"prompt": p, **kinds[i % len(kinds)]} for i, p in enumerate(prompts(400))]
        answers, lines = self.explored("--explore=0.1", bodies=bodies)
        self.assertTrue(all(line["propensity"] == 1 for line in lines))
        self.assertFalse([a for a in answers if "explored" in [r["code"] for r in a["reasons"]]])

    def test_too_large_a_share_is_refused(self):
        done = run("tierd", "--socket=/tmp/x", "--explore=0.5")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--explore", done.stderr)


class FromLogToReport(ApiCase):

    def test_scores_are_weighed(self):
        """Scores that depend on the tier alone: what the report estimates is then known."""
        worth = dict(zip(TIERS, (0.2, 0.5, 1.0)))
        daemon, log = with_log(self, "--threads=1", "--explore=0.1", "--explore-seed=3")
        answers = decide(daemon, [{"prompt": p} for p in prompts(1200)])
        with daemon.connect() as wire:
            for answer in answers:
                said = {"id": answer["id"], "score": worth[answer["tier"]]}
                self.assertEqual(wire.request("POST", "/v1/feedback", said).status, 202)
        daemon.stop()
        lines = [line for line in read_log(log) if line["type"] == "decision"]
        done = run("tierctl", "report", log, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        quality = json.loads(done.stdout)["quality"]
        sums = collections.defaultdict(lambda: [0, 0.0, 0.0])

        def add(policy, line):
            weight = 1 / line["propensity"]
            sums[policy][0] += 1
            sums[policy][1] += weight
            sums[policy][2] += weight * worth[line["tier"]]

        for line in lines:
            close = line.get("close")
            if not close or not close["explored"]:
                add("policy", line)
            if close:
                base, other = line["tier"], close["tier"]
                if close["explored"]:
                    base, other = other, base
                way = "up" if TIERS.index(other) > TIERS.index(base) else "down"
                add(f"close_{way}_" + ("moved" if close["explored"] else "kept"), line)
        self.assertIn("policy", sums)
        for policy, (rows, weights, scores) in sums.items():
            self.assertEqual(quality[policy]["rows"], rows)
            self.assertAlmostEqual(quality[policy]["score"], scores / weights, places=6)
        text = run("tierctl", "report", log).stdout
        self.assertIn("the policy, without exploration", text)
        rows = os.path.join(os.path.dirname(log), "labelled.jsonl")
        self.assertEqual(run("tierctl", "log", "join", log, "--out", rows).returncode, 0)
        told = {line["id"]: line["propensity"] for line in lines}
        joined = read_log(rows)
        self.assertEqual(len(joined), len(lines))
        self.assertTrue(all(row["propensity"] == told[row["id"]] for row in joined))


QUESTION = "How do I sort a list of dictionaries by value in Python, newest first?"
REWORDED = "How can I sort a Python list of dictionaries by value (newest first)?"
OTHER = "What does the Treaty of Westphalia have to do with modern borders?"


def turns(*texts):
    """A chat: the user speaks first, then by turns."""
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]


class Reasked(ApiCase):

    def ask(self, bodies, *options):
        """What each line says to ask again, as the index of the earlier one and how; None."""
        daemon, log = with_log(self, *options)
        answers = decide(daemon, bodies)
        page = daemon.get("/metrics").body.decode()
        daemon.stop()
        index = {answer["id"]: i for i, answer in enumerate(answers)}
        by_id = {line["id"]: line for line in read_log(log)}
        said = [by_id[answer["id"]]["reasked"] for answer in answers]
        told = [s and (index[s["of"]], s["how"]) for s in said]
        for how in ("same", "near", "said_wrong"):
            self.assertIn(f'tierd_reasked_total{{how="{how}"}} '
                          f'{sum(t is not None and t[1] == how for t in told)}\n', page)
        return told, log

    def test_the_same_question(self):
        told, _ = self.ask([{"prompt": QUESTION}, {"prompt": OTHER}, {"prompt": QUESTION}])
        self.assertEqual(told, [None, None, (0, "same")])

    def test_a_session_words_it_otherwise(self):
        in_session = [{"prompt": p, "routing": {"session": "s"}}
                      for p in (QUESTION, OTHER, REWORDED)]
        told, _ = self.ask(in_session)
        self.assertEqual(told, [None, None, (0, "near")])

    def test_other_askers_are_others(self):
        told, _ = self.ask([{"prompt": QUESTION, "routing": {"session": "s"}},
                            {"prompt": REWORDED, "routing": {"session": "t"}},
                            {"prompt": QUESTION, "routing": {"session": "t"}},
                            {"prompt": QUESTION, "metadata": {"user": "a"}},
                            {"prompt": REWORDED, "metadata": {"user": "b"}},
                            {"prompt": REWORDED, "metadata": {"user": "a"}}])
        self.assertEqual(told, [None, None, (1, "near"), None, None, (3, "near")])

    def test_other_numbers_are_another_question(self):
        session = {"session": "s"}
        told, _ = self.ask([{"prompt": f"Please compute the product of the numbers {n} and 23 "
                             "with every intermediate step shown.", "routing": session}
                            for n in (17, 19, 17)])
        self.assertEqual(told, [None, None, (0, "same")])

    def test_the_user_says_so(self):
        opener = "Name the capital of Australia."
        told, _ = self.ask([
            {"messages": turns(opener)},
            {"messages": turns(opener, "Sydney.", "No, that's wrong.")},
            {"messages": turns(opener, "Sydney.", "No, that's wrong.", "Canberra.", "Thanks, go on")},
            {"messages": turns("Hello, what is two plus two?", "Four.", "What's wrong with five?")},
            {"messages": turns("I never spoke before", "Right.", "That's wrong.")}])
        self.assertEqual(told, [None, (0, "said_wrong"), None, None, None])

    def test_results_of_tools_ask_nothing(self):
        question = {"role": "user", "content": QUESTION}
        call = {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
        result = {"role": "tool", "tool_call_id": "c", "content": "42"}
        told, _ = self.ask([{"messages": [question]}, {"messages": [question, call, result]},
                            {"messages": [question, call, result, call, result]}])
        self.assertEqual(told, [None] * 3)

    def test_dry_runs_and_off(self):
        dry = {"prompt": QUESTION, "routing": {"dry_run": True}}
        daemon, log = with_log(self)
        decide(daemon, [dry, {"prompt": QUESTION}])
        daemon.stop()
        self.assertIsNone(read_log(log)[0]["reasked"])
        daemon, log = with_log(self, "--reask-minutes=0")
        decide(daemon, [{"prompt": QUESTION}] * 2)
        daemon.stop()
        self.assertTrue(all("reasked" not in line for line in read_log(log)))

    def test_a_weak_label_that_feedback_overrules(self):
        bodies = [{"prompt": p} for p in (QUESTION, QUESTION, OTHER, OTHER)]
        daemon, log = with_log(self)
        answers = decide(daemon, bodies)
        with daemon.connect() as wire:
            said = {"id": answers[2]["id"], "score": 0.9}
            self.assertEqual(wire.request("POST", "/v1/feedback", said).status, 202)
        daemon.stop()
        done = run("tierctl", "log", "join", log)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {row["id"]: row["outcomes"][answers[0]["model"]] if i < 1 else row["outcomes"]
                for i, row in enumerate(map(json.loads, done.stdout.splitlines()))}
        self.assertEqual(set(rows), {answers[0]["id"], answers[2]["id"]})
        self.assertEqual(rows[answers[0]["id"]], {"score": 0.3, "score_from": "reasked"})
        self.assertEqual(rows[answers[2]["id"]], {answers[2]["model"]: {"score": 0.9}})
        done = run("tierctl", "report", log, "--json")
        self.assertEqual([(t["name"], t["calls"]) for t in json.loads(done.stdout)["reasked"]],
                         [("same", 2)])


def metric(daemon, series):
    for line in daemon.get("/metrics").body.decode().splitlines():
        if line.startswith(series + " "):
            return float(line.split()[-1])
    raise AssertionError(series)


class TierShare(ApiCase):
    """A wish on the share of the top tier, against a stream whose mix changes."""
    WISH = 0.2

    @staticmethod
    def stream(hard_in_ten, count):
        """So many in ten that the policy would send up, and as many different ones as asked."""
        hard = ["Prove that every {} bounded sequence number {} has a convergent subsequence.",
                "Derive, step by step, the {} partition function of {} coupled oscillators."]
        easy = ["Say hello in {} words, please, {} times.", "What colour is a {} banana? {}"]
        for i in range(count):
            kind = hard if i % 10 < hard_in_ten else easy
            yield {"prompt": kind[i % 2].format(TOPICS[i % len(TOPICS)], i)}

    @staticmethod
    def share(answers):
        return sum(a["tier"] == TIERS[-1] for a in answers) / len(answers)

    def test_held_on_a_changing_stream(self):
        plain = self.start("--threads=1")
        daemon = self.start("--threads=1", f"--tier-share-max={TIERS[-1]}={self.WISH}")
        # What the policy alone would do is above the wish, else nothing is shown.
        self.assertGreater(self.share(decide(plain, self.stream(6, 300))), 2 * self.WISH)
        first = decide(daemon, self.stream(6, 3000))
        self.assertLessEqual(self.share(first[200:]), self.WISH + 0.02)
        self.assertGreater(self.share(first[1000:]), self.WISH - 0.04)
        self.assertAlmostEqual(metric(daemon, f'tierd_tier_share{{tier="{TIERS[-1]}"}}'),
                               self.share(first), delta=0.05)
        self.assertGreater(metric(daemon, "tierd_lambda_effective"),
                           metric(plain, "tierd_lambda_effective"))
        # More hard ones: too many at first, until what is remembered is of them.
        decide(daemon, self.stream(9, 6000))
        self.assertLessEqual(self.share(decide(daemon, self.stream(9, 2000))), self.WISH + 0.02)
        strict = metric(daemon, "tierd_tier_share_gain")
        # Hardly any: nothing is kept from who needs it.
        few = decide(daemon, self.stream(1, 6000))[-1000:]
        wanted = self.share(decide(plain, self.stream(1, 1000)))
        self.assertLess(wanted, self.WISH)
        self.assertAlmostEqual(self.share(few), wanted, delta=0.02)
        self.assertLess(metric(daemon, "tierd_tier_share_gain"), strict)

    def test_who_is_left_out_says_so(self):
        daemon, log = with_log(self, "--threads=1", f"--tier-share-max={TIERS[-1]}={self.WISH}")
        answers = decide(daemon, self.stream(8, 400))
        capped = [a for a in answers if "share_cap" in [r["code"] for r in a["reasons"]]]
        self.assertGreater(len(capped), 100)
        self.assertTrue(all(a["tier"] != TIERS[-1] for a in capped))
        self.assertFalse([a for a in capped if "good_enough" in [r["code"] for r in a["reasons"]]])
        self.assertGreater(metric(daemon, 'tierd_decision_reasons_total{tier="standard",'
                                          'reason="share_cap"}'), 0)
        daemon.stop()
        self.assertEqual(sum("share_cap" in line["reasons"] for line in read_log(log)),
                         len(capped))

    def test_who_asks_for_quality_gets_it(self):
        daemon = self.start("--threads=1", f"--tier-share-max={TIERS[-1]}=0")
        plain = self.start("--threads=1")
        for routing in ({"quality": 0.99}, {"max_risk": 0.05}, {"min_tier": TIERS[-1]}):
            bodies = [{**body, "routing": routing} for body in self.stream(8, 50)]
            self.assertEqual([a["tier"] for a in decide(daemon, bodies)],
                             [a["tier"] for a in decide(plain, bodies)])
        self.assertEqual(self.share(decide(daemon, self.stream(8, 50))), 0)

    def test_rules_that_make_no_sense(self):
        for rule, why in (("frontier", "TIER=SHARE"), ("frontier=2", "0 to 1"),
                          ("luxury=0.2", "no tier"), ("economy=0.2", "above")):
            done = run("tierd", "--check", f"--tier-share-max={rule}",
                       "--model", MODEL, "--catalog", CATALOG)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("--tier-share-max", done.stderr)
            self.assertIn(why, done.stderr)


class GoodEnough(ApiCase):
    """A wish on the model's own word."""

    @staticmethod
    def stream(hard_in_ten, count):
        """As above, but of many kinds, whose probabilities lie close to each other."""
        hard, easy = [1, 3, 4, 7, 9], [0, 2, 5, 6, 8]
        for i in range(count):
            ask = ASKS[(hard if i % 10 < hard_in_ten else easy)[i // 10 % 5]]
            yield {"prompt": ask.format(TOPICS[i // 7 % len(TOPICS)]) + f" Item {i}."}

    @staticmethod
    def mean(answers):
        return sum(a["confidence"] for a in answers) / len(answers)

    def test_held_on_a_changing_stream(self):
        wishes = (0.8, 0.97)
        daemons = [with_log(self, "--threads=1", f"--good-enough-min={wish}") for wish in wishes]
        for hard in (5, 9, 2):
            kept, lambdas = [], []
            for wish, (daemon, _) in zip(wishes, daemons):
                decide(daemon, self.stream(hard, 6000))
                kept.append(self.mean(decide(daemon, self.stream(hard, 1000))))
                lambdas.append(metric(daemon, "tierd_lambda_effective"))
                # One request of four is looked at, and old ones fade: a mean of some 700.
                self.assertGreaterEqual(kept[-1], wish - 0.02)
                # The next lambda would keep too little, and probabilities come in steps.
                self.assertLess(kept[-1], wish + 0.1)
            self.assertLess(kept[0], kept[1])
            self.assertGreater(lambdas[0], lambdas[1])
        for daemon, log in daemons:
            daemon.stop()
            lines = read_log(log)
            self.assertNotIn("lambda", lines[0])
            self.assertGreaterEqual(lines[-1]["lambda"], 0)

    def test_own_quality_goes_before(self):
        plain = self.start("--threads=1")
        daemon = self.start("--threads=1", "--good-enough-min=0.5")
        decide(daemon, self.stream(5, 400))
        bodies = [{**body, "routing": {"quality": 0.95}} for body in self.stream(5, 60)]
        self.assertEqual([a["tier"] for a in decide(daemon, bodies)],
                         [a["tier"] for a in decide(plain, bodies)])


class Drift(ApiCase):

    def send(self, daemon, prompt, decisions=4200):
        return decide(daemon, [{"prompt": prompt(i)} for i in range(decisions)])

    def moved(self, daemon):
        """The features told, in order, and the greatest distance."""
        page = daemon.get("/metrics").body.decode().splitlines()
        told = [line.split('"')[1] for line in page if line.startswith("tierd_feature_drift{")]
        return told, metric(daemon, "tierd_feature_drift_max")

    def test_warns_once_and_names_what_moved(self):
        daemon = self.start("--threads=1")
        self.assertEqual(self.moved(daemon), ([], 0))
        self.send(daemon, lambda i: f"hi {i % 7}")
        daemon.wait_for("tierd: warning: prompts are no longer like those")
        line = [l for l in daemon.lines if "no longer like" in l]
        self.assertEqual(len(line), 1)
        self.assertRegex(line[0], r"question[a-z, ]* \(lower, (0\.9\d|1\.00)\)")
        told, greatest = self.moved(daemon)
        self.assertEqual(len(told), 5)
        self.assertGreater(greatest, 0.9)
        self.assertLessEqual(greatest, 1)
        # Within the hour no second one, however many more come.
        self.send(daemon, lambda i: "hi")
        self.assertEqual(sum("no longer like" in l for l in daemon.lines), 1)

    def test_off_still_measures(self):
        daemon = self.start("--threads=1", "--drift-warn=0")
        self.send(daemon, lambda i: f"hi {i % 7}")
        self.assertGreater(self.moved(daemon)[1], 0.9)
        self.assertFalse([l for l in daemon.lines if "no longer like" in l])

    def test_dry_runs_count_for_nothing(self):
        daemon = self.start("--threads=1")
        decide(daemon, [{"prompt": "hi", "routing": {"dry_run": True}}] * 300)
        self.assertEqual(metric(daemon, "tierd_feature_drift_samples"), 0)


if __name__ == "__main__":
    unittest.main()
