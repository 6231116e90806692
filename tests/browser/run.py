#!/usr/bin/env python3
"""Runs the browser tests: pages of a build, opened in headless Chromium.

    python3 tests/browser/run.py --build DIR [--filter TEXT]

Prints a line a test, then what failed and why, then "N passed, N failed", as
tests/api/run.py does, whose way of telling results this borrows. Needs chromium and
chromedriver of the same version; of Python, the standard library.
"""

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

import driver  # noqa: E402 (found through the path above)
import harness  # noqa: E402


api_run = harness.api_runner()


def load(text):
    """All tests whose name holds text, grouped by class, which share a browser."""
    loader = unittest.TestLoader()
    chosen = unittest.TestSuite()
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # class fixtures look their module up there
        spec.loader.exec_module(module)
        for test in api_run.flatten(loader.loadTestsFromModule(module)):
            if text in test.id() or text in api_run.name_of(test):
                chosen.addTest(test)
    return chosen


def main():
    text = harness.start("browser tests of tierd's pages", ["tier-bench"])
    for program, package in zip(driver.find_programs(), ("chromium", "chromium-driver")):
        if program is None:
            sys.exit(f"{package} is not installed; try: apt-get install chromium chromium-driver")
    # A time limit's signal becomes Ctrl-C, upon which the browser is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return api_run.finish(load(text))


if __name__ == "__main__":
    sys.exit(main())
