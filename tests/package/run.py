#!/usr/bin/env python3
"""Runs the tests of what a package holds: units, the .deb on a clean root, manual, completion.

    python3 tests/package/run.py --build DIR [--filter TEXT]

Prints a line a test, then what failed and why, then "N passed, N failed". A test that
this machine cannot run is skipped with the reason; in CI that is a failure, but for those
that few machines can run. Standard library only.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(os.path.dirname(HERE), "api")
sys.path[:0] = [HERE, API]
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)

api_run = harness.api_runner()


class Result(api_run.Result):
    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if os.environ.get("CI") == "true" and not reason.startswith("optional:"):
            self.failed.append((str(test), f"skipped, which must not happen in CI: {reason}\n"))


def main():
    parser = argparse.ArgumentParser(description="Package tests of tierd")
    parser.add_argument("--build", required=True, metavar="DIR", help="where the programs are")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only tests with this in their name")
    arguments = parser.parse_args()
    harness.build = os.path.abspath(arguments.build)
    if not os.path.exists(harness.program("CPackConfig.cmake")):
        parser.error(f"no CPackConfig.cmake in {arguments.build}; build it first")
    api_run.HERE = HERE
    result = Result()
    api_run.load(arguments.filter).run(result)
    for name, trace in result.failed:
        print(f"\n--- {name}\n{trace}")
    print(f"{result.passed} passed, {len(result.failed)} failed")
    return 1 if result.failed or result.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
