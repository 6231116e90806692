#!/usr/bin/env python3
"""Cross-validates `tier-train fit` on one's own log: how good is a router trained on it?

    cross.py --build build --data FILE... --tiers FILE --candidate '--kernel linear'
        --candidate '--kernel rbf' -- --ladder a,b --prices FILE [OPTION of accuracy]...

Each fold of the rows is scored by a model that was trained on the other folds. Where there
are several candidates, each a string of fit's options, one is chosen for every fold anew, by
cross-validation within its training rows, by APGR: the fold itself has no say. The pooled
scores are then measured by `tier-bench accuracy`, for what was chosen and for each candidate
alone.

A row's score is the model's probability that the first tier is NOT good enough: that is
calibrated, so that scores of different folds' models can be sorted together. The margin, which
is on no common scale, only breaks ties.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile

TIE_BREAK = 1e-7  # far below the steps of the calibration, which has some hundred


def read_rows(paths):
    """(file's name, line) pairs; ids get unique, for scores are found by them."""
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in filter(str.strip, file):
                row = json.loads(line)
                row["id"] = f"{len(rows)}"
                rows.append((os.path.basename(path), row))
    return rows


def fold_of(rows, folds, salt):
    """A fold for each row, even within each file; equal prompts share theirs."""
    def key(row):
        text = row.get("prompt") or json.dumps(row.get("messages"))
        return hashlib.sha256((salt + text).encode()).hexdigest()

    result = [0] * len(rows)
    for name in {name for name, _ in rows}:
        own = [i for i, (file, _) in enumerate(rows) if file == name]
        prompts = sorted({key(rows[i][1]) for i in own})
        place = {prompt: at % folds for at, prompt in enumerate(prompts)}
        for i in own:
            result[i] = place[key(rows[i][1])]
    return result


def write_rows(rows, directory):
    os.makedirs(directory)
    paths = []
    for name in sorted({name for name, _ in rows}):
        paths.append(os.path.join(directory, name))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for own, row in rows if own == name)
    return paths


class Bench:
    """The two programs, and the options that every call of them shares."""

    def __init__(self, options):
        self.train = os.path.join(options.build, "tier-train")
        self.bench = os.path.join(options.build, "tier-bench")
        self.tiers, self.measure = options.tiers, options.measure

    def call(self, command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"cross.py: {shlex.join(command)}:\n{done.stderr}")
        return done.stdout

    def scores(self, fit_options, train_rows, test_rows):
        """{id: score} of test_rows, by a model of train_rows."""
        with tempfile.TemporaryDirectory() as scratch:
            model, out = os.path.join(scratch, "model.tier"), os.path.join(scratch, "out.tsv")
            self.call([self.train, "fit", "-q", "--threads", "1", "--tiers", self.tiers, "--out", model,
                       *shlex.split(fit_options),
                       "--data", *write_rows(train_rows, os.path.join(scratch, "train"))])
            self.call([self.bench, "accuracy", "--model", model, "--predictions", out,
                       "--bootstrap", "0",
                       "--data", *write_rows(test_rows, os.path.join(scratch, "test"))])
            return read_predictions(out)

    def accuracy(self, scores, rows, more):
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "scores.tsv")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"{row}\t{score:.12f}\n" for row, score in scores.items())
            return self.call([self.bench, "accuracy", "--scores", path, *self.measure, *more,
                              "--data", *write_rows(rows, os.path.join(scratch, "rows"))])

    def apgr(self, scores, rows):
        found = json.loads(self.accuracy(scores, rows, ["--json", "--bootstrap", "0"]))
        return found["groups"][0]["routers"]["router"]["measures"]["apgr"]["value"] or 0


def read_predictions(path):
    scores = {}
    with open(path, encoding="utf-8") as file:
        names = next(file).rstrip("\n").split("\t")
        margin = names.index("margin")
        for line in file:
            cells = line.rstrip("\n").split("\t")
            by_margin = float(cells[margin])
            scores[cells[0]] = 1 - float(cells[margin + 1]) - \
                TIE_BREAK * by_margin / (1 + abs(by_margin))
    return scores


def pool(bench, fit_options, rows, folds, salt, threads):
    """[{id: score}] by fold, each by a model of the other folds."""
    places = fold_of(rows, folds, salt)

    def one(fold):
        return bench.scores(fit_options, [r for r, at in zip(rows, places) if at != fold],
                            [r for r, at in zip(rows, places) if at == fold])

    with concurrent.futures.ThreadPoolExecutor(threads) as executor:
        return list(executor.map(one, range(folds)))


def merged(parts):
    return {row: score for part in parts for row, score in part.items()}


def choose(bench, options, rows, salt):
    """The candidate with the best APGR across folds within these rows alone."""
    if len(options.candidate) == 1:
        return options.candidate[0]
    apgrs = []
    for candidate in options.candidate:
        scores = merged(pool(bench, candidate, rows, options.inner_folds, salt, options.threads))
        apgrs.append(bench.apgr(scores, rows))
    told = ", ".join(f"{c!r} {a:.3f}" for c, a in zip(options.candidate, apgrs))
    print(f"cross.py: {salt}: {told}", file=sys.stderr)
    return options.candidate[apgrs.index(max(apgrs))]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0],
                                     epilog="What follows -- goes to tier-bench accuracy.")
    parser.add_argument("--build", default="build", help="where tier-train and tier-bench are")
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--tiers", required=True)
    parser.add_argument("--candidate", action="append", help="options of fit; may be repeated")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--inner-folds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1, help="fits at a time")
    arguments, measure = sys.argv[1:], []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, measure = arguments[:at], arguments[at + 1:]
    options = parser.parse_args(arguments)
    options.candidate = options.candidate or ["--kernel linear"]
    options.measure = measure
    if options.folds < 2 or options.inner_folds < 2:
        parser.error("at least two folds are needed")
    return options


def main():
    options = parse()
    bench = Bench(options)
    rows = read_rows(options.data)
    places = fold_of(rows, options.folds, "outer")
    by_candidate = {c: pool(bench, c, rows, options.folds, "outer", options.threads)
                    for c in options.candidate}
    chosen = []
    for fold in range(options.folds):
        training = [r for r, at in zip(rows, places) if at != fold]
        chosen.append(by_candidate[choose(bench, options, training, f"fold {fold}")][fold])
    if len(options.candidate) > 1:
        for candidate, parts in by_candidate.items():
            print(f"\n== {candidate} in all folds")
            print(bench.accuracy(merged(parts), rows, []), end="")
    print("\n== as chosen within the training rows of each fold")
    print(bench.accuracy(merged(chosen), rows, []), end="")


if __name__ == "__main__":
    main()
