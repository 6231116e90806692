"""The sums of `tierctl report`, worked out once more by code that shares none with it.

    expected = sums.Expected(sums.Lines("decisions.jsonl"), "models/catalog.json")
    print(expected.spent, expected.bars())

For the logs of traffic.py: every cost in them is known, times are the label "at". The
tests use it on a short log, week.py on a whole week.
"""

import collections
import json
import re

CENT = 0.005  # figures that differ by less are the same to the cent
STEPS = ["top", "model", "cached", "batched"]
BARS = ["always_top", "routing", "caching", "batch", "early_stop", "asked_again", "spent"]


class Lines:
    """The lines of a log as objects, read anew each time that they are gone through."""

    def __init__(self, path):
        self.path = path

    def __iter__(self):
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def catalogue(path):
    """Base prices, in USD a million tokens; the week's prompts are below every threshold."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^\s*//.*$", "", file.read(), flags=re.M)
    return json.loads(text)["models"]


def price(prices, model, usage, batch):
    """A call by its usage, worked out anew."""
    p = prices[model]
    mark = "batch_" if batch and p["batch_input"] is not None else ""
    cached = usage.get("cached_tokens", 0)
    if mark and p["batch_cache_read"] is None:
        cached = 0
    tokens = (usage["input_tokens"] - cached) * p[mark + "input"]
    tokens += usage["output_tokens"] * p[mark + "output"]
    return (tokens + (cached * p[mark + "cache_read"] if cached else 0)) / 1e6


class Expected:
    """All sums of a report once more, in floating point; lines are gone through twice, for
    feedback may stand anywhere."""

    def __init__(self, lines, catalog):
        prices = catalogue(catalog)
        said = collections.defaultdict(dict)
        for line in lines:
            if line["type"] == "feedback":
                said[line["id"]].update(line)
        self.spent, self.sources = 0.0, collections.Counter()
        self.by = collections.defaultdict(float)
        self.calls = collections.Counter()
        self.asked, self.again = [], []
        self.extra, self.retries = 0.0, collections.defaultdict(list)
        self.estimated = self.told = 0.0
        self.past_p90 = self.context = 0.0
        for line in lines:
            if line["type"] == "decision":
                self.add(line, said.get(line["id"], {}), prices)

    def add(self, line, said, prices):
        expected = line["cost"]["expected"]
        again = said.get("model", line["model"]) != line["model"]
        source, spent, extra = "estimated", expected, 0.0
        if not again and "cost_usd" in said:
            source, spent = "reported", said["cost_usd"]
        elif not again and "usage" in said:
            source = "priced"
            spent = price(prices, line["model"], said["usage"], line["batch"]["asked"])
        if again:
            told = "cost_usd" in said
            extra = said["cost_usd"] if told else line["baseline"]["expected"]
            self.sources["reported" if told else "estimated"] += 1
        self.sources[source] += 1
        if source != "estimated":
            self.estimated += expected
            self.told += spent
        self.spent += spent + extra
        self.extra += extra
        hour = int(line["labels"]["at"][11:13])
        for key in (("tier", line["tier"]), ("model", line["model"]), ("hour", hour),
                    ("app", line["labels"]["app"]), ("team", line["labels"]["team"])):
            self.by[key] += spent + extra
            self.calls[key] += 1
        steps = [line["plain"][step] * spent / expected for step in STEPS] + [spent]
        parts = line["parts"]
        self.asked.append(steps)
        if line["reasked"] and line["session"]:
            self.again.append(steps)
        if line["session"] or parts["messages"] >= 3:
            self.retries[line["session"], line["prompt_hash"]].append(spent)
        over = said.get("usage", {}).get("output_tokens", 0) - line["output_tokens"]["p90"]
        if over > 0 and not again:
            self.past_p90 += over * line["rates"]["output"] / 1e6
        excess = parts["context_tokens"] - max(2000, 20 * parts["question_tokens"])
        self.context += max(0, excess) * line["rates"]["input"] / 1e6

    def bars(self):
        """What a line says to ask again is a penalty; the rest was asked once."""
        every, again = (list(map(sum, zip(*group))) if group else [0.0] * (len(STEPS) + 1)
                        for group in (self.asked, self.again))
        once = [a - b for a, b in zip(every, again)]
        changes = [after - before for before, after in zip(once, once[1:])]
        return [once[0], *changes, again[-1] + self.extra, every[-1] + self.extra]
