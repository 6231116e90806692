#!/usr/bin/env python3
"""A made-up labelled log of any length, the same bytes for the same seed.

    python3 bench/shards/generate.py --rows 1000000 --seed 1 > big.jsonl

For measuring how `tier-train features` copes with long logs, not for learning from: the
words are the vocabulary's and made-up ones, prompts are as long as those of the training
data (a tenth below 10 words, half below 45, a tenth above 150, one in a hundred above
500), and how hard a prompt is goes by its template and length. Standard library only.
"""

import argparse
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = os.path.join(HERE, "..", "..", "classifier", "features", "vocabulary.txt")
MODELS = [("small", 0.0), ("medium", 0.8), ("large", 1.6)]  # tiers.json has them

# Task, how hard, and how it begins and ends around the words in between.
TEMPLATES = [
    ("chat", -1.5, "{} ", "?"),
    ("fact", -1.2, "What is the {} of ", "?"),
    ("translate", -0.8, "Translate into French, about {}: ", "."),
    ("summarise", -0.5, "Summarize this text on {} in three sentences.\n\n", ""),
    ("mail", -0.4, "Write a polite email about {}. Mention ", "."),
    ("exam", 0.4, "Question on {}: ", "\nA. {}\nB. {}\nC. {}\nD. {}"),
    ("code", 0.8, "Write a Python function `{}(x, n=3)` that handles ",
     ".\n\n```python\ndef f(x):\n    return x[0] + 17\n```"),
    ("maths", 1.2, "Prove that for all n > {}, 3n^2 + 7n is even. Use that ", "."),
    ("design", 1.5, "Design a system for {} step by step, and compare the trade-offs of ",
     ". It must serve 25000 requests a second with 99.9 % below 40 ms."),
]
SYLLABLES = ["ka", "lo", "mi", "ren", "ta", "vos", "per", "ni", "dul", "sha", "gor", "eth", "bri",
             "un", "qua", "zel", "for", "ma", "tis", "ob"]


def words():
    """The vocabulary's words, then made-up ones, with weights that fall as Zipf's do."""
    listed = []
    with open(VOCABULARY, encoding="utf-8") as file:
        for line in file:
            if line.strip() and line[0] not in "#[":
                listed += [word.replace("_", " ") for word in line.split()]
    listed = list(dict.fromkeys(listed))
    made = random.Random(7)  # of its own, so that the words do not hang on --seed
    while len(listed) < 20000:
        listed.append("".join(made.choices(SYLLABLES, k=made.randint(1, 4))))
    total, sums = 0.0, []
    for rank in range(len(listed)):
        total += 1 / (rank + 10)
        sums.append(total)
    return listed, sums


def row(chance, number, listed, sums):
    task, hardness, opening, closing = chance.choice(TEMPLATES)
    length = max(2, min(2000, int(chance.lognormvariate(3.8, 1.05))))
    text = chance.choices(listed, cum_weights=sums, k=length + 5)
    filled = opening.format(text[-1]) + " ".join(text[:length]) + closing.format(*text[-4:])
    difficulty = hardness + 0.4 * (length > 60) + chance.gauss(0, 0.7)
    outcomes = {}
    for model, ability in MODELS:
        score = round(min(1.0, max(0.0, 0.75 + 0.4 * (ability - difficulty) +
                                   chance.gauss(0, 0.15))), 6)
        outcomes[model] = {"score": score, "output_tokens": chance.randint(20, 60 + 8 * length)}
    return {"id": f"made/{number}", "task": "made/" + task, "prompt": filled,
            "outcomes": outcomes}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    chance = random.Random(wanted.seed)
    listed, sums = words()
    sys.stdout.reconfigure(encoding="utf-8")
    for number in range(wanted.rows):
        sys.stdout.write(json.dumps(row(chance, number, listed, sums), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
