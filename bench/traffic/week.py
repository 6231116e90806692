#!/usr/bin/env python3
"""A simulated week through the real daemon, its report, and whether the sums agree.

    ./dev bench --week [--requests N] [--seed N] [--out DIR]

Starts a tierd of its own, sends it what traffic.py makes, ends it, and has tierctl report
over the log. Then every sum of the report (spent, each bar of the waterfall, each tier,
model, hour and label) is held against sums.py's, to the cent, and the page is opened in
headless Chromium: it must show what was spent, ask for nothing and complain of nothing.
Prints what it saw and ends with 1 if anything differs. The log and the page stay in DIR
(default build/week). Standard library only; the browser is that of tests/browser.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(SOURCE, "tests", "api"), os.path.join(SOURCE, "tests", "browser")]
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)
import sums  # noqa: E402
import traffic  # noqa: E402
from driver import Browser, find_programs  # noqa: E402


class Place(harness.Directory):
    """A directory that stays, for people to look at what came out."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path, exist_ok=True)


class Checks:
    """Counts what was compared, and keeps what differs."""

    def __init__(self):
        self.compared, self.greatest, self.differ = 0, 0.0, []

    def usd(self, what, shown, expected):
        difference = abs(shown - expected)
        self.compared += 1
        self.greatest = max(self.greatest, difference)
        if not difference < sums.CENT:
            self.differ.append(f"{what}: the report has {shown}, the sum over the log {expected}")

    def same(self, what, shown, expected):
        self.compared += 1
        if shown != expected:
            self.differ.append(f"{what}: {shown!r} instead of {expected!r}")


def write_log(place, requests, seed, days):
    """The decisions of a week and the feedback on them; gives the log's path."""
    # What an earlier week taught the daemon must not change this one.
    shutil.rmtree(place.join("state"), ignore_errors=True)
    os.makedirs(place.join("state"))
    log = place.join("week.jsonl")
    if os.path.exists(log):
        os.remove(log)
    daemon = harness.Daemon("--decision-log", log, "--state-dir", place.join("state"),
                            directory=place).wait_ready()
    try:
        begun = time.monotonic()
        decided, told = traffic.simulate(daemon.path, requests, seed, days)
        seconds = time.monotonic() - begun
    except BaseException:
        daemon.kill()
        raise
    daemon.stop()
    print(f"{decided:,} decided, {told:,} with feedback, in {seconds:.0f} s; "
          f"the log has {os.path.getsize(log) / 1e6:.0f} MB")
    return log, decided, told


def make_report(log, page):
    begun = time.monotonic()
    done = subprocess.run([harness.program("tierctl"), "report", "--json", "--time-label", "at",
                           "--catalog", harness.CATALOG, "--out", page, log],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"week: tierctl report ended with {done.returncode}: {done.stderr}")
    print(f"reported in {time.monotonic() - begun:.0f} s")
    return json.loads(done.stdout)


def compare(checks, report, expected):
    """Every sum of the report that sums.py has too."""
    checks.usd("spent", report["spent"]["usd"], expected.spent)
    for source in ("reported", "priced", "estimated"):
        checks.same(f"calls {source}", report["spent"][source]["calls"], expected.sources[source])
    for bar, usd in zip(report["waterfall"]["bars"], expected.bars()):
        checks.usd(f"waterfall, {bar['code']}", bar["usd"], usd)
    lists = {"tier": report["tiers"], "model": report["models"], **report["labels"]}
    for kind, rows in lists.items():
        for row in rows:
            checks.usd(f"{kind} {row['name']}", row["usd"], expected.by[kind, row["name"]])
            checks.same(f"calls of {kind} {row['name']}", row["calls"],
                        expected.calls[kind, row["name"]])
    for row in report["hours"]:
        checks.usd(f"hour {row['hour']}", row["usd"], expected.by["hour", row["hour"]])


def open_page(checks, page, usd):
    """The page as a browser has it: its lead, its console, what it asked for."""
    if None in find_programs():
        checks.differ.append("the page was not opened: chromium and chromium-driver are missing")
        return
    address = "file://" + page
    with Browser() as browser:
        browser.emulate(1280)
        browser.open(address)
        lead = browser.run("return document.querySelector('.lead').innerText")
        checks.same("what the page begins with", lead[:len(f"${usd:,.2f} spent")],
                    f"${usd:,.2f} spent")
        checks.same("the console", [entry["message"] for entry in browser.log("browser")], [])
        checks.same("requests elsewhere", [url for url in browser.requests()
                                           if not url.startswith((address, "about:", "data:"))], [])
        browser.screenshot(os.path.splitext(page)[0] + ".png")
    print(f"the page says: {lead}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, metavar="DIR", help="where the programs are")
    parser.add_argument("--requests", type=int, default=200000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--days", type=float, default=7, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="for log and page (default BUILD/week)")
    arguments = parser.parse_args()
    harness.build = os.path.abspath(arguments.build)
    place = Place(os.path.abspath(arguments.out or os.path.join(arguments.build, "week")))
    checks = Checks()
    log, decided, told = write_log(place, arguments.requests, arguments.seed, arguments.days)
    page = place.join("week.html")
    report = make_report(log, page)
    checks.same("requests decided", decided, arguments.requests)
    checks.same("decisions in the report", report["lines"]["decisions"], decided)
    checks.same("feedback in the report", report["lines"]["feedback"], told)
    compare(checks, report, sums.Expected(sums.Lines(log), harness.CATALOG))
    open_page(checks, page, report["spent"]["usd"])
    for bar in report["waterfall"]["bars"]:
        print(f"  {bar['code']:12} {bar['usd']:12,.2f} USD")
    print(f"{checks.compared} figures compared, those in USD differ by {checks.greatest:.1g} at most")
    for difference in checks.differ:
        print(f"DIFFERS  {difference}")
    sys.exit(1 if checks.differ else 0)


if __name__ == "__main__":
    main()
