#!/usr/bin/env python3
"""Counts what one request takes of the system, once the daemon is warm: allocations of
the whole process, and system calls.

    python3 tests/fault/thrift.py --build DIR [--filter TEXT]

Prints a line a kind of request, then "N passed, N failed". The bounds are what holds; to
lower them is welcome, to exceed them a failure. faults.c counts the allocations, strace
the calls; where strace may not trace, or is not there, that part is skipped.
"""

import collections
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import run as fault  # noqa: E402 (found through the path above)
from harness import Daemon  # noqa: E402

harness = fault.harness
NEVER = 1 << 60  # allocations are counted while one of them is to fail
WARM_UP, REQUESTS = 300, 2000
PROMPT = harness.post({"prompt": "What is the capital of Mongolia?"})
CHAT = harness.post(fault.CHAT)
LONG = harness.post({"prompt": "Why is the sky blue? " * 500})
OPTIONS = ["--threads=1", "--core-dumps"]

# At most so many a request, with room for what happens by the clock.
ALLOCS_MAX = {"prompt": 0.01, "chat": 0.01, "long": 0.01}
CALLS_MAX = 3.05  # to wait, to read, to write
CALLS = {"epoll_wait", "epoll_pwait", "read", "recvmsg", "recvfrom", "write", "writev", "sendmsg", "sendto"}


class Skipped(Exception):
    pass


def ask(wire, data, times):
    for _ in range(times):
        wire.send(data)
        fault.insist(wire.read().status == 200)


def count_allocations(name, data):
    with fault.Victim(*OPTIONS, allocator=True) as daemon:
        with daemon.connect() as wire:
            ask(wire, data, WARM_UP)
            daemon.page.calm()
            daemon.page.alloc_at = NEVER
            ask(wire, data, REQUESTS)
            each = daemon.page.allocs / REQUESTS
    fault.insist(each <= ALLOCS_MAX[name], f"{each:.3f} allocations a request, at most {ALLOCS_MAX[name]}")
    return f"{each:.3f} a request (at most {ALLOCS_MAX[name]})"


class Traced(Daemon):
    """A daemon under strace, which writes its count into a file."""

    def __init__(self, counts, *options):
        real = subprocess.Popen

        def traced(arguments, **kinds):
            return real(["strace", "-f", "-c", "-S", "calls", "-o", counts, *arguments], **kinds)

        harness.subprocess.Popen = traced
        try:
            super().__init__(*options)
        finally:
            harness.subprocess.Popen = real

    def end(self):
        """strace passes no signal on; its child is to get it."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            os.kill(int(file.read().split()[0]), harness.signal.SIGTERM)
        self.stop(0)


def traced_calls(data, times):
    """Calls by name of a daemon's whole life with so many requests."""
    with tempfile.NamedTemporaryFile("r") as counts:
        daemon = Traced(counts.name, *OPTIONS)
        daemon.wait_ready()
        with daemon.connect() as wire:
            ask(wire, data, times)
        daemon.end()
        rows = [line.split() for line in counts.read().splitlines()]
    return collections.Counter({row[-1]: int(row[3]) for row in rows
                                if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"})


def can_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-f", "-c", "-o", "/dev/null", "true"],
                                                     capture_output=True, check=False).returncode == 0


def count_calls(data):
    if not can_trace():
        raise Skipped("strace is not there, or not permitted to trace")
    if harness.is_sanitized():
        raise Skipped("a sanitizer makes calls of its own")
    more = traced_calls(data, WARM_UP + REQUESTS)
    more.subtract(traced_calls(data, WARM_UP))
    each = {name: count / REQUESTS for name, count in more.items() if abs(count) > REQUESTS // 100}
    text = ", ".join(f"{name} {count:.2f}" for name, count in sorted(each.items()))
    fault.insist(set(each) <= CALLS, "calls beyond read and write:", text)
    fault.insist(sum(each.values()) <= CALLS_MAX, "more than", CALLS_MAX, "calls a request:", text)
    return text + " a request"


def checks():
    for name, data in ("prompt", PROMPT), ("chat", CHAT), ("long", LONG):
        yield f"allocations: {name}", lambda name=name, data=data: count_allocations(name, data)
        yield f"system calls: {name}", lambda data=data: count_calls(data)


def main():
    text = harness.start("What a request takes of the system", ("tierd", "tests/libfaults.so"), "checks")
    passed = failed = 0
    for name, check in checks():
        if text not in name:
            continue
        try:
            print(f"ok    {name:24} {check()}", flush=True)
            passed += 1
        except Skipped as why:
            print(f"skip  {name:24} {why}", flush=True)
        except Exception as error:  # the other checks are still of interest
            failed += 1
            print(f"FAIL  {name:24} {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
