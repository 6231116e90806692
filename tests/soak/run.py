#!/usr/bin/env python3
"""The soak: a daemon under a long mix of requests, hostile ones among them, with reloads
and rotations of its log all along.

    python3 tests/soak/run.py --build DIR [--requests N] [--seed S] [--under "valgrind ..."]

It passes when no request is lost, no answer is wrong, equal prompts were decided
equally by the same model and policy, each decision has its one line in the log, and the
daemon's memory has not grown by more than growth_max() since the warm-up. mix.py says
what is sent and client.py judges the answers. What is sent depends on the seed alone;
what happens at the same time does not. Standard library only.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))
sys.dont_write_bytecode = True

import client  # noqa: E402 (found through the path above)
import harness  # noqa: E402
import mix  # noqa: E402

CLIENTS = 3
EVENTS = 100  # reloads and rotations at least so far apart, in requests
EVENTS_MAX = 2000
# The decisions that feedback may come for, 65,536 of them, fill their table first. A run
# that is too short for that is allowed the table besides.
WARM_UP = 100000
GROWTH_KIB_MAX = 2048  # a leak of 64 bytes a request is 50 MiB in a million
TABLE_KIB = 10240
OPTIONS = ["--threads=2", "--session-table-bytes=256K", "--header-timeout=1500ms", "--body-timeout=1500ms",
           f"--body-bytes-max={mix.BODY_BYTES_MAX}", "--core-dumps"]


class Soak:

    def __init__(self, requests, seed, under):
        self.requests, self.seed, self.under = requests, seed, under.split()
        self.place = harness.Directory()
        self.catalog = self.place.join("catalog.json")
        self.log = self.place.join("decisions.jsonl")
        self.memory = []  # (requests done, KiB)
        self.wrong = []
        self.logged, self.feedback = set(), 0
        self.reloads = self.refused = self.rotations = 0
        self.put_catalog(0)

    def complain(self, *what):
        self.wrong.append(" ".join(str(item) for item in what))

    # ------------------------------------------------------------ what happens meanwhile

    def put_catalog(self, number):
        """Another version, of the same content; or no catalogue at all."""
        with open(harness.CATALOG, "rb") as file:
            text = file.read()
        new = self.place.write("new", b"{" if number is None else text + b"\n" * number)
        os.rename(new, self.catalog)

    def reload(self, daemon, number):
        """Every fifth of them finds a broken catalogue, and changes nothing."""
        broken = number % 5 == 4
        self.put_catalog(None if broken else number % 3)
        daemon.send_signal(signal.SIGHUP)
        if broken:
            self.refused += 1
            daemon.wait_for("nothing changed: ", self.refused)
        else:
            self.reloads += 1
            daemon.wait_for("tierd: reloaded (", self.reloads)

    def rotate(self, daemon):
        """The log is renamed; the daemon begins a new one when it is told so."""
        old = self.log + ".old"
        os.rename(self.log, old)
        daemon.process.send_signal(signal.SIGUSR1)
        self.rotations += 1
        for _ in range(10000):
            if os.path.exists(self.log):
                return self.take_log(old)
            daemon.check()
            daemon.get("/healthz")  # takes a moment, and it has to answer
        raise AssertionError("no new log after SIGUSR1")

    def take_log(self, path):
        """Every line is whole, and no decision has two."""
        with open(path, "rb") as file:
            for data in file:
                line = json.loads(data)
                if line["type"] == "feedback":
                    self.feedback += 1
                elif line["id"] in self.logged:
                    self.complain("two lines in the log for", line["id"])
                else:
                    self.logged.add(line["id"])
        os.remove(path)

    # ------------------------------------------------------------ the run

    def start_clients(self, path):
        """Forked before there are threads to lose."""
        self.progress = multiprocessing.Value("q", 0)
        self.results = multiprocessing.Queue()
        shares = [self.requests // CLIENTS + (i < self.requests % CLIENTS) for i in range(CLIENTS)]
        return [multiprocessing.Process(target=client.run, daemon=True, args=(
            path, (self.seed << 8) + i, share, self.place.join(f"ids.{i}"), self.progress, self.results))
            for i, share in enumerate(shares)]

    def attend(self, daemon, clients):
        """Reloads, rotates and measures while the clients ask."""
        step = max(EVENTS, self.requests // EVENTS_MAX)
        number, sampled = 0, 0
        while any(process.is_alive() for process in clients) and self.results.qsize() < CLIENTS:
            multiprocessing.connection.wait([process.sentinel for process in clients], 0.02)
            daemon.check()
            done = self.progress.value
            if done >= (number + 1) * step:
                number = done // step
                self.reload(daemon, self.reloads + self.refused)
                if self.reloads % 4 == 0:
                    self.rotate(daemon)
            if done * 20 // self.requests > sampled:
                sampled = done * 20 // self.requests
                self.memory.append((done, daemon.memory_kib()))

    def run(self):
        clients = self.start_clients(self.place.join("d.sock"))
        daemon = self.start_daemon()
        try:
            daemon.wait_ready()
            for process in clients:
                process.start()
            self.attend(daemon, clients)
            reports = [self.results.get(timeout=harness.PATIENCE_S) for _ in clients]
            for process in clients:
                process.join(harness.PATIENCE_S)
            self.memory.append((self.progress.value, daemon.memory_kib()))
            dropped = self.metric(daemon, "tierd_log_lines_dropped_total")
            daemon.stop()
        finally:
            for process in clients:
                if process.is_alive():
                    process.kill()
            if daemon.process.poll() is None:
                daemon.kill()
        self.take_log(self.log)
        self.judge(reports, dropped)
        return reports

    def start_daemon(self):
        """Under a checker it is slower, has no sandbox, and its memory is not its own."""
        real, under = harness.subprocess.Popen, self.under

        def checked(arguments, **kinds):
            return real([*under, *arguments], **kinds)

        harness.subprocess.Popen = checked
        try:
            return harness.Daemon("--decision-log", self.log, "--state-dir", self.place.path, *OPTIONS,
                                  *(["--sandbox=off"] if under else []), directory=self.place,
                                  catalog=self.catalog)
        finally:
            harness.subprocess.Popen = real

    def metric(self, daemon, name):
        text = daemon.get("/metrics").body.decode()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name + " "))

    # ------------------------------------------------------------ judging

    def judge(self, reports, dropped):
        for report in reports:
            self.wrong += report["wrong"]
        answered = []
        for i in range(CLIENTS):
            with open(self.place.join(f"ids.{i}")) as file:
                answered += file.read().split()
        if len(set(answered)) != len(answered):
            self.complain(len(answered) - len(set(answered)), "ids were given twice")
        unlogged = set(answered) - self.logged
        if unlogged:
            self.complain(len(unlogged), "decisions have no line in the log, such as", min(unlogged))
        # Who left may have been decided for.
        extra = len(self.logged) - len(set(answered)) + len(unlogged)
        if extra > sum(report["abandoned"] for report in reports):
            self.complain(extra, "lines in the log that nobody was answered")
        fed = sum(report["feedback"] for report in reports)
        if self.feedback != fed:
            self.complain(fed, "feedbacks were accepted,", self.feedback, "are in the log")
        if dropped:
            self.complain(dropped, "lines were dropped from the log")
        # A sanitizer, too, keeps what was freed for a while.
        watched = self.under or harness.is_sanitized()
        if self.growth() > self.growth_max() and not watched:
            self.complain("memory grew by", self.growth(), "KiB, at most", self.growth_max(), "are allowed")

    def growth(self):
        """From the end of the warm-up to the highest measured after it."""
        warm = [kib for done, kib in self.memory if done >= min(WARM_UP, self.requests // 2)]
        return max(warm) - warm[0]

    def growth_max(self):
        return GROWTH_KIB_MAX + (TABLE_KIB if self.requests < 2 * WARM_UP else 0)

    def tell(self, reports):
        counts = {}
        for report in reports:
            for kind, count in report["counts"].items():
                counts[kind] = counts.get(kind, 0) + count
        lost, wrong = counts.pop("lost", 0), counts.pop("wrong", 0)
        print(f"requests   {self.requests}, seed {self.seed}: " +
              ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts)))
        print(f"decisions  {sum(report['decisions'] for report in reports)}, {len(self.logged)} lines in the log "
              f"({self.feedback} more of feedback)")
        print(f"meanwhile  {self.reloads} reloads, {self.refused} refused ones, {self.rotations} new logs")
        print("memory     " + ", ".join(f"{kib // 1024}" for _, kib in self.memory) +
              f" MiB; {self.growth()} KiB more after the warm-up, at most {self.growth_max()}")
        print(f"lost       {lost}\nwrong      {wrong}")
        for text in self.wrong:
            print("  " + text)


def main():
    parser = argparse.ArgumentParser(description="A long mix of requests, with reloads")
    parser.add_argument("--build", required=True, metavar="DIR")
    parser.add_argument("--requests", type=int, default=1000000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--under", default="", metavar="COMMAND",
                        help="run the daemon under this checker; memory is not judged then")
    arguments = parser.parse_args()
    if arguments.requests < 1000:
        parser.error(f"--requests is {arguments.requests}, expected 1000 or more")
    harness.build = os.path.abspath(arguments.build)
    if not os.path.exists(harness.program("tierd")):
        parser.error(f"no tierd in {arguments.build}; build it first")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    soak = Soak(arguments.requests, arguments.seed, arguments.under)
    try:
        soak.tell(soak.run())
    finally:
        soak.place.remove()
    print(f"{int(not soak.wrong)} passed, {len(soak.wrong)} failed")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
