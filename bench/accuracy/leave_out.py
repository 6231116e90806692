#!/usr/bin/env python3
"""Splits labelled logs for a test of novelty: what to train on, what is known, what is not.

    leave_out.py --data FILE... --out DIR
        (--lang CODE | --script non-latin | --task REGEX | --nothing)

Rows that match are left out of training: DIR/unseen. Of the others a fifth, by a hash of the
prompt, is held out as DIR/known, and the rest is DIR/train. Files keep their names.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import unicodedata

NON_LATIN_SHARE = 0.3  # of the letters: a Greek letter in a formula makes no Greek prompt


def text_of(row):
    """The prompt, or all text of the messages, parts included."""
    if "prompt" in row:
        return row["prompt"]
    parts = []
    for message in row.get("messages", []):
        content = message.get("content") or ""
        if isinstance(content, str):
            parts.append(content)
        else:
            parts += [part.get("text", "") for part in content if isinstance(part, dict)]
    return "\n".join(parts)


def is_non_latin(text):
    letters = [c for c in text if c.isalpha()]
    other = sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters if ord(c) > 127)
    return len(letters) > 0 and other >= NON_LATIN_SHARE * len(letters)


def matcher(options):
    """A row's predicate. A row without "lang" is never of the language asked for."""
    if options.nothing:
        return lambda row: False
    if options.lang:
        return lambda row: row.get("lang") == options.lang
    if options.script:
        return lambda row: is_non_latin(text_of(row))
    pattern = re.compile(options.task)
    return lambda row: bool(pattern.search(row.get("task", "")))


def held_out(row):
    """By the prompt, so that a prompt that occurs twice is on one side."""
    return hashlib.sha256(text_of(row).encode()).digest()[0] % 5 == 0


def split(path, out, left_out):
    """Writes the parts of one file that have rows; returns how many rows each has."""
    parts = {"train": [], "known": [], "unseen": []}
    with open(path, encoding="utf-8") as file:
        for line in filter(str.strip, file):
            row = json.loads(line)
            part = "unseen" if left_out(row) else "known" if held_out(row) else "train"
            parts[part].append(line if line.endswith("\n") else line + "\n")
    for part, lines in parts.items():
        if lines:
            os.makedirs(os.path.join(out, part), exist_ok=True)
            with open(os.path.join(out, part, os.path.basename(path)), "w", encoding="utf-8") as file:
                file.writelines(lines)
    return {part: len(lines) for part, lines in parts.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--lang")
    which.add_argument("--script", choices=["non-latin"])
    which.add_argument("--task", metavar="REGEX")
    which.add_argument("--nothing", action="store_true", help="only hold a fifth out")
    options = parser.parse_args()
    left_out, totals = matcher(options), {}
    for path in options.data:
        for part, rows in split(path, options.out, left_out).items():
            totals[part] = totals.get(part, 0) + rows
    print(f"leave_out.py: {totals}", file=sys.stderr)
    if not all(rows for part, rows in totals.items() if part != "unseen" or not options.nothing):
        sys.exit("leave_out.py: a part is empty; does any row match, and any not?")


if __name__ == "__main__":
    main()
