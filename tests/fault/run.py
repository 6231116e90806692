#!/usr/bin/env python3
"""Makes the system fail under the real daemon, one fault at a time.

    python3 tests/fault/run.py --build DIR [--filter TEXT]

Prints the fault matrix: each fault, how often it struck, and what was lost by it; then
what went wrong, then "N passed, N failed". A request that a fault strikes gets the
right answer, a clean 503 or a closed connection, never half an answer that looks
whole; and when the fault is over, everything works again.

faults.c, put before the daemon's C library, does the failing; the two share a page of
numbers. Nothing here waits by the clock. Standard library only.
"""

import ctypes
import fcntl
import json
import mmap
import os
import re
import resource
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))
sys.dont_write_bytecode = True

import harness  # noqa: E402 (found through the path above)
from harness import Closed, Daemon, Directory, chunk, encode, head, post  # noqa: E402

FIELDS = ["alloc_at", "alloc_onwards", "allocs", "allocs_failed", "io_bytes_max", "io_every",
          "io_error", "io_calls", "io_hit", "accepts", "wall_shift_s",
          "backwards", "disk_bytes", "disk_writes"]
ALLOCS_MAX = 400  # a request that allocates more often has no end
EINTR, EAGAIN = 4, 11
TEN_YEARS_S = 10 * 365 * 86400


class Page:
    """The numbers that the daemon's faults.c reads and writes, as attributes."""

    def __init__(self, path):
        with open(path, "wb+") as file:
            file.truncate(mmap.PAGESIZE)
            self.__dict__["numbers"] = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def _at(self, name):
        return ctypes.c_int64.from_buffer(self.numbers, 8 * FIELDS.index(name))

    def __getattr__(self, name):
        return self._at(name).value

    def __setattr__(self, name, value):
        self._at(name).value = value

    def calm(self):
        for name in FIELDS:
            if name != "accepts":
                setattr(self, name, 0)


def preload():
    """What to put before the C library: a sanitizer's runtime insists on being first."""
    libraries = subprocess.run(["ldd", harness.program("tierd")], capture_output=True, text=True,
                               check=True).stdout
    runtimes = re.findall(r"=> (\S*lib(?:a|t|ub)san\S*)", libraries)
    return " ".join([*runtimes, os.path.join(harness.build, "tests", "libfaults.so")])


def wrapped():
    """The daemon whose own allocator fails, where a sanitizer has taken the C library's."""
    path = os.path.join(harness.build, "tests", "tierd_faults")
    return path if os.path.exists(path) else None


class Victim(Daemon):
    """A daemon with the page of faults."""

    def __init__(self, *options, allocator=False, **kinds):
        self.faults_directory = Directory()
        path = self.faults_directory.join("faults")
        self.page = Page(path)
        program = harness.program
        environment = {"TIERD_FAULTS": path}
        if allocator and wrapped():
            harness.program = lambda name: wrapped() if name == "tierd" else program(name)
        else:
            environment["LD_PRELOAD"] = preload()
        os.environ.update(environment)
        try:
            # Else /proc hides from a plain user which files the daemon has open.
            super().__init__("--core-dumps", *options, **kinds)
        finally:
            harness.program = program
            for name in environment:
                del os.environ[name]

    def __enter__(self):
        return self.wait_ready()

    def __exit__(self, kind, *_):
        self.page.calm()
        try:
            if self.process.poll() is None and kind:
                self.kill()
            elif not self.process.stderr.closed:
                self.stop()
        finally:
            self.faults_directory.remove()


class Failed(Exception):
    pass


def insist(condition, *what):
    if not condition:
        raise Failed(" ".join(str(item) for item in what))


def with_directory(fault):
    place = Directory()
    try:
        return fault(place)
    finally:
        place.remove()


# ---------------------------------------------------------------- requests

CHAT = {"messages": [{"role": "system", "content": "Be brief."},
                     {"role": "user", "content": [{"type": "text", "text": "Prove Fermat."}]},
                     {"role": "assistant", "content": "Which?"},
                     {"role": "user", "content": "The little one."}],
        "routing": {"explain": True, "quality": 0.9}}
LARGE = {"prompt": "Why? " * 60000, "metadata": [{"a": i} for i in range(9000)]}
LINES = b'{"id":"a","prompt":"hi"}\n{"id":2,"prompt":"Prove it."}\n{"bad\n' + encode(CHAT)

REQUESTS = {
    "route": [post({"prompt": "What is the capital of Mongolia?"})],
    "chat": [post(CHAT)],
    "large": [post(LARGE)],
    "chunked": [head("POST", "/v1/route", "Transfer-Encoding: chunked") + chunk(encode(CHAT)[:50]) +
                chunk(encode(CHAT)[50:]) + b"0\r\nX: y\r\n\r\n"],
    "batch": [post(LINES, "/v1/route:batch")],
    "models": [head("GET", "/v1/models")],
    "feedback": [post({"id": "d-0123456789abcdef-1f", "score": 0.5}, "/v1/feedback")],
    "pages": [head("GET", "/metrics"), head("GET", "/"), head("GET", "/v1/live"),
              head("GET", "/version"), head("GET", "/openapi.json")],
    "status": [head("GET", "/healthz"), head("GET", "/readyz"), head("HEAD", "/healthz")],
    "problems": [head("GET", "/nowhere"), post(b"{"), post({"prompt": "x", "routing": {"x": 1}})],
    "malformed": [b"nonsense\r\n\r\n"],
}


def essence(response):
    """What of an answer is the same each time."""
    def strip(value):
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items()
                    if key not in ("id", "created", "uptime_s", "snapshot")}
        return value
    kind = response.header("content-type") or ""
    if not kind.startswith("application/") or b'"object":"live"' in response.body[:100]:
        return response.status, kind  # figures of the moment, or text
    lines = response.body.split(b"\n") if "ndjson" in kind else [response.body]
    return response.status, [strip(json.loads(line)) for line in lines if line]


def is_refusal(answer):
    """A 503, or a batch's line that is one."""
    return answer.status == 503 and answer.json["type"] in ("/problems/overloaded", "/problems/log-full")


def lines_fit(got, wanted):
    """Lines of a batch: each as it should be, or a 503 in its place."""
    return got[0] == wanted[0] and len(got[1]) == len(wanted[1]) and all(
        a == b or a.get("status") == 503 for a, b in zip(got[1], wanted[1]))


def read_answers(wire, requests):
    """The answers that come until all are there or the daemon closes."""
    answers = []
    try:
        for data in requests:
            answers.append(wire.read(head_only=data.startswith(b"HEAD")))
    except (Closed, ConnectionResetError):
        pass
    return answers


def send_quietly(wire, data):
    try:
        wire.send(data)
    except (BrokenPipeError, ConnectionResetError):
        pass  # closed before all was sent; what it answered can be read


def normal(daemon):
    """What each request is answered when nothing fails."""
    wanted = {}
    for name, requests in REQUESTS.items():
        with daemon.connect() as wire:
            wire.send(b"".join(requests))
            wanted[name] = [essence(answer) for answer in read_answers(wire, requests)]
        insist(len(wanted[name]) == len(requests), name, "is not answered even without a fault")
    return wanted


class Losses:
    """Counts how the requests went that a fault may have struck."""

    def __init__(self):
        self.struck = self.right = self.refused = self.closed = 0

    def judge(self, name, answers, wanted):
        for got, want in zip(answers, wanted):
            if is_refusal(got):
                self.refused += 1
                continue
            insist(essence(got) == want or (name == "batch" and lines_fit(essence(got), want)),
                   name, "got", got.status, got.body[:200], "instead of", str(want)[:200])
            self.right += 1
        self.closed += len(answers) < len(wanted)

    def __str__(self):
        return (f"struck {self.struck}: {self.right} right, {self.refused} times 503, "
                f"{self.closed} closed; wrong answers: none")


# ---------------------------------------------------------------- memory

def wait_for_strike(daemon, wire):
    """Until the fault has struck or there is an answer."""
    while daemon.page.allocs_failed == 0:
        daemon.check()
        if select.select([wire.raw], [], [], 0.01)[0]:
            return


def starve(daemon, name, number, onwards, wanted, losses):
    """One connection and its requests with the given allocation failing. False when there
    are not that many allocations."""
    page = daemon.page
    page.calm()
    page.alloc_onwards = onwards
    page.alloc_at = number
    with daemon.connect() as wire:
        # A large request waits for a daemon that waits for memory.
        sender = threading.Thread(target=send_quietly, args=(wire, b"".join(REQUESTS[name])))
        sender.start()
        if onwards:
            wait_for_strike(daemon, wire)
            page.alloc_at = 0  # memory is back
        answers = read_answers(wire, REQUESTS[name])
        sender.join(harness.PATIENCE_S)
    struck = page.allocs_failed > 0
    page.calm()
    daemon.check()
    losses.struck += struck
    losses.judge(name, answers, wanted)
    return struck


def starve_all(onwards):
    return with_directory(lambda place: starve_in(place, onwards))


def starve_in(place, onwards):
    losses = Losses()
    with Victim("--threads=1", "--decision-log", place.join("log"), "--state-dir", place.path,
                allocator=True) as daemon:
        wanted = normal(daemon)
        for name in REQUESTS:
            number = 1
            while starve(daemon, name, number, onwards, wanted[name], losses):
                number += 1
                insist(number < ALLOCS_MAX, name, "allocates without end")
        insist(normal(daemon) == wanted, "answers differ when memory is back")
    insist(losses.struck > 20, "the fault struck only", losses.struck, "times")
    return str(losses)


def memory_one():
    """each allocation in turn fails, once"""
    return starve_all(0)


def memory_onwards():
    """each allocation in turn and all after it fail, then memory is back"""
    return starve_all(1)


def memory_cold():
    """each allocation of a fresh daemon's first request fails"""
    losses = Losses()
    with Victim("--threads=1", allocator=True) as daemon:
        wanted = normal(daemon)
    for name in ("chat", "batch"):
        number = 1
        while True:
            with Victim("--threads=1", allocator=True) as daemon:
                if not starve(daemon, name, number, 0, wanted[name], losses):
                    break
                insist(normal(daemon) == wanted, "answers differ when memory is back")
            number += 1
    return str(losses)


RELOAD = post(b"", "/v1/reload")


def reload_starved(daemon, number, onwards, counts):
    """One reload with the given allocation failing; False when there are not that many."""
    page = daemon.page
    with daemon.connect() as wire:
        before = wire.request("GET", "/version").json["snapshot"]
        page.calm()
        page.alloc_onwards = onwards
        page.alloc_at = number
        send_quietly(wire, RELOAD)
        answers = read_answers(wire, [RELOAD])
        struck = page.allocs_failed > 0
        page.calm()
    daemon.check()
    after = daemon.get("/version").json["snapshot"]
    outcome = answers[0].status if answers else "closed"
    changed = {200: (1,), 409: (0,), 503: (0,), "closed": (0, 1)}  # no memory to say which
    insist(after - before in changed[outcome], "snapshot", before, "became", after, "with", outcome)
    insist(struck or outcome == 200, outcome)
    if struck:
        counts[outcome] = counts.get(outcome, 0) + 1
    return struck


def memory_reload():
    """each allocation of a reload fails, alone or with all after it"""
    counts = {}
    with Victim("--threads=1", allocator=True) as daemon:
        wanted = normal(daemon)
        for onwards in (0, 1):
            number = 1
            while reload_starved(daemon, number, onwards, counts):
                # Most of them are the catalogue's, one like the other.
                number += 1 if number < 100 else 7
            insist(number > 20, "only", number, "allocations")
        insist(normal(daemon) == wanted, "answers differ when memory is back")
    return "the reload: " + ", ".join(f"{counts[outcome]} times {outcome}" for outcome in counts)


# ---------------------------------------------------------------- input and output

def disturbed(**numbers):
    """All requests twice under an I/O fault; nothing may be lost at all."""
    with Victim("--threads=2", listen="127.0.0.1:0") as daemon:
        wanted = normal(daemon)
        for name, value in numbers.items():
            setattr(daemon.page, name, value)
        for tcp in (False, True):
            for name, requests in REQUESTS.items():
                if name == "large" and numbers.get("io_bytes_max") == 1:
                    continue  # 300,000 reads tell no more than 300
                with daemon.connect(tcp=tcp) as wire:
                    send_quietly(wire, b"".join(requests))
                    got = [essence(answer) for answer in read_answers(wire, requests)]
                insist(got == wanted[name], name, "got", str(got)[:300])
        hit = daemon.page.io_hit
    insist(hit > 20, "the fault struck only", hit, "times")
    return f"struck {hit}: nothing"


def io_one_byte():
    """reads and writes move one byte each"""
    return disturbed(io_bytes_max=1)


def io_short():
    """reads and writes stop after 1000 bytes"""
    return disturbed(io_bytes_max=1000)


def io_interrupted():
    """every second call on a socket is interrupted (EINTR)"""
    return disturbed(io_every=2, io_error=EINTR)


def io_not_ready():
    """every third call finds the socket not ready after all (EAGAIN)"""
    return disturbed(io_every=3, io_error=EAGAIN)


def io_all():
    """short and interrupted at once"""
    return disturbed(io_bytes_max=7, io_every=3, io_error=EINTR)


# ---------------------------------------------------------------- descriptors

def ask(wire):
    return wire.request("POST", "/v1/route", {"prompt": "hi"}).status


def without_descriptors(threads, below):
    """The limit on open files falls under a running daemon, and rises again."""
    with Victim(f"--threads={threads}", listen="127.0.0.1:0") as daemon:
        pid = daemon.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        with daemon.connect() as open_one:
            insist(ask(open_one) == 200)
            open_files = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")
                             if int(name) < before[0] // 2) + 1
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(3, open_files - below), before[1]))
            waiting = [daemon.connect(tcp=i % 2 > 0) for i in range(20)]
            for wire in waiting:
                send_quietly(wire, post({"prompt": "hi"}))
            for _ in range(50):  # a loop that spins in accept() answers nobody
                insist(ask(open_one) == 200)
            spun = daemon.page.accepts
            for _ in range(50):
                insist(ask(open_one) == 200)
            spun = daemon.page.accepts - spun
            insist(spun < 200, "accept() was called", spun, "times while nobody came")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            served = sum(bool(read_answers(wire, [b"POST"])) for wire in waiting)
            for wire in waiting:
                wire.raw.close()
            for tcp in (False, True):
                with daemon.connect(tcp=tcp) as late:
                    insist(ask(late) == 200)
            insist(ask(open_one) == 200)
    return f"20 clients: {served} served late, {20 - served} closed unanswered; open ones: nothing"


def descriptors_out():
    """no descriptor is left for accept() (EMFILE)"""
    return without_descriptors(1, 0)


def descriptors_out_threads():
    """no descriptor is left for accept(), four threads"""
    return without_descriptors(4, 0)


def descriptors_far_out():
    """even libuv's spare descriptor is of no use"""
    return without_descriptors(1, 12)


def descriptors_few():
    """started with fewer descriptors than connections-max wants"""
    with FewFiles(400) as daemon:
        insist("warning: only" in daemon.stderr(), daemon.stderr())
        allowed = int(re.search(r"only (\d+) connections", daemon.stderr()).group(1))
        wires = [daemon.connect() for _ in range(allowed + 30)]
        statuses = []
        for wire in wires:
            send_quietly(wire, post({"prompt": "hi"}))
            answers = read_answers(wire, [b"POST"])
            statuses.append(answers[0].status if answers else 0)
        insist(statuses == [200] * allowed + [503] * 30, statuses)
        for wire in wires:
            wire.raw.close()
    return f"{allowed} connections served, 30 beyond answered 503"


class FewFiles:
    """A daemon that may not open more files than so many."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        real = harness.subprocess.Popen
        files = self.files

        def limited(arguments, **options):
            return real(["prlimit", f"--nofile={files}:{files}", *arguments], **options)

        harness.subprocess.Popen = limited
        try:
            self.daemon = Daemon("--threads=1")
        finally:
            harness.subprocess.Popen = real
        return self.daemon.wait_ready()

    def __exit__(self, kind, *_):
        if kind:
            self.daemon.kill()
        else:
            self.daemon.stop()


# ---------------------------------------------------------------- the end, time and paths

def end_with_backlog(threads, backwards):
    """Sixty requests that came before SIGTERM, forty on connections not even accepted yet."""
    with Victim(f"--threads={threads}", listen="127.0.0.1:0") as daemon:
        daemon.page.backwards = backwards
        kept = [daemon.connect(tcp=i % 2 > 0) for i in range(20)]
        for wire in kept:
            insist(ask(wire) == 200)
        daemon.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, daemon.process.pid, os.WSTOPPED | os.WNOWAIT)
        fresh = [daemon.connect(tcp=i % 2 > 0) for i in range(40)]
        for wire in kept + fresh:
            wire.send(post({"prompt": "hi"}))
        daemon.send_signal(signal.SIGTERM)
        daemon.process.send_signal(signal.SIGCONT)
        answers = [read_answers(wire, [b"POST"]) for wire in kept + fresh]
        insist(all(a and a[0].status == 200 for a in answers),
               [a[0].status if a else 0 for a in answers])
        for wire in kept + fresh:
            insist(wire.closes())
            wire.raw.close()
    return len(answers)


def sigterm_backlog():
    """SIGTERM with requests sent on connections not even accepted yet"""
    count = sum(end_with_backlog(threads, backwards) for threads in (1, 3) for backwards in (0, 1))
    return f"{count} requests under way: nothing"


def keep_asking(daemon, tcp, counts, lock, going):
    """Asks on until the daemon closes; an answer that has begun has to be whole."""
    asked = answered = 0
    broken = wire = None
    try:
        while broken is None:
            wire = None
            with daemon.connect(tcp=tcp) as wire:
                while True:
                    wire.send(post({"prompt": "hi"}))
                    asked += 1
                    answer = wire.read()
                    if answer.status != 200:
                        broken = answer.body
                        break
                    answered += 1
                    going.release()
                    if answer.header("connection") == "close":
                        break
    except (Closed, OSError):  # refused, or closed between two requests
        broken = wire.got or None if wire else None  # what has come of an answer, and no more
    with lock:
        counts.append((asked, answered, broken))


def sigterm_load():
    """SIGTERM while eight clients ask as fast as they can"""
    counts, lock, going = [], threading.Lock(), threading.Semaphore(0)
    with Victim("--threads=2", listen="127.0.0.1:0") as daemon:
        clients = [threading.Thread(target=keep_asking,
                                    args=(daemon, i % 2 > 0, counts, lock, going))
                   for i in range(8)]
        for client in clients:
            client.start()
        for _ in range(200):
            going.acquire()
        daemon.send_signal(signal.SIGTERM)
        for client in clients:
            client.join(harness.PATIENCE_S)
        daemon.stop()
    insist(len(counts) == 8, "a client hangs")
    insist(all(broken is None for _, _, broken in counts), counts)
    asked, answered = (sum(count[i] for count in counts) for i in (0, 1))
    return f"{answered} answered; {asked - answered} met a closed connection, none half an answer"


def wall_clock():
    """the wall clock jumps by ten years, back and forth"""
    with Victim("--header-timeout=20s", "--body-timeout=20s", "--idle-timeout=20s") as daemon:
        body = encode({"prompt": "hi"})
        for shift in (TEN_YEARS_S, -TEN_YEARS_S):
            with daemon.connect() as idle, daemon.connect() as in_head, daemon.connect() as in_body:
                insist(ask(idle) == 200)
                in_head.send(b"POST /v1/route HTTP/1.1\r\nHost: a\r\n")
                in_body.send(head("POST", "/v1/route", f"Content-Length: {len(body)}",
                                  "Expect: 100-continue"))
                insist(in_body.read().status == 100)
                daemon.page.wall_shift_s = shift
                year = daemon.get("/healthz").header("date").split()[3]
                daemon.page.wall_shift_s = 0
                now = daemon.get("/healthz").header("date").split()[3]
                insist(abs(int(year) - int(now)) in (9, 10), "the clock did not jump:", year, now)
                in_head.send(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                in_body.send(body)
                insist(in_head.read().status == 200 and in_body.read().status == 200)
                insist(ask(idle) == 200)
    with Victim("--idle-timeout=300ms") as daemon:  # and deadlines still come
        daemon.page.wall_shift_s = -TEN_YEARS_S
        with daemon.connect() as idle:
            insist(idle.closes())
    return "nothing; deadlines came when due"


def directory_gone():
    """the socket's directory is removed"""
    with Victim(listen="127.0.0.1:0") as daemon:
        with daemon.connect() as wire:
            insist(ask(wire) == 200)
            daemon.directory.remove()
            while not any("is gone" in line for line in daemon.lines):  # the harness's time limit holds
                daemon.check()
                insist(ask(wire) == 200)
            insist(ask(wire) == 200)
            with daemon.connect(tcp=True) as other:
                insist(ask(other) == 200)
        warnings = sum("is gone" in line for line in daemon.lines)
    insist(warnings == 1, daemon.stderr())
    return "new connections at the path; open ones, TCP and the exit: nothing"


def path_taken_over():
    """another socket stands at the path when the daemon ends"""
    with Victim() as daemon:
        with harness.socket.socket(harness.socket.AF_UNIX) as other:
            os.rename(daemon.path, daemon.path + ".old")
            other.bind(daemon.path)
            directory, daemon.owns_directory = daemon.directory, False
            daemon.stop()
            insist(os.path.exists(daemon.path), "it removed a socket that is not its own")
            directory.remove()
    return "nothing"


# ---------------------------------------------------------------- the decision log

HELLO = {"prompt": "What is the capital of Mongolia?", "metadata": {"team": "search"}}


def logging(place, *options, log=None, **kinds):
    """A daemon with a log, in a directory that outlives it."""
    return Daemon("--decision-log", log or place.join("log"), "--state-dir", place.path, *options,
                  directory=place, **kinds).wait_ready()


def log_lines(path):
    """The ids of its lines. Half a line is an error."""
    with open(path, "rb") as file:
        data = file.read()
    insist(data.endswith(b"\n") or not data, "the log ends with half a line:", data[-80:])
    return [json.loads(line)["id"] for line in data.splitlines()]


def decide(wire, count):
    return [wire.request("POST", "/v1/route", HELLO).json["id"] for _ in range(count)]


def written_and_dropped(daemon):
    found = re.search(r"(\d+) lines written, (\d+) dropped", daemon.stderr())
    insist(found, "no word on the log:", daemon.stderr())
    return int(found[1]), int(found[2])


def log_disk_full():
    """the decision log's disk is full for good (ENOSPC)"""
    def fault(place):
        daemon = logging(place, "--log-queue-bytes=16K", "--threads=1", log="/dev/full")
        with daemon.connect() as wire:
            decide(wire, 50)
            daemon.wait_for("No space left")
            decide(wire, 50)
        daemon.stop()
        written, dropped = written_and_dropped(daemon)
        insist((written, dropped) == (0, 100), written, "written", dropped, "dropped")
        return "100 decisions answered; their 100 lines, and counted"
    return with_directory(fault)


def log_pipe_refused():
    """the decision log is a pipe"""
    def fault(place):
        os.mkfifo(place.join("pipe"), 0o600)
        done = harness.run("tierd", "--model", harness.MODEL, "--catalog", harness.CATALOG, "--socket",
                           place.join("r.sock"), "--state-dir", place.path, "--decision-log",
                           place.join("pipe"))
        insist(done.returncode == 1 and "not a regular file" in done.stderr, done.stderr)
        return "nothing: refused at the start, with the reason"
    return with_directory(fault)


def take_lines(reader, count, ids):
    """From a terminal, which has no end, as many lines as are to come."""
    with os.fdopen(os.dup(reader), "rb") as lines:
        while len(ids) < count:
            ids.append(json.loads(lines.readline())["id"])


def log_full():
    """the log is full as a pipe gets: a terminal that nobody reads yet"""
    def fault(place):
        reader, writer = os.openpty()
        tty.setraw(writer)
        os.fchmod(writer, 0o600)
        daemon = logging(place, "--threads=1", "--sandbox=off", log=os.ttyname(writer))
        with daemon.connect() as wire:
            asked, got = decide(wire, 300), []  # it holds some 4 KiB, a line has 2
            taker = threading.Thread(target=take_lines, args=(reader, len(asked), got))
            taker.start()
            taker.join(harness.PATIENCE_S)
        daemon.stop()
        os.close(reader)
        os.close(writer)
        insist(got == asked, len(asked), "decisions,", len(got), "lines")
        return f"{len(asked)} decisions answered meanwhile; nothing"
    return with_directory(fault)


def metric(daemon, name):
    return int(re.search(rf"^{name} (\d+)$", daemon.get("/metrics").body.decode(), re.MULTILINE)[1])


def until(daemon, come, what):
    """Asks on; the limit makes a failure of a hang."""
    limit = time.monotonic() + harness.PATIENCE_S
    while not come():
        daemon.check()
        insist(time.monotonic() < limit, what)


def overrun(daemon, wire, log):
    """Decisions while the log's first write is stuck, until lines have been dropped; their ids."""
    asked = decide(wire, 1)
    until(daemon, lambda: daemon.page.disk_writes > 0, "nothing is written")
    asked += decide(wire, 100)
    queued, dropped = (metric(daemon, name) for name in
                       ("tierd_log_queue_bytes", "tierd_log_lines_dropped_total"))
    insist(queued > 4096 and 0 < dropped < len(asked), queued, "bytes wait,", dropped, "dropped")
    insist(os.path.getsize(log) == 0 and daemon.page.disk_writes == 1, "the write was not stuck")
    insist(metric(daemon, "tierd_log_lines_written_total") == 0, "lines count before they are written")
    return asked


def log_slow():
    """the decision log's disk is stuck, then slow: no write takes a line"""
    def fault(place):
        log = place.join("log")
        with Victim("--threads=1", "--log-queue-bytes=16K", "--decision-log", log,
                    "--state-dir", place.path) as daemon:
            with open(daemon.faults_directory.join("faults"), "rb") as held, daemon.connect() as wire:
                fcntl.flock(held, fcntl.LOCK_EX)
                daemon.page.disk_bytes = 1000  # less than a line
                asked = overrun(daemon, wire, log)
                fcntl.flock(held, fcntl.LOCK_UN)
                until(daemon, lambda: metric(daemon, "tierd_log_queue_bytes") == 0, "lines wait on")
                asked += decide(wire, 1)
            writes = daemon.page.disk_writes
            daemon.stop()
        written, dropped = written_and_dropped(daemon)
        logged = log_lines(log)
        insist(logged == [id for id in asked if id in set(logged)] and logged[-1] == asked[-1], logged)
        insist(len(logged) == written, len(logged), "lines,", written, "told")
        insist(written + dropped == len(asked), written, "and", dropped, "are not", len(asked))
        insist(writes > written, "only", writes, "writes")
        return f"{len(asked)} decisions answered; {dropped} lines, and counted; no half line"
    return with_directory(fault)


def ask_until(daemon, done, answers):
    with daemon.connect() as wire:
        while not done.is_set():
            answers.append(wire.request("POST", "/v1/route", HELLO).status)


def sighup_load():
    """SIGHUP a hundred times while four clients ask"""
    done, answers = threading.Event(), []
    with Victim("--threads=2") as daemon:
        clients = [threading.Thread(target=ask_until, args=(daemon, done, answers)) for _ in range(4)]
        for client in clients:
            client.start()
        for count in range(100):
            daemon.send_signal(signal.SIGHUP)
            daemon.wait_for("tierd: reloaded (", count + 1)
        done.set()
        for client in clients:
            client.join(harness.PATIENCE_S)
        insist(not any(client.is_alive() for client in clients), "a client hangs")
        insist(set(answers) == {200}, set(answers))
        insist(daemon.get("/version").json["snapshot"] == 101)
    return f"{len(answers)} requests, 100 reloads: nothing"


def decide_until_killed(daemon, ids):
    try:
        with daemon.connect() as wire:
            while True:
                ids += decide(wire, 1)
    except (Closed, OSError):
        pass


def killed():
    """kill -9 under load, five times, then a restart"""
    def fault(place):
        budget = "--budget=team=*:1000/month"
        asked, counted = [], 0
        for _ in range(5):
            daemon = logging(place, budget)
            ids = []
            clients = [threading.Thread(target=decide_until_killed, args=(daemon, ids)) for _ in range(4)]
            for client in clients:
                client.start()
            while os.path.getsize(place.join("log")) < (counted + 1) * 200000:
                daemon.check()
            counted += 1
            daemon.kill()
            for client in clients:
                client.join(harness.PATIENCE_S)
            asked += ids
        logging(place, budget).stop()
        logged = log_lines(place.join("log"))
        insist(len(set(logged)) == len(logged), "a line is there twice")
        lost = len(set(asked) - set(logged))
        insist(len(logged) > 300 and lost < len(asked), len(logged), "lines for", len(asked))
        return (f"{len(asked)} decisions answered; {lost} of their lines, which were still in memory; "
                "no half line, nothing twice")
    return with_directory(fault)


def killed_budget():
    """kill -9, then a restart: amounts spent"""
    def fault(place):
        budget = "--budget=team=search:0.000001/month"
        body = {**HELLO, "routing": {"min_tier": harness.TIERS[-1]}}
        daemon = logging(place, budget)
        insist(daemon.ask(body).json["tier"] == harness.TIERS[-1])
        while not os.path.exists(place.join("budgets")):  # it is written each second
            insist(daemon.get("/healthz").status == 200)
        daemon.kill()
        again = logging(place, budget)
        first = again.ask(body).json["tier"]
        again.stop()
        insist(first == harness.TIERS[0], "a spent budget is open again after the restart:", first)
        return "nothing that was on the disk; a spent budget stays spent"
    return with_directory(fault)


FAULTS = [memory_one, memory_onwards, memory_cold, memory_reload, io_one_byte, io_short,
          io_interrupted, io_not_ready, io_all, descriptors_out, descriptors_out_threads, descriptors_far_out,
          descriptors_few, sigterm_backlog, sigterm_load, wall_clock, directory_gone,
          path_taken_over, log_disk_full, log_slow, log_pipe_refused, log_full, sighup_load, killed,
          killed_budget]


def main():
    text = harness.start("Fault tests of tierd", ("tierd", "tests/libfaults.so"), "faults")
    passed, failures = 0, []
    print(f"      {'fault':68} lost")
    for fault in FAULTS:
        if text not in fault.__name__:
            continue
        try:
            lost = fault()
            passed += 1
            print(f"ok    {fault.__doc__:68} {lost}", flush=True)
        except Exception as error:  # whatever it is, the other faults are still of interest
            failures.append((fault, traceback.format_exc()))
            print(f"FAIL  {fault.__doc__:68} {str(error)[:200]}", flush=True)
    for fault, trace in failures:
        print(f"\n--- {fault.__name__}\n{trace}")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
