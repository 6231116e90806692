#!/usr/bin/env python3
"""Runs daemon/examples/pool: several daemons of a build behind HAProxy, under load.

    python3 tests/pool/run.py --build DIR [--filter TEXT]

Prints a line a test, then "N passed, N failed".
"""

import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TESTS, "examples"), os.path.join(TESTS, "api")]
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)


def main():
    text = harness.start("a pool of daemons behind HAProxy", ("tierd", "tierctl"))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    runner = harness.api_runner()
    chosen = unittest.TestSuite()
    for test in runner.flatten(unittest.defaultTestLoader.loadTestsFromName("test_pool")):
        if text in runner.name_of(test):
            chosen.addTest(test)
    return runner.finish(chosen)


if __name__ == "__main__":
    sys.exit(main())
