"""The real tierd in a temporary directory, and raw sockets to talk to it.

    class Hello(DaemonCase):
        options = ["--idle-timeout=300ms"]
        def test_hello(self):
            with self.daemon.connect() as wire:
                self.assertEqual(wire.request("GET", "/healthz").status, 200)

A DaemonCase starts one daemon for its tests and, after the last one, ends it with
SIGTERM. A test fails when the daemon has died, a sanitizer has spoken on its
standard error, or it does not leave with 0 in the end. Nothing here waits by the
clock: it waits for a line, for bytes or for the end of a process, and a time limit
is only there to turn a hang into a failure.
"""

import argparse
import contextlib
import functools
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(SOURCE, "models", "default.tier")
CATALOG = os.path.join(SOURCE, "models", "catalog.json")
TINY_CATALOG = os.path.join(SOURCE, "tests", "data", "tiny-catalog.json")
TIERS = ["economy", "standard", "frontier"]

# CI runs as root, and most tests are about something else than the change of users; those
# that are give --user.
STAY_ROOT = ["--allow-root"] if os.geteuid() == 0 else []

PATIENCE_S = 30  # before a hang is called one
SANITIZER = re.compile(r"ERROR: \w*Sanitizer|WARNING: ThreadSanitizer|runtime error:")

build = None  # the directory of the programs; start() sets it


def start(what, programs, about="tests"):
    """The command line of the runners: sets build, insists on its programs; gives --filter."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--build", required=True, metavar="DIR", help="where the programs are")
    parser.add_argument("--filter", default="", metavar="TEXT",
                        help=f"only {about} with this in their name")
    arguments = parser.parse_args()
    global build
    build = os.path.abspath(arguments.build)
    for name in programs:
        if not os.path.exists(program(name)):
            parser.error(f"no {name} in {arguments.build}; build it first")
    return arguments.filter


def api_runner():
    """tests/api/run.py, by its path: other runners, which tell results as it does, have its name."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("api_run", os.path.join(here, "run.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(here)  # it has put its folder first, where the caller's tests should be
    return module


def program(name):
    return os.path.join(build, name)


@functools.lru_cache
def watches_threads():
    """Is the daemon built with ThreadSanitizer?"""
    with open(program("tierd"), "rb") as file:
        return b"__tsan_init" in file.read()


def stay_root(options):
    """The option that lets tierd stay root, unless a test says whom it becomes."""
    return [] if any(option.startswith("--user") for option in options) else STAY_ROOT


@functools.lru_cache
def is_sanitized():
    """Is the daemon built with a sanitizer, or to count its lines? Then it has no sandbox."""
    with open(program("tierd"), "rb") as file:
        content = file.read()
    return any(mark in content for mark in (b"__tsan_init", b"__asan_init", b"__ubsan_handle", b"__gcov_exit"))


def run(name, *arguments, stdin=None, env=None):
    """Runs a program to its end; the answer has returncode, stdout and stderr."""
    if name == "tierd":
        arguments = (*stay_root(arguments), *arguments)
    done = subprocess.run([program(name), *arguments], input=stdin, capture_output=True,
                          timeout=PATIENCE_S, env={**os.environ, **(env or {})})
    done.stdout = done.stdout.decode("utf-8", "replace")
    done.stderr = done.stderr.decode("utf-8", "replace")
    if SANITIZER.search(done.stderr):
        raise AssertionError(f"{name} {' '.join(arguments)}:\n{done.stderr}")
    return done


class Directory:
    """A temporary directory with a short path, since a socket's may have 107 bytes."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="tierd-")

    def join(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.join(name), mode) as file:
            file.write(content)
        return self.join(name)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Daemon:
    """One running tierd. directory may be shared, for a second one on a path."""

    def __init__(self, *options, directory=None, model=MODEL, catalog=CATALOG, listen=None,
                 unix=True, **process):
        """process goes to subprocess.Popen()."""
        self.directory = directory or Directory()
        self.owns_directory = directory is None
        self.path = self.directory.join("d.sock") if unix else None
        self.lines = []
        self.port = None
        self.said_ready = threading.Event()
        self.said_stopping = threading.Event()
        self.said = threading.Condition()
        arguments = [program("tierd"), "--model", model,
                     *(["--catalog", catalog] if catalog else []), "--socket=" + (self.path or ""), *stay_root(options)]
        if listen:
            arguments += ["--listen", listen]
        if not any(option.startswith("--threads") for option in options):
            arguments.append("--threads=2")
        self.process = self.spawn(arguments + list(options), **process)
        self.reader = threading.Thread(target=self._read_stderr, daemon=True)
        self.reader.start()

    def spawn(self, arguments, **process):
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, **process)

    def _read_stderr(self):
        for line in self.process.stderr:
            text = line.decode("utf-8", "replace").rstrip("\n")
            with self.said:
                self.lines.append(text)
                self.said.notify_all()
            if text.startswith("tierd: ready"):
                port = re.search(r"TCP port (\d+)", text)
                self.port = int(port.group(1)) if port else None
                self.said_ready.set()
            if text.endswith("finishing open requests"):
                self.said_stopping.set()
        self.said_ready.set()  # whoever waits for a dead one need not wait on
        self.said_stopping.set()

    def stderr(self):
        return "\n".join(self.lines)

    def wait_ready(self):
        self.said_ready.wait(PATIENCE_S)
        if not any(line.startswith("tierd: ready") for line in self.lines):
            self.kill()
            raise AssertionError("tierd did not get ready:\n" + self.stderr())
        return self

    def wait_for(self, text, count=1):
        """Until that many lines of standard error hold the text."""
        def told():
            return sum(text in line for line in self.lines) >= count
        with self.said:
            if not self.said.wait_for(told, PATIENCE_S):
                raise AssertionError(f"tierd did not say {text!r}:\n{self.stderr()}")

    def connect(self, tcp=False):
        if tcp:
            return Wire(socket.create_connection(("127.0.0.1", self.port), PATIENCE_S))
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(PATIENCE_S)
        raw.connect(self.path)
        return Wire(raw)

    def ask(self, body, path="/v1/route", **headers):
        """One POST on a connection of its own; body is bytes or what json takes."""
        with self.connect() as wire:
            return wire.request("POST", path, encode(body), **headers)

    def get(self, path):
        with self.connect() as wire:
            return wire.request("GET", path)

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def check(self):
        """Raises when it has died or a sanitizer has something to say."""
        if self.process.poll() is not None:
            raise AssertionError(f"tierd ended with {self.process.poll()}:\n{self.stderr()}")
        if SANITIZER.search(self.stderr()):
            raise AssertionError(self.stderr())

    def send_signal(self, number):
        self.process.send_signal(number)
        if watches_threads():
            threading.Thread(target=self._insist, args=(number,), daemon=True).start()

    def _insist(self, number):
        """ThreadSanitizer holds back a signal that comes just before a thread goes to
        sleep, until something else wakes it. A further signal does, and changes nothing."""
        while not self.said_stopping.wait(1):
            self.process.send_signal(number)

    def wait(self):
        """The exit code, with all of standard error read."""
        code = self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        self.process.stderr.close()
        if self.owns_directory:
            self.directory.remove()
        return code

    def stop(self, number=signal.SIGTERM):
        """Ends it and insists on a clean end."""
        if self.process.poll() is None:
            self.send_signal(number)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("tierd did not end:\n" + self.stderr()) from None
        if code != 0 or SANITIZER.search(self.stderr()):
            raise AssertionError(f"tierd ended with {code}:\n{self.stderr()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


class Closed(Exception):
    """The daemon closed the connection where bytes were expected."""


class Response:
    """status, headers (a list of pairs, names in lower case), body and version."""

    def __init__(self, version, status, headers):
        self.version, self.status, self.headers, self.body = version, status, headers, b""

    def header(self, name):
        values = [value for key, value in self.headers if key == name]
        if len(values) > 1:
            raise AssertionError(f"{name} occurs {len(values)} times")
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.split(b"\n") if line]


def encode(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def head(method, path, *lines, version="HTTP/1.1", host=True):
    """A request's head; lines are whole header lines without their ends."""
    first = [f"{method} {path} {version}"] + (["Host: tierd"] if host else [])
    return "\r\n".join([*first, *lines, "", ""]).encode("latin-1")


def post(body, path="/v1/route", *lines, version="HTTP/1.1"):
    body = encode(body)
    return head("POST", path, f"Content-Length: {len(body)}", *lines, version=version) + body


def chunk(data, extension=""):
    return f"{len(data):x}{extension}\r\n".encode() + data + b"\r\n"


class Wire(contextlib.AbstractContextManager):
    """A connection: bytes out, strictly read answers in."""

    def __init__(self, raw):
        self.raw = raw
        self.got = bytearray()  # loses its front without copying the rest

    def __exit__(self, *exception):
        self.raw.close()

    def send(self, data):
        self.raw.sendall(data)

    def end(self):
        """Says that nothing more will be sent; answers can still be read."""
        self.raw.shutdown(socket.SHUT_WR)

    def more(self):
        data = self.raw.recv(1 << 16)
        if not data:
            raise Closed(bytes(self.got))
        self.got += data

    def take(self, count):
        while len(self.got) < count:
            self.more()
        data = bytes(self.got[:count])
        del self.got[:count]
        return data

    def line(self):
        while (at := self.got.find(b"\r\n")) < 0:
            self.more()
        return self.take(at + 2)[:-2]

    def _chunks(self):
        parts = []
        while True:
            size = self.line()
            if not re.fullmatch(rb"[0-9a-f]+", size):
                raise AssertionError(f"bad chunk size {size!r}")
            if size == b"0":
                if self.line() != b"":
                    raise AssertionError("trailers that nobody asked for")
                return b"".join(parts)
            parts.append(self.take(int(size, 16)))
            if self.take(2) != b"\r\n":
                raise AssertionError("a chunk that does not end in CRLF")

    def read(self, head_only=False):
        """The next answer. Interim ones are answers too."""
        first = self.line().decode()
        match = re.fullmatch(r"HTTP/(1\.[01]) (\d{3}) [\x20-\x7e]+", first)
        if not match:
            raise AssertionError(f"bad status line {first!r}")
        headers = []
        while line := self.line():
            name, value = line.decode().split(": ", 1)
            headers.append((name.lower(), value))
        response = Response(match[1], int(match[2]), headers)
        length = response.header("content-length")
        if head_only or response.status == 100:
            return response
        if response.header("transfer-encoding") == "chunked":
            if length is not None:
                raise AssertionError("both content-length and chunked")
            response.body = self._chunks()
        elif length is not None:
            response.body = self.take(int(length))
        else:
            response.body = self.rest()
        return response

    def rest(self):
        """Everything until the daemon closes."""
        with contextlib.suppress(Closed, ConnectionResetError):
            while True:
                self.more()
        data, self.got = bytes(self.got), bytearray()
        return data

    def closes(self):
        """True when the daemon closes without another byte."""
        return self.rest() == b""

    def request(self, method, path, body=None, **headers):
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is None:
            self.send(head(method, path, *lines))
        else:
            data = encode(body)
            self.send(head(method, path, f"content-length: {len(data)}", *lines) + data)
        return self.read(head_only=method == "HEAD")


class ApiCase(unittest.TestCase):
    """Assertions that more than one subject needs."""

    longMessage = True

    def assert_problem(self, response, status, kind, pointer=None, detail=None):
        """An RFC 9457 answer with this status, type and JSON pointer."""
        self.assertEqual(response.status, status, response.body[:300])
        self.assertEqual(response.header("content-type"), "application/problem+json")
        self.assert_problem_object(response.json, status, kind, pointer, detail)

    def assert_problem_object(self, problem, status, kind, pointer=None, detail=None):
        self.assertLessEqual({"type", "title", "status", "detail"}, set(problem))
        self.assertEqual(problem["type"], "/problems/" + kind, problem)
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem.get("pointer"), pointer, problem)
        self.assertTrue(problem["title"] and problem["detail"])
        if detail:
            self.assertIn(detail, problem["detail"])

    def start(self, *options, **kinds):
        """A daemon for this test alone, which is stopped with it."""
        daemon = Daemon(*options, **kinds)
        self.addCleanup(lambda: daemon.process.stderr.closed or daemon.stop())
        return daemon.wait_ready()

    def directory(self):
        directory = Directory()
        self.addCleanup(directory.remove)
        return directory


class DaemonCase(ApiCase):
    """Tests that share a daemon, which has to be alive and well after each."""

    options = []
    catalog = CATALOG
    listen = None

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(*cls.options, catalog=cls.catalog, listen=cls.listen).wait_ready()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.stop()

    def tearDown(self):
        self.daemon.check()
