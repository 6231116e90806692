#!/usr/bin/env python3
"""Runs what is in daemon/examples against the real daemon of a build.

    python3 tests/examples/run.py --build DIR [--filter TEXT]

Each example is run as it stands in the tree; of configurations, the addresses in them
are replaced by free ones. Behind the examples is a stand-in for an LLM server, which
counts calls by model. Prints a line a test, then "N passed, N failed".
"""

import glob
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(os.path.dirname(HERE), "api")
sys.path[:0] = [HERE, API]
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)


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
    text = harness.start("the examples, run", ("tierd",))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    runner = harness.api_runner()
    return runner.finish(load(runner, text))


if __name__ == "__main__":
    sys.exit(main())
