"""Quality, cost and savings over rows, with bootstrap intervals.

Works on lists of (margin, cheap score, dear score, cheap cost, dear cost), one a prompt; the
margin is the model's for the cheap tier, and greater means that the cheap model will more
likely do. tests/loop/run.py makes them from tier-bench's predictions and the log's outcomes.
"""

import math
import random

QUALITY = 0.95  # the share of the dear model's quality that is to be kept
RESAMPLINGS = 400


def saving(rows):
    """The greatest share of the dear model's cost saved by a threshold on the margin that
    keeps QUALITY; between two thresholds, by tossing a coin for the two. The same as
    saving95 of tier-bench, which run.py holds it against."""
    rows = sorted(rows, key=lambda row: -row[0])
    always, wanted = sum(row[4] for row in rows), QUALITY * sum(row[2] for row in rows)
    quality, cost = sum(row[2] for row in rows), always
    least, at_quality, at_cost = always, quality, always
    for at, row in enumerate(rows):
        quality += row[1] - row[2]
        cost += row[3] - row[4]
        # A threshold cannot tell equal margins apart: a point closes a group of them.
        if at + 1 < len(rows) and rows[at + 1][0] == row[0]:
            continue
        if quality >= wanted:
            least = min(least, cost)
        if (quality >= wanted) != (at_quality >= wanted):
            part = (wanted - at_quality) / (quality - at_quality)
            least = min(least, at_cost + part * (cost - at_cost))
        at_quality, at_cost = quality, cost
    return 1 - least / always


def interval(values):
    """The middle 95 %."""
    values = sorted(values)
    return values[math.floor(0.025 * (len(values) - 1))], values[math.ceil(0.975 * (len(values) - 1))]


def resample(rows, draw):
    return [rows[draw.randrange(len(rows))] for _ in rows]


def with_interval(rows, measure, seed=1):
    draw = random.Random(seed)
    return (measure(rows), *interval([measure(resample(rows, draw)) for _ in range(RESAMPLINGS)]))


def difference(first, second, measure, paired, seed=1):
    """measure(second) less measure(first); paired when row i of both is the same prompt."""
    draw, values = random.Random(seed), []
    for _ in range(RESAMPLINGS):
        if paired:
            picked = [draw.randrange(len(first)) for _ in first]
            values.append(measure([second[i] for i in picked]) - measure([first[i] for i in picked]))
        else:
            values.append(measure(resample(second, draw)) - measure(resample(first, draw)))
    return (measure(second) - measure(first), *interval(values))


def kept(day):
    """What a day's answers scored, as a share of the dear model's scores on its prompts.
    A day's rows are (score, dear score, cost, dear cost) of what was really chosen."""
    return sum(row[0] for row in day) / sum(row[1] for row in day)


def spared(day):
    """The share of the dear model's cost that a day did not spend."""
    return 1 - sum(row[2] for row in day) / sum(row[3] for row in day)


def show(figure):
    return "{:.1%} [{:.1%}, {:.1%}]".format(*figure)
