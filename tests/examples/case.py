"""What the tests of examples share: a daemon, a stand-in server, and how to run things."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess

from harness import PATIENCE_S, SOURCE, DaemonCase, Directory, encode
from standin import StandIn

EXAMPLES = os.path.join(SOURCE, "daemon", "examples")
# Servers that ./dev has fetched without installing them, so that none is started.
FETCHED = os.path.join(SOURCE, "build", "servers")

EASY = "What is the capital of Portugal?"
HARD = ("Prove that there are infinitely many primes congruent to 3 modulo 4, and explain "
        "rigorously which step fails for primes congruent to 1 modulo 4.")


def example(*path):
    return os.path.join(EXAMPLES, *path)


def chat(question, **more):
    return {"model": "auto", "messages": [{"role": "user", "content": question}], **more}


def need(case, found, what):
    """Without it the test is left out, but for CI, where nothing may be missing."""
    if not found and os.environ.get("CI") == "true":
        case.fail(f"no {what}; see packages_for and need_servers in ./dev")
    if not found:
        case.skipTest(f"no {what}")


def server_program(name):
    """The path of a server's program, where there is one."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", os.path.join(FETCHED, "usr", "sbin")]
    return shutil.which(name, path=os.pathsep.join(places))


def server_environment():
    libraries = fetched_libraries()
    return {**os.environ, **({"LD_LIBRARY_PATH": libraries} if libraries else {})}


def fetched_libraries():
    top = os.path.join(FETCHED, "usr", "lib")
    if not os.path.isdir(top):
        return ""
    return os.pathsep.join([top] + [os.path.join(top, name) for name in os.listdir(top)
                                    if name.endswith("-linux-gnu")])


def free_port():
    """Free when it was asked for; the servers that need one cannot say which they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ExampleCase(DaemonCase):
    """A daemon for the class, and for each test a fresh directory and stand-in."""

    header = None  # by which the stand-in tells models apart, before the body

    def setUp(self):
        self.server = StandIn(header=self.header)
        self.addCleanup(self.server.__exit__)
        self.files = Directory()
        self.addCleanup(self.files.remove)

    def run_example(self, *command, status=0, env=None):
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def model_for(self, question):
        """What the daemon itself says to it, beside any example."""
        answer = self.daemon.ask({**chat(question), "routing": {"dry_run": True}})
        return answer.json["model"]

    def models(self):
        """Of an easy and a hard question; with one model for both, tests would show nothing."""
        easy, hard = self.model_for(EASY), self.model_for(HARD)
        self.assertNotEqual(easy, hard)
        return easy, hard

    def filled(self, name, replacements):
        """A configuration of the examples with other addresses, in the directory. Every
        one that is to be replaced must be there."""
        with open(example(name), encoding="utf-8") as file:
            text = file.read()
        for old, new in replacements.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.files.write(os.path.basename(name), text)


class ProxyCase(ExampleCase):
    """A proxy before the stand-in, which asks tierd on the way."""

    fallback = "claude-sonnet-5-5"  # as the examples have it

    def start_server(self, command, port):
        """Until it takes connections. It ends with the test."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=server_environment())
        self.addCleanup(self.stop_server, process)
        self.port = port
        tries = 100 * PATIENCE_S
        while not self.listens(port):
            tries -= 1
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
                self.fail(f"{command[0]} ended: {process.stderr.read().decode()}")
            self.assertGreater(tries, 0, f"{command[0]} does not listen")

    def listens(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop_server(self, process):
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise

    def post(self, body, **headers):
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        wire.request("POST", "/v1/chat/completions", encode(body), {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()}})
        response = wire.getresponse()
        data = response.read()
        wire.close()
        return response.status, json.loads(data)

    def called(self, body, **headers):
        status, answer = self.post(body, **headers)
        self.assertEqual(status, 200, answer)
        return answer["model"]
