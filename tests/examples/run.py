#!/usr/bin/env python3
"""Runs what is in daemon/examples against the real daemon of a build.

    python3 tests/examples/run.py --build DIR [--filter TEXT]

Each example is run as it stands in the tree; of configurations, the addresses in them
are replaced by free ones. Behind the examples is a stand-in for an LLM server, which
counts calls by model. Prints a line a test, then "N passed, N failed".
"""

import argparse
import glob
import importlib.util
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(os.path.dirname(HERE), "api")
sys.path[:0] = [HERE, API]
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)


def api_runner():
    """tests/api/run.py, whose name is this file's too."""
    spec = importlib.util.spec_from_file_location("api_run", os.path.join(API, "run.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(runner, text):
    loader = unittest.TestLoader()
    chosen = unittest.TestSuite()
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        module = os.path.splitext(os.path.basename(path))[0]
        for test in runner.flatten(loader.loadTestsFromName(module)):
            if text in runner.name_of(test):
                chosen.addTest(test)
    return chosen


def main():
    parser = argparse.ArgumentParser(description="the examples, run")
    parser.add_argument("--build", required=True, metavar="DIR", help="where the programs are")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only tests with this in their name")
    arguments = parser.parse_args()
    harness.build = os.path.abspath(arguments.build)
    if not os.access(harness.program("tierd"), os.X_OK):
        parser.error(f"no tierd in {arguments.build}; build it first")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    runner = api_runner()
    result = runner.Result()
    load(runner, arguments.filter).run(result)
    for name, trace in result.failed:
        print(f"\n--- {name}\n{trace}")
    print(f"{result.passed} passed, {len(result.failed)} failed")
    return 1 if result.failed or result.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
