#!/usr/bin/env python3
"""Sums up which lines ran in a build that counts them (preset coverage).

    python3 tests/coverage.py --build DIR [--least FOLDER=PERCENT]... [--files]

Prints a table by folder, or with --files by file, and fails when a folder, with all
below it, stays under its least share of lines. gcovr reads the counts.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Runs while the tree is built, before anything is counted.
LEFT_OUT = r".*/vocabulary_gen\.c"
# A folder's headers are reached by links, see cmake/folder_library.cmake.
LINKS = re.compile(r"^.*/include/[a-z_]+/(?=classifier/|daemon/|bench/)")


def counted(build):
    """Of each source file, relative to the top of the tree: lines that ran, and lines."""
    done = subprocess.run(["gcovr", "--root", SOURCE, build, "--gcov-ignore-parse-errors",
                           "--exclude", LEFT_OUT, "--exclude", r"(.*/)?tests/.*", "--json-summary", "-"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("gcovr failed:\n" + done.stderr)
    return {LINKS.sub("", file["filename"]): (file["line_covered"], file["line_total"])
            for file in json.loads(done.stdout)["files"]}


def summed(files, name_of):
    sums = collections.defaultdict(lambda: [0, 0])
    for path, numbers in files.items():
        for i in (0, 1):
            sums[name_of(path)][i] += numbers[i]
    return sums


def percent(numbers):
    return 100 * numbers[0] / numbers[1] if numbers[1] else 0


def below(files, folder):
    """The sum of all files in and below a folder."""
    return summed({path: numbers for path, numbers in files.items() if path.startswith(folder + "/")},
                  lambda path: folder)[folder]


def main():
    parser = argparse.ArgumentParser(description="Line coverage of tierd's tests")
    parser.add_argument("--build", required=True, metavar="DIR")
    parser.add_argument("--least", action="append", default=[], metavar="FOLDER=PERCENT")
    parser.add_argument("--files", action="store_true", help="a line a file, not a folder")
    arguments = parser.parse_args()
    files = counted(os.path.abspath(arguments.build))
    print(f"{'':40} {'lines':>6} {'ran':>6}  percent")
    table = summed(files, (lambda path: path) if arguments.files else os.path.dirname)
    for name, (ran, lines) in sorted(table.items()):
        print(f"{name:40} {lines:6} {ran:6}  {percent((ran, lines)):6.1f}")
    failed = 0
    for folder, least in (item.split("=") for item in arguments.least):
        share = percent(below(files, folder))
        failed += share < float(least)
        print(f"{'ok  ' if share >= float(least) else 'FAIL'}  {folder}: {share:.1f} %, "
              f"at least {least} % wanted")
    print(f"{len(arguments.least) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
