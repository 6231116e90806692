#!/usr/bin/env python3
"""What leaning on a prior is worth: the tables of README.md beside this file.

For each case a prior is trained without the case's sources. Some rows of these, with
one model a tier, play a user's log; all others are the test. Measured are the prior as
it is, a fit from the log alone, the fit that leans, and prompt length.

    python3 classifier/train/lean_experiment.py BUILD DATA WORK [--seeds N] [--vectors] [CASE...]

BUILD has tier-train and tier-bench, DATA the labelled rows (only DATA/train is read),
WORK keeps the priors: four fits of a minute or two each, then some ten minutes.
"""

import argparse
import glob
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import tempfile

TIERS = "models/training-tiers.json"
# Sources of the user's traffic; what the prior must not have seen; a model a tier, the
# first and the last of which are the pair that is measured.
CASES = {
    "zeroeval": (["zeroeval_crux", "zeroeval_math_l5", "zeroeval_zebra_grid"], "zeroeval",
                 ["gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "o1-mini-2024-09-12"]),
    "mmlu_pro": (["mmlu_pro"], "mmlu",
                 ["gemini-1.5-flash-002", "gpt-4o-2024-05-13", "gemini-3.1-pro"]),
    "routellm": (["routellm_mmlu_gold"], "mmlu",
                 ["mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"]),
    "ulab": (["ulab_9models"], "ulab",
             ["llama-3.1-8b-instruct", "llama-3.1-nemotron-51b-instruct"]),
    "tiers": (["tiers"], "/tiers", []),
}
RIVALS = ["prior", "plain", "lean", "length"]


def run(*arguments, code=0):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if code is not None and done.returncode != code:
        raise SystemExit(f"{' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done


class Experiment:

    def __init__(self, options):
        self.train = os.path.join(options.build, "tier-train")
        self.bench = os.path.join(options.build, "tier-bench")
        self.data = os.path.join(options.data, "train")
        self.work = options.work
        self.seeds = options.seeds
        self.daemon = os.path.join(options.build, "tierd") if options.vectors else None
        os.makedirs(self.work, exist_ok=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def fit(self, files, out, *options):
        return run(self.train, "fit", "-q", "--created=x", "--tiers", TIERS, "--out", out, *options,
                   "--data", *files)

    def prior(self, unseen):
        """Trained on every source but those whose path holds the word."""
        out = self.path(f"no-{unseen.strip('/')}.tier")
        if not os.path.exists(out):
            files = sorted(glob.glob(os.path.join(self.data, "*.jsonl")))
            self.fit([file for file in files if unseen not in file], out, "--prior=none")
        return out

    def rows(self, sources, models):
        rows = []
        for source in sources:
            with open(os.path.join(self.data, source + ".jsonl"), encoding="utf-8") as file:
                rows += [json.loads(line) for line in file]
        for row in rows if models else []:
            row["outcomes"] = {name: row["outcomes"][name] for name in models
                               if name in row["outcomes"]}
        return [row for row in rows
                if not models or (models[0] in row["outcomes"] and models[-1] in row["outcomes"])]

    def write(self, name, rows):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return self.path(name)

    def without_text(self, rows):
        """The rows as the decision log keeps them: a daemon's feature vectors, no text."""
        with tempfile.TemporaryDirectory() as place:
            path, log = os.path.join(place, "s"), os.path.join(place, "log")
            daemon = subprocess.Popen(
                [self.daemon, "--model", "models/default.tier", "--catalog", "models/catalog.json",
                 "--socket", path, "--decision-log", log, "--state-dir", place] +
                (["--allow-root"] if os.geteuid() == 0 else []),
                stderr=subprocess.PIPE, text=True)
            for line in daemon.stderr:
                if "ready" in line:
                    break
            wire = http.client.HTTPConnection("tierd")
            wire.sock = socket.socket(socket.AF_UNIX)
            wire.sock.connect(path)
            ids = []
            for row in rows:
                wire.request("POST", "/v1/route", json.dumps({"prompt": row["prompt"]}))
                ids.append(json.loads(wire.getresponse().read())["id"])
            daemon.terminate()
            daemon.communicate()
            with open(log, encoding="utf-8") as file:
                features = {line["id"]: line["features"] for line in map(json.loads, file)}
        return [{**{key: row[key] for key in row if key != "prompt"}, "features": features[at]}
                for row, at in zip(rows, ids)]

    def measure(self, model, test, models):
        """APGR, saving at 95 % and calibration error, of the model and of length."""
        if not models:  # labels name no models, so there is no pair to save between
            found = json.loads(run(self.train, "eval", model, "--json", "--tiers", TIERS,
                                   "--data", test).stdout)["sources"][0]
            return (found["apgr"], float("nan"), found["ece"]["economy"]), \
                   (found["apgr_length"], float("nan"), float("nan"))
        found = json.loads(run(self.bench, "accuracy", "--model", model, "--data", test, "--weak",
                               models[0], "--strong", models[-1], "--price-ratio", "1,20",
                               "--bootstrap", "0", "--json").stdout)["groups"][0]
        pairs = [found["routers"][name]["measures"] for name in ("router", "length")]
        ece = [found["rates"]["ece"]["value"], None]
        return [tuple(float("nan") if value is None else value for value in
                      (pair["apgr"]["value"], pair["saving95"]["value"], error))
                for pair, error in zip(pairs, ece)]

    def one(self, case, rows_count, seed):
        sources, unseen, models = CASES[case]
        prior = self.prior(unseen)
        rows = self.rows(sources, models)
        random.Random(seed).shuffle(rows)
        mine = self.without_text(rows[:rows_count]) if self.daemon else rows[:rows_count]
        log = self.write(f"{case}-log.jsonl", mine)
        test = self.write(f"{case}-test.jsonl", rows[rows_count:])
        plain, lean = self.path(f"{case}-plain.tier"), self.path(f"{case}-lean.tier")
        scale = ["--scale=none"] if len(models) == 2 else []
        found = {"prior": self.measure(prior, test, models)[0]}
        if len(models) == 2:  # the log lacks a tier, which a fit of its own cannot do without
            two = self.write("two.json", [{"tiers": ["economy", "frontier"], "models": {
                models[0]: "economy", models[1]: "frontier"}}])
            run(self.train, "fit", "-q", "--created=x", "--prior=none", "--tiers", two, "--out",
                plain, "--data", log, *scale)
        else:
            self.fit([log], plain, "--prior=none")
        found["plain"], found["length"] = self.measure(plain, test, models)
        said = self.fit([log], lean, f"--prior={prior}", "--force").stdout
        found["lean"] = self.measure(lean, test, models)[0]
        found["won"] = re.search(r"kept its ranking|new constant|outweigh", said).group(0)
        return found

    def case(self, case, rows_count):
        runs = [self.one(case, rows_count, seed) for seed in range(1, self.seeds + 1)]
        for number, (name, digits) in enumerate((("APGR", 3), ("saved at 95 %", 3), ("ECE", 3))):
            if runs[0]["lean"][number] != runs[0]["lean"][number]:
                continue  # labels name no pair to save between
            cells = []
            for rival in RIVALS:
                value = statistics.mean(run[rival][number] for run in runs)
                cells.append("-" if value != value else f"{value:.{digits}f}")
            gains = [run["lean"][number] - run["prior"][number] for run in runs]
            error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0
            print(f"| {case} | {rows_count} | {name} | {' | '.join(cells)} | "
                  f"{statistics.mean(gains):+.3f} ± {error:.3f} |", flush=True)
        won = [run["won"] for run in runs]
        names = {"kept its ranking": "kept", "new constant": "bent", "outweigh": "left"}
        print(f"| {case} | {rows_count} | the prior was | " +
              ", ".join(f"{names[key]} {won.count(key)}" for key in names if key in won) +
              " | | | | |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("data")
    parser.add_argument("work")
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--vectors", action="store_true", help="the log has no text")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 500])
    options = parser.parse_args()
    experiment = Experiment(options)
    print("| case | rows | | " + " | ".join(RIVALS) + " | lean - prior |")
    print("| --- " * (len(RIVALS) + 4) + "|")
    for case in options.cases:
        for rows_count in options.rows:
            experiment.case(case, rows_count)


if __name__ == "__main__":
    main()
