#!/usr/bin/env python3
"""The table of ratios: tierd beside tierd-null, on this machine, in one go.

    python3 bench/load/ratios.py [--build DIR] [--runs N] [--seconds S] [--out FILE]

Prints markdown. Absolute times depend on the machine; what a decision costs next to
an answer that needs no decision depends on it much less. So both servers run side by
side, the runs alternate between them, and medians are compared.

Each server is pinned to CPU 0 and the client to CPU 1. The figures come from
`tier-bench load`, `startup` and `micro`; this file only starts them and divides.
On a machine that is shared, a run in which other programs took more than DISTURBED of
the CPU time is made again until --patience seconds have passed since the start; the
report says how many disturbed runs it had to keep. Standard library only.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SERVER_CPU, CLIENT_CPU, SECOND_CPU = "0", "1", "0,1"
START_S = 30       # before a server that does not get ready is given up
RELOAD_EVERY_S = 0.2
DISTURBED = 0.05   # share of all CPU time
QUIET_S = 0.2      # how long to look whether others are at work
GENERATE = "--generate=1000"
# CPU a decision of two routers by lists of keywords, called in their own process and so
# without a socket, on a machine where the null server took NULL_THERE_US.
KEYWORD_ROUTERS_US = {"JavaScript": 326, "Python": 1098}
NULL_THERE_US = 8.0


class Server:
    """A running server on a Unix socket, pinned to CPUs."""

    def __init__(self, name, command, path, cpus):
        self.name, self.path = name, path
        self.process = subprocess.Popen(pinned(cpus, command + ["--socket", path]),
                                        stderr=subprocess.PIPE, text=True)
        timer = threading.Timer(START_S, self.process.kill)
        timer.start()
        line = self.process.stderr.readline()
        timer.cancel()
        if "ready on" not in line:
            sys.exit(f"ratios: {' '.join(command)} did not start: {line.strip()}")
        # What it says later must not fill the pipe and stop it.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def reloads(self):
        """Does it catch SIGHUP? One that does not would end by it."""
        with open(f"/proc/{self.process.pid}/status") as status:
            caught = int(re.search(r"SigCgt:\s+([0-9a-f]+)", status.read())[1], 16)
        return caught >> (signal.SIGHUP - 1) & 1 == 1

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pinned(cpus, command):
    """The command under taskset, where there is more than one CPU."""
    return ["taskset", "-c", cpus, *command] if os.cpu_count() > 1 else command


def busy_s():
    """CPU time that all programs of the machine have taken so far."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def ours_s(server):
    """CPU time that the server and all children that have ended have taken."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = ended.ru_utime + ended.ru_stime + time.process_time()
    if server:
        for thread in os.listdir(f"/proc/{server.process.pid}/task"):
            with open(f"/proc/{server.process.pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0]) / 1e9
    return total


class Watch:
    """Which share of the machine others took since it was made."""

    def __init__(self, server=None):
        self.server, self.begun = server, time.monotonic()
        self.busy, self.ours = busy_s(), ours_s(server)

    def others(self):
        spent = time.monotonic() - self.begun
        others = busy_s() - self.busy - (ours_s(self.server) - self.ours)
        return max(0.0, others / (spent * os.cpu_count()))


class Bench:
    """What all measurements need: where the programs are, and how long to measure."""

    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.give_up = time.monotonic() + options.patience
        self.runs = self.disturbed = 0

    def patient(self):
        return time.monotonic() < self.give_up

    def wait_quiet(self):
        """Returns when others leave the machine alone, or patience is over."""
        while self.patient():
            watch = Watch()
            time.sleep(QUIET_S)
            if watch.others() <= DISTURBED:
                return

    def undisturbed(self, run, server=None):
        """What run() returns, once nothing else was at work meanwhile or patience is over."""
        while True:
            self.wait_quiet()
            watch = Watch(server)
            result = run()
            result["others"] = watch.others()
            if result["others"] <= DISTURBED or not self.patient():
                break
        self.runs += 1
        self.disturbed += result["others"] > DISTURBED
        return result

    def program(self, name):
        return os.path.join(self.options.build, name)

    def tierd(self, threads):
        return [self.program("tierd"), "--allow-root", "--model", "models/default.tier", "--catalog",
                "models/catalog.json", "--threads", str(threads)]

    def null(self):
        return [self.program("tierd-null")]

    def path(self, name):
        return os.path.join(self.directory, name + ".sock")

    @contextlib.contextmanager
    def serve(self, name, command, cpus):
        server = Server(name, command, self.path(name), cpus)
        try:
            yield server
        finally:
            server.stop()

    def ask(self, cpus, *arguments):
        """One run of tier-bench; its JSON."""
        done = subprocess.run(pinned(cpus, [self.program("tier-bench"), *arguments]),
                              stdout=subprocess.PIPE, check=False)
        if not done.stdout:
            sys.exit(f"ratios: tier-bench {' '.join(arguments)} ended with {done.returncode}")
        return json.loads(done.stdout)

    def load(self, server, *arguments, cpus=CLIENT_CPU):
        result = self.ask(cpus, "load", "--json", "--socket", server.path, "--server-pid",
                          str(server.process.pid), f"--duration={self.options.seconds}",
                          "--warmup=0.3", *arguments)
        if result["statuses"].get("200") != result["requests"]:
            print(f"ratios: {server.name}: not all answers are good: {result}", file=sys.stderr)
        return result

    def alternate(self, servers, *arguments, cpus=CLIENT_CPU):
        """Runs the load on each server in turn; a list of results by server."""
        print("ratios:", *arguments, file=sys.stderr)
        results = [[] for _ in servers]
        for _ in range(self.options.runs):
            for server, got in zip(servers, results):
                got.append(self.undisturbed(
                    lambda s=server: self.load(s, *arguments, cpus=cpus), server))
        return results


def median(results, *keys):
    def value(result):
        for key in keys:
            result = result[key]
        return result
    return statistics.median(value(result) for result in results)


class Table:
    """Rows of what, tierd, null, the ratio or other figure, its bar, whether it holds, and
    what share of the CPU time others took in the runs that it comes from."""

    def __init__(self):
        self.rows = []

    def add(self, what, tierd, null, figure, bar, holds, runs):
        others = statistics.median(run["others"] for run in runs)
        self.rows.append((what, tierd, null, figure, bar, "yes" if holds else "**no**",
                          f"{others:.0%}"))

    def note(self, what, bar, why):
        self.rows.append((what, "", "", "not measured: " + why, bar, "", ""))

    def print(self, out):
        print("| what | tierd | null | figure | bar | holds | others |", file=out)
        print("| --- | --- | --- | --- | --- | --- | --- |", file=out)
        for row in self.rows:
            print("| " + " | ".join(row) + " |", file=out)


def cpu_row(table, what, tierd, null, most):
    a, b = median(tierd, "server_cpu_us"), median(null, "server_cpu_us")
    table.add(what, f"{a:.1f} us", f"{b:.1f} us", f"{a / b:.2f}x", f"at most {most}x",
              a / b <= most, tierd + null)


def closed_rows(bench, table, tierd, null):
    # A client that sleeps has to be woken by the server's write, which here takes longer
    # than the rest of it. Only the slower server meets a sleeping client, so that the
    # ratio would be of wake-ups; this one has a CPU of its own to poll on.
    a, b = bench.alternate((tierd, null), "--connections=64", "--poll", GENERATE)
    cpu_row(table, "server CPU a decision, 64 connections", a, b, 3.5)
    x, y = median(a, "answers_per_s"), median(b, "answers_per_s")
    one_a, one_b = bench.alternate((tierd, null), "--connections=1", GENERATE, cpus=SERVER_CPU)
    cpu_row(table, "server CPU a decision, one connection, client on the same core", one_a, one_b,
            2.0)
    keyword_rows(table, one_a, one_b)
    table.add("throughput of one loop, 64 connections", f"{x:,.0f}/s", f"{y:,.0f}/s",
              f"{x / y:.2f}x", "at least 0.3x", x / y >= 0.3, a + b)


def keyword_rows(table, tierd, null):
    a, b = median(tierd, "server_cpu_us"), median(null, "server_cpu_us")
    for language, there in KEYWORD_ROUTERS_US.items():
        here = there * b / NULL_THERE_US
        table.add(f"the same against a keyword router in {language} within its own process "
                  f"({there:,} us where null takes {NULL_THERE_US} us)", f"{a:.1f} us",
                  f"{b:.1f} us", f"{here / a:.1f}x less than {here:,.0f} us", "at least 15x",
                  here / a >= 15, tierd + null)


def loops_row(bench, table, tierd):
    what, bar = "throughput of two loops against one, 64 connections", "at least 1.6x"
    if os.cpu_count() < 2:
        table.note(what, bar, "one CPU")
        return
    client = "2" if os.cpu_count() > 2 else CLIENT_CPU
    if client == CLIENT_CPU:
        what += " (2 CPUs: the client takes its share of the second one)"
    with bench.serve("two", bench.tierd(2), SECOND_CPU) as two:
        a, b = bench.alternate((two, tierd), "--connections=64", GENERATE, cpus=client)
    x, y = median(a, "answers_per_s"), median(b, "answers_per_s")
    table.add(what, f"{x:,.0f}/s", f"{y:,.0f}/s (tierd, one loop)", f"{x / y:.2f}x", bar,
              x / y >= 1.6, a + b)


def open_rows(bench, table, tierd, null):
    for rate in 1000, 5000, 20000:
        a, b = bench.alternate((tierd, null), f"--rate={rate}", "--connections=64", GENERATE)
        x, y = median(a, "latency_us", "p50"), median(b, "latency_us", "p50")
        table.add(f"open loop, {rate:,}/s, p50", f"{x:.0f} us", f"{y:.0f} us",
                  f"null {x - y:+.0f} us", "at most null +40 us", x - y <= 40,
                  a + b)
        x, y = median(a, "latency_us", "p99"), median(b, "latency_us", "p99")
        table.add(f"open loop, {rate:,}/s, p99", f"{x:.0f} us", f"{y:.0f} us", f"{x / y:.2f}x",
                  "at most 3x", x <= 3 * y, a + b)


def long_row(bench, table, tierd, null):
    a, b = bench.alternate((tierd, null), "--connections=64", "--poll", "--body-bytes=50000")
    cpu_row(table, "server CPU a decision, prompt of 50 KB, 64 connections", a, b, 14)


def micro_rows(bench, table):
    print("ratios: micro", file=sys.stderr)
    result = bench.undisturbed(lambda: bench.ask(SERVER_CPU, "micro", "--json", "--runs=21",
                                                 "--run-ms=3"))
    for row in result["scorers"]:
        table.add(f"scorer against libsvm, {row['kernel']}, {row['vectors']:,} vectors; "
                  "probabilities differ by at most", f"{row['ours_ns']:,.0f} ns",
                  f"{row['libsvm_ns']:,.0f} ns (libsvm)",
                  f"{row['ratio']:,.1f}x faster; {row['difference']:.0e}",
                  "at least 25x; 2e-4", row["ratio"] >= 25 and row["difference"] <= 2e-4,
                  [result])
    gigabytes = next(row["bytes_per_s"] for row in result["stages"]
                     if (row["stage"], row["prompt_bytes"]) == ("features", 50000)) / 1e9
    # Of a question so long both ends are read: classifier/features/features.h.
    table.add("feature pass over 50 KB, 12 KB of them read",
              f"{gigabytes * 12288 / 50000:.2f} GB/s read", "", f"{gigabytes:.2f} GB/s",
              "at least 0.5 GB/s", gigabytes >= 0.5, [result])


def startup_rows(bench, table):
    print("ratios: startup", file=sys.stderr)

    def start(command):
        path = bench.path("s")
        return bench.undisturbed(lambda: bench.ask(
            CLIENT_CPU, "startup", "--json", "--socket", path, "--",
            *pinned(SERVER_CPU, command), "--socket", path))

    tierd, null = start(bench.tierd(1)), start(bench.null())
    x, y = tierd["resident_kib"] / 1024, null["resident_kib"] / 1024
    table.add("resident memory, 64 connections open", f"{x:.1f} MB", f"{y:.1f} MB", f"{x:.1f} MB",
              "at most 12 MB", x <= 12, [tierd, null])
    x, y = tierd["first_answer_ms"]["median"], null["first_answer_ms"]["median"]
    table.add("exec to first answer", f"{x:.1f} ms", f"{y:.1f} ms", f"{x:.1f} ms", "at most 30 ms",
              x <= 30, [tierd, null])


def reload_row(bench, table, tierd):
    what, bar = "p99 at 5,000/s while reloading every 200 ms", "at most 1.5 ms"
    if not tierd.reloads():
        table.note(what, bar, "tierd does not reload on SIGHUP yet")
        return
    print("ratios: reload", file=sys.stderr)
    over = threading.Event()

    def reload():
        while not over.wait(RELOAD_EVERY_S):
            tierd.process.send_signal(signal.SIGHUP)

    thread = threading.Thread(target=reload)
    thread.start()
    runs = [bench.undisturbed(
        lambda: bench.load(tierd, "--rate=5000", "--connections=64", GENERATE), tierd)
            for _ in range(bench.options.runs)]
    over.set()
    thread.join()
    p99_ms = median(runs, "latency_us", "p99") / 1000
    table.add(what, f"{p99_ms:.2f} ms", "", f"{p99_ms:.2f} ms", bar, p99_ms <= 1.5,
              runs)


def cpu_name():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*:\s*(.+)", file.read())
    return found[1] if found else platform.machine()


def print_report(bench, table, out):
    options = bench.options
    today = datetime.datetime.now(datetime.timezone.utc).date()
    print(f"{today}, {os.cpu_count()} CPUs ({cpu_name()}), Linux {platform.release()}; medians of "
          f"{options.runs} alternating runs of {options.seconds:g} s after 0.3 s of warm-up each; "
          "generated prompts of 445 bytes on average, over a Unix socket.\n", file=out)
    if bench.disturbed:
        print(f"Other programs were at work: in {bench.disturbed} of {bench.runs} runs they took "
              f"more than {DISTURBED:.0%} of the CPU time. The last column says how much they took "
              "of each row's runs (median). Latencies, throughput and start-up suffer most.\n",
              file=out)
    if os.cpu_count() < 2:
        print("Only one CPU: servers and client share it, so that latencies and throughput are "
              "not to be trusted.\n", file=out)
    table.print(out)


def measure(bench):
    table = Table()
    with bench.serve("tierd", bench.tierd(1), SERVER_CPU) as tierd, \
            bench.serve("null", bench.null(), SERVER_CPU) as null:
        closed_rows(bench, table, tierd, null)
        loops_row(bench, table, tierd)
        open_rows(bench, table, tierd, null)
        long_row(bench, table, tierd, null)
        micro_rows(bench, table)
        startup_rows(bench, table)
        reload_row(bench, table, tierd)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", default="build", help="where the programs are (default build)")
    parser.add_argument("--runs", type=int, default=5, help="of each server (default 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run (default 2)")
    parser.add_argument("--patience", type=float, default=120,
                        help="seconds from the start to wait for a quiet machine and repeat "
                             "disturbed runs (default 120)")
    parser.add_argument("--out", help="write the table to this file")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    out = open(options.out, "w") if options.out else sys.stdout
    with tempfile.TemporaryDirectory(prefix="ratios-") as directory:
        bench = Bench(options, directory)
        table = measure(bench)
        print_report(bench, table, out)


if __name__ == "__main__":
    main()
