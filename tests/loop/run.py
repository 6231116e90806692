#!/usr/bin/env python3
"""The loop on real data: does a daemon that learns from its own traffic save more?

    ./dev loop [--case NAME] [--audit SHARE] [--kernel linear|rbf] [--seed N]

A start model is trained on a few sources of the labelled rows, and a daemon serves prompts of
other sources with it for two days. The caller reports how the answer of the tier that was
chosen scored, which the rows know, and nothing of the other tier; but a share of the prompts
(--audit) is sent to both tiers, at the caller's expense, and then the cheaper one that did as
well is reported as tier_label. `tierctl log join` makes a labelled log of that, `tier-train
fit` a candidate that leans on the start model, `tier-train diff` says what changes, and
`tierctl promote --wait` judges it in shadow during the first half of the third day. The second
half goes through whatever model decides then, while a candidate of shuffled feedback is in
shadow, which the gate, now back at its defaults, must reject.

Prints what happened, and what each model saves at equal quality, with 95 % bootstrap intervals.
The exit status is 0 when the third day saves more at equal quality than the first, beyond the
interval, by the probabilities that the daemon decides with, the candidate is promoted and the
shuffled one rejected. Where not every prompt is audited the gate may also want more evidence of
the shuffled one than half a day has. Only ../shared/data/train is read. Standard library only.
"""

import argparse
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(SOURCE, "tests", "api")]
sys.dont_write_bytecode = True

import figures  # noqa: E402 (found through the path above)
import harness  # noqa: E402

DAYS = 3
PATIENCE_S = 900  # for a fit
VERDICT_S = 20  # from the gate's look to the end of `promote --wait`

TIERS = ["economy", "frontier"]
MODELS = ["llama-3.1-8b", "gpt-4o"]
PRICES = ((0.15, 0.60), (3, 12))  # USD a million tokens, as in bench/accuracy/ladder-prices.json

# Under which name a source has the two models, or what stands nearest to them there.
NAMES = ({"Meta-Llama-3_1-8B-Instruct", "Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct",
          "meta-llama/llama-3.2-3b-instruct"},
         {"gpt-4o-2024-05-13", "gpt-4o", "llama-3.1-nemotron-51b-instruct"})
CHARS_A_TOKEN = 4
CHARS_UNKNOWN = 1000  # of answers, where the source has no length

# What the start model learns from, and what traffic it then meets: files of train/. Of these
# only taskbench knows tokens, so that in "usage" a few prompts move what all are expected to cost.
ZEROEVAL = ["zeroeval_crux", "zeroeval_math_l5", "zeroeval_zebra_grid"]
CASES = {
    "mixed": (ZEROEVAL + ["taskbench"], ["mmlu_pro", "ulab_9models"]),
    "usage": (ZEROEVAL, ["mmlu_pro", "ulab_9models", "taskbench"]),
    "mmlu_pro": (ZEROEVAL, ["mmlu_pro"]),
    "zeroeval": (["mmlu_pro", "ulab_9models"], ZEROEVAL),
}

# On traffic that it does not know the start model takes the dear tier nearly always, which is
# as stable as can be and never too low. Whoever wants to get away from that has to allow for
# it, as daemon/ops/PROMOTION.md says: for the 0.05 of quality that may be given up, of which
# under-routing shows more, since prompts on which the cheap model does better make up for none,
# and for any number of decisions near the threshold. Later candidates are held to the defaults.
FIRST_GATE = "promote-margin = 0.1\npromote-unstable-margin = 0.5\n"
JUDGED = 500  # the default, which a short day does not have
SLICE = 20  # prompts that the shadow may be behind, for a replay is faster than traffic


def tool(name, *arguments, accept=(0,)):
    done = subprocess.run([harness.program(name), *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S)
    if done.returncode not in accept:
        sys.exit(f"loop: {name} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done


# ---------------------------------------------------------------- rows

def load(arguments, sources):
    """The rows that both models answered, with their outcomes in the order of TIERS."""
    rows = []
    for source in sources:
        with open(os.path.join(arguments.data, "train", source + ".jsonl")) as file:
            for line in file:
                row = json.loads(line)
                outcomes = [[row["outcomes"][name] for name in row["outcomes"] if name in names]
                            for names in NAMES]
                if all(outcomes):
                    rows.append({"id": row["id"], "prompt": row["prompt"],
                                 "outcomes": [found[0] for found in outcomes]})
    return rows


def score(row, tier):
    return row["outcomes"][tier]["score"]


def cost(row, tier):
    """USD, by tokens where the source measured them, else by characters."""
    outcome, (price_in, price_out) = row["outcomes"][tier], PRICES[tier]
    asked = outcome.get("input_tokens", len(row["prompt"]) / CHARS_A_TOKEN)
    answered = outcome.get("output_tokens", outcome.get("output_chars", CHARS_UNKNOWN) / CHARS_A_TOKEN)
    return (asked * price_in + answered * price_out) / 1e6


def as_log(rows, priced):
    """A labelled log of both models' scores, and what they cost where priced."""
    return "".join(json.dumps({"id": row["id"], "prompt": row["prompt"], "outcomes": {
        model: {"score": score(row, tier), **({"cost_usd": cost(row, tier)} if priced else {})}
        for tier, model in enumerate(MODELS)}}) + "\n" for row in rows)


def catalogue():
    entry = {"provider": "replay", "cache_read": None, "cache_write": None, "batch_input": None,
             "batch_output": None, "context_window": None, "max_output": None,
             "cache_tokens_min": None, "as_of": "2999-01-01", "source": "replayed rows"}
    return json.dumps({"version": "loop", "tiers": TIERS, "safe_tier": TIERS[-1],
                       "defaults": dict(zip(TIERS, MODELS)),
                       "models": {model: {**entry, "tier": tier, "input": price[0], "output": price[1]}
                                  for model, tier, price in zip(MODELS, TIERS, PRICES)}})


# ---------------------------------------------------------------- the daemon and its traffic

class Service:
    """A daemon and the caller whose prompts it decides."""

    def __init__(self, place, catalog, start, least, arguments):
        self.audit, self.draw = arguments.audit, random.Random(arguments.seed)
        self.log = place.join("decisions.jsonl")
        self.config = place.write("tierd.conf", FIRST_GATE)
        # The rows are no conversation: a question that comes twice is not asked again.
        self.daemon = harness.Daemon(
            "--decision-log", self.log, "--log-prompts", "--state-dir", place.join("state"),
            "--explore=0.1", "--explore-seed=1", "--reask-minutes=0", "--threads=1",
            f"--promote-min-decisions={least - SLICE}",
            f"--promote-min-judged={min(least - SLICE, JUDGED)}", "--config", self.config,
            directory=place, model=start, catalog=catalog).wait_ready()

    def serve(self, rows):
        """Each prompt is decided, answered and reported. Gives, for each, score and cost of the
        choice and of the dear tier, and what its audit cost."""
        served = []
        with self.daemon.connect() as wire:
            for row in rows:
                decision = wire.request("POST", "/v1/route", {"prompt": row["prompt"]}).json
                tier = TIERS.index(decision["tier"])
                audited = self.draw.random() < self.audit
                told = wire.request("POST", "/v1/feedback",
                                    {"id": decision["id"], **feedback(row, tier, audited)})
                if told.status != 202:
                    sys.exit(f"loop: feedback was answered with {told.status}: {told.body}")
                served.append((score(row, tier), score(row, 1), cost(row, tier), cost(row, 1),
                               audited * cost(row, 1 - tier)))
        return served

    def use_default_gate(self):
        with open(self.config, "w"):
            pass
        tool("tierctl", "--socket", self.daemon.path, "reload")

    def promote(self, candidate, rows):
        """Puts it in shadow, serves rows meanwhile and waits for the verdict: the standing
        then, and what was served."""
        waiting = subprocess.Popen(
            [harness.program("tierctl"), "--socket", self.daemon.path, "promote", candidate, "--wait"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while self.standing()["status"] != "running":
            if waiting.poll() is not None:
                sys.exit(f"loop: the candidate was not taken:\n{waiting.stdout.read()}")
        served = []
        for begin in range(0, len(rows), SLICE):
            served += self.serve(rows[begin:begin + SLICE])
            while self.behind(len(served)):
                self.daemon.check()
        try:
            waiting.communicate(timeout=VERDICT_S)
        except subprocess.TimeoutExpired:
            # The gate has looked and left it open; its next look would want twice the prompts.
            tool("tierctl", "--socket", self.daemon.path, "promote", "--cancel")
            waiting.communicate(timeout=PATIENCE_S)
        return self.standing(), served

    def behind(self, served):
        """Has the shadow still to work out what was served, or the gate to look at all of it?"""
        seen = self.standing()
        return seen["status"] == "running" and seen["gate"]["looks"] == 0 and (
            seen["counts"]["decisions"] < min(served - SLICE, seen["gate"]["min_decisions"]))

    def standing(self):
        return self.daemon.get("/v1/promotion").json

    def join(self, out):
        """The labelled log of what has been served."""
        while b"\ntierd_log_queue_bytes 0\n" not in self.daemon.get("/metrics").body:
            self.daemon.check()
        print(tool("tierctl", "log", "join", self.log, "--out", out).stderr.strip())
        return out


def feedback(row, tier, audited):
    """What a caller knows that checks its answers: how the one that it got did, or which tier
    would have done, and how many tokens it was billed for where the row says."""
    outcome = row["outcomes"][tier]
    enough = score(row, 0) >= score(row, 1)
    told = {"tier_label": TIERS[not enough]} if audited else {"score": outcome["score"]}
    if "input_tokens" in outcome and "output_tokens" in outcome:
        told["usage"] = {"prompt_tokens": outcome["input_tokens"],
                         "completion_tokens": outcome["output_tokens"]}
    return told


# ---------------------------------------------------------------- models

def fit(place, name, data, *options):
    """Forced, since it is the gate that is to judge."""
    out = place.join(name)
    done = tool("tier-train", "fit", "--quiet", "--force", "--created=2026-01-01T00:00:00Z",
                "--tiers", place.join("catalog.json"), "--out", out, *options, "--data", data)
    for line in (done.stdout + done.stderr).splitlines():
        if any(word in line for word in (" by ", "worse", "different", "used")):
            print(f"  {name}: {line.replace(place.path + os.sep, '')}")
    return out


def shuffled(place, joined, seed):
    """The same log, each prompt with what was said of another."""
    with open(joined) as file:
        rows = [json.loads(line) for line in file]
    said = [{key: row.pop(key) for key in ("outcomes", "label", "propensity") if key in row} for row in rows]
    random.Random(seed).shuffle(said)
    return place.write("shuffled.jsonl", "".join(
        json.dumps({**row, **other}) + "\n" for row, other in zip(rows, said)))


def margins(place, rows, model):
    """rows as figures.py wants them, by the model's probability for the cheap tier, which is
    what the daemon decides by; and by its raw margin, which the calibration may have cut off
    where it found nothing to go by."""
    data, said = place.write("rows.jsonl", as_log(rows, True)), place.join("predictions.tsv")
    done = tool("tier-bench", "accuracy", "--model", model, "--data", data, "--tiers",
                place.join("catalog.json"), "--weak", MODELS[0], "--strong", MODELS[1],
                "--bootstrap", "0", "--predictions", said, "--json")
    with open(said) as file:
        names = file.readline().rstrip("\n").split("\t")
        lines = {line.split("\t")[0]: line.rstrip("\n").split("\t") for line in file}
    outcomes = [(score(row, 0), score(row, 1), cost(row, 0), cost(row, 1)) for row in rows]
    by_probability, by_margin = (
        [(float(lines[row["id"]][names.index(name)]), *told) for row, told in zip(rows, outcomes)]
        for name in ("good:" + TIERS[0], "margin"))
    routers = json.loads(done.stdout)["groups"][0]["routers"]
    theirs, ours = routers["router"]["measures"]["saving95"]["value"], figures.saving(by_margin)
    if abs(theirs - ours) > 1e-6:
        sys.exit(f"loop: tier-bench has a saving of {theirs}, figures.py one of {ours}, on the same rows")
    return by_probability, by_margin, routers["length"]["measures"]["saving95"]["value"]


# ---------------------------------------------------------------- what is told

def tell_gate(name, standing):
    print(f"{name}: {standing['status']}; {standing['why']}")
    for criterion in ("under_routing", "instability", "cost"):
        print(f"  {criterion}: {json.dumps(standing['gate'][criterion])}")


def tell_served(served):
    print("\n| served | prompts | to economy | quality kept | cost saved | audits cost, of always dear |\n"
          "| --- | --- | --- | --- | --- | --- |")
    for name, rows in served.items():
        always = sum(row[3] for row in rows)
        print(f"| {name} | {len(rows)} | {sum(row[2] < row[3] for row in rows) / len(rows):.0%} "
              f"| {figures.show(figures.with_interval(rows, figures.kept))} "
              f"| {figures.show(figures.with_interval(rows, figures.spared))} "
              f"| {sum(row[4] for row in rows) / always:.1%} |")


def tell_savings(place, days, start, candidate):
    """At equal quality: what each model allows for, by its probabilities and by its ranking.
    Does the third day save more, by the probabilities?"""
    first, third, learned = (margins(place, days[day], model)
                             for day, model in ((0, start), (2, start), (2, candidate)))
    print(f"\n| cost saved at {figures.QUALITY:.0%} of the dear tier's quality | by probability, as the daemon "
          "decides | by raw margin, as tier-bench ranks | by prompt length |\n| --- | --- | --- | --- |")
    for name, rows in (("day 1, start model", first), ("day 3, start model", third),
                       ("day 3, candidate", learned)):
        told = [figures.show(figures.with_interval(rows[way], figures.saving)) for way in (0, 1)]
        print(f"| {name} | {told[0]} | {told[1]} | {rows[2]:.1%} |")
    gains = {name: [figures.difference(before[way], learned[way], figures.saving, paired) for way in (0, 1)]
             for name, before, paired in (("candidate on day 3 less start model on day 1", first, False),
                                          ("candidate less start model, both on day 3, paired", third, True))}
    for name, both in gains.items():
        told = [f"{figures.show(gain)}, {'' if gain[1] > 0 else 'not '}beyond the interval" for gain in both]
        print(f"| {name} | {told[0]} | {told[1]} | |")
    return next(iter(gains.values()))[0][1] > 0


def tell_result(results):
    print()
    for name, holds in results.items():
        print(f"{'yes' if holds else 'NO '}  {name}")
    return all(results.values())


# ---------------------------------------------------------------- the course of it

def play(case, arguments, place):
    known, traffic = (load(arguments, sources) for sources in CASES[case])
    random.Random(arguments.seed).shuffle(traffic)
    days = [traffic[day::DAYS] for day in range(DAYS)]
    half = len(days[2]) // 2
    print(f"\n== {case}: start model from {len(known)} rows of {', '.join(CASES[case][0])}; traffic of "
          f"{len(traffic)} prompts of {', '.join(CASES[case][1])}; mean scores "
          + ", ".join(f"{sum(score(row, tier) for row in traffic) / len(traffic):.3f}" for tier in (0, 1)))
    catalog = place.write("catalog.json", catalogue())
    start = fit(place, "start.tier", place.write("known.jsonl", as_log(known, False)), "--prior=none")
    service = Service(place, catalog, start, half, arguments)
    try:
        served = {"day 1": service.serve(days[0]), "day 2": service.serve(days[1])}
        joined = service.join(place.join("joined.jsonl"))
        candidate = fit(place, "candidate.tier", joined, "--kernel", arguments.kernel, "--prior", start)
        noise = fit(place, "shuffled.tier", shuffled(place, joined, arguments.seed), "--prior=none")
        print(tool("tier-train", "diff", start, candidate, "--data", joined, "--tiers", catalog).stdout
              .split("\nmost changed")[0])
        verdict, served["day 3, first half"] = service.promote(candidate, days[2][:half])
        tell_gate("the candidate", verdict)
        service.use_default_gate()
        against_noise, served["day 3, second half"] = service.promote(noise, days[2][half:])
        tell_gate("the shuffled one", against_noise)
    finally:
        service.daemon.kill()
    tell_served(served)
    gain = figures.difference(served["day 1"], served["day 3, second half"], figures.spared, False)
    print(f"\ncost saved in the second half of day 3 less that of day 1, whatever the quality: {figures.show(gain)}")
    kept_out = ("rejected",) if arguments.audit == 1 else ("rejected", "cancelled")
    return tell_result({
        "day 3 saves more at equal quality than day 1, beyond the interval":
            tell_savings(place, days, start, candidate),
        "the candidate is promoted": verdict["status"] == "promoted",
        f"the shuffled one is {' or '.join(kept_out)}": against_noise["status"] in kept_out,
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, metavar="DIR", help="where the programs are")
    parser.add_argument("--data", default=os.path.join(SOURCE, "..", "shared", "data"), metavar="DIR")
    parser.add_argument("--case", choices=CASES, action="append", help="default: mixed")
    parser.add_argument("--audit", type=float, default=1, metavar="SHARE")
    parser.add_argument("--kernel", choices=("linear", "rbf"), default="linear")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    harness.build = os.path.abspath(arguments.build)
    worked = True
    for case in arguments.case or ["mixed"]:
        place = harness.Directory()
        try:
            worked = play(case, arguments, place) and worked
        finally:
            place.remove()
    sys.exit(0 if worked else 1)


if __name__ == "__main__":
    main()
