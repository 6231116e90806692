#!/usr/bin/env python3
"""Runs the API tests: the real daemon of a build, over real sockets.

    python3 tests/api/run.py --build DIR [--filter TEXT]

Prints a line a test, then what failed and why, then "N passed, N failed".
Standard library, and jsonschema for what /openapi.json promises.
"""

import glob
import os
import signal
import sys
import time
import traceback
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)


def name_of(test):
    """test_http.Framing.test_lf becomes http.Framing.lf; a class that could not
    start or stop has a description instead."""
    return test.id().replace("test_", "") if isinstance(test, unittest.TestCase) else str(test)


class Result(unittest.TestResult):
    """A line a test. With sub-tests, a test passes when all of them do."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.failed = []
        self.started = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def _line(self, word, test):
        spent = time.monotonic() - self.started
        print(f"{word:4}  {name_of(test):60} {spent:6.2f} s", flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self._line("ok", test)

    def _add_failed(self, test, error):
        self.failed.append((name_of(test), "".join(traceback.format_exception(*error))))
        self._line("FAIL", test)

    def addFailure(self, test, err):
        self._add_failed(test, err)

    def addError(self, test, err):
        self._add_failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._add_failed(subtest, err)

    def addSkip(self, test, reason):
        self._line("skip", f"{name_of(test)}: {reason}")


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def load(text):
    """All tests of all files whose name holds text, still grouped by class, which
    share a daemon."""
    loader = unittest.TestLoader()
    chosen = unittest.TestSuite()
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        module = os.path.splitext(os.path.basename(path))[0]
        for test in flatten(loader.loadTestsFromName(module)):
            if text in test.id() or text in name_of(test):
                chosen.addTest(test)
    return chosen


def finish(tests):
    """Runs them and sums up; the exit status. No test at all is a failure, too."""
    result = Result()
    tests.run(result)
    for name, trace in result.failed:
        print(f"\n--- {name}\n{trace}")
    print(f"{result.passed} passed, {len(result.failed)} failed")
    return 1 if result.failed or result.passed == 0 else 0


def main():
    text = harness.start("API tests of tierd", ("tierd", "tierctl", "tier-train"))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return finish(load(text))


if __name__ == "__main__":
    sys.exit(main())
