"""No text of prompts in what the daemon leaves behind or says: log, state, metrics, errors,
standard error, core dumps. A word that stands nowhere else is sent in every place where
text can be, and looked for everywhere.

Each search is shown to find something: with the option that lets text out, it does.
"""

import glob
import json
import os
import resource
import signal
import stat

import harness
from harness import CATALOG, MODEL, ApiCase, chunk, encode, head, post

CANARY = "Zyxquoobdarvish"
TEXT = f"Tell {CANARY} why the sky is blue, in one line."

GOOD = [
    {"prompt": TEXT},
    {"messages": [{"role": "system", "content": f"You are {CANARY}."},
                  {"role": "user", "content": [{"type": "text", "text": TEXT}]},
                  {"role": "assistant", "content": f"{CANARY} it is."},
                  {"role": "tool", "content": f"{{\"{CANARY}\": 1}}"},
                  {"role": "user", "content": f"And {CANARY}?"}],
     "tools": [{"type": "function", "function": {"name": CANARY, "description": TEXT}}],
     "routing": {"session": "s", "explain": True}},
    {"system": f"<system-reminder>{CANARY}</system-reminder>", "max_tokens": 5,
     "messages": [{"role": "user", "content": TEXT}], "metadata": {"team": "a"}},
]

# Requests that are refused in as many ways as there are, each with the word where text of
# a prompt may be.
BAD = [
    post(f'{{"prompt": "{TEXT}"'.encode()),
    post(f'{{"prompt": "{TEXT}", {CANARY}}}'.encode()),
    post(f'"{TEXT}"'.encode()),
    post(f'{{"prompt": "{TEXT}\\ud800"}}'.encode()),
    post(f'{{"prompt": "{TEXT}'.encode() + b'\xff"}'),
    post(f'{{"prompt": "{TEXT}", "prompt": "{TEXT}"}}'.encode()),
    post({"prompt": [TEXT]}),
    post({"prompt": {CANARY: TEXT}}),
    post({"prompt": TEXT, "messages": TEXT}),
    post({"messages": TEXT}),
    post({"messages": [TEXT]}),
    post({"messages": [{"role": CANARY, "content": TEXT}]}),
    post({"messages": [{"role": "user", "content": {CANARY: TEXT}}]}),
    post({"messages": [{"role": "user", "content": [{"type": CANARY, CANARY: [TEXT]}]}], "tools": TEXT}),
    post({"prompt": TEXT, "tools": TEXT}),
    post({"prompt": TEXT, "max_tokens": TEXT}),
    post({"prompt": TEXT, "routing": TEXT}),
    post({"prompt": TEXT, "routing": {"quality": TEXT}}),
    post({"prompt": TEXT, "routing": {"session": TEXT * 20}}),
    post({"prompt": TEXT, "routing": {"min_tier": "no-such-tier"}}),
    post({"prompt": TEXT, "routing": {"candidates": ["no-such-model"]}}),
    post({"system": {CANARY: 1}, "messages": [{"role": "user", "content": TEXT}]}),
    post({"prompt": TEXT + "x" * 70000}),
    post(b'{"prompt": "' + TEXT.encode() + b'", "a": ' + b"[" * 70 + b"]" * 70 + b"}"),
    post({"id": "d-1", "score": TEXT}, "/v1/feedback"),
    post({"id": TEXT * 20, "score": 1}, "/v1/feedback"),
    post(TEXT.encode(), "/v1/feedback"),
    post(TEXT.encode(), "/v1/nowhere"),
    post(TEXT.encode(), "/v1/route", "Content-Type: text/plain"),
    post(TEXT.encode(), "/v1/route", "Content-Encoding: br"),
    head("POST", "/v1/route", "Transfer-Encoding: chunked") + chunk(TEXT.encode()) + b"0\r\n\r\n",
    head("GET", f"/v1/route?prompt={CANARY}"),
    head("GET", f"/{CANARY}"),
    head("GET", "/healthz", f"Expect: {CANARY}"),
    TEXT.encode() + b"\r\n\r\n",
]


def files_below(path):
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(full).st_mode):
                yield full


def found_in(path):
    with open(path, "rb") as file:
        return CANARY.encode() in file.read()


class Canary(ApiCase):

    def setUp(self):
        self.place = self.directory()
        self.log = self.place.join("d.jsonl")

    def begin(self, *options, **kinds):
        return self.start("--decision-log", self.log, "--state-dir", self.place.join("state"),
                          "--budget=team=*:100/day", "--body-bytes-max=64K", *options,
                          directory=self.place, **kinds)

    def ask_all(self, daemon):
        """Good requests, alone and as a batch, each with feedback; their answers."""
        answers = [daemon.ask(body) for body in GOOD]
        batch = b"\n".join(encode(body) for body in GOOD) + b"\n{\"bad " + TEXT.encode()
        answers.append(daemon.ask(batch, "/v1/route:batch"))
        for answer in answers[:len(GOOD)]:
            self.assertEqual(answer.status, 200, answer.body)
            told = {"id": answer.json["id"], "score": 0.5, "model": answer.json["model"],
                    "usage": {"prompt_tokens": 9, "completion_tokens": 9}}
            answers.append(daemon.ask(told, "/v1/feedback"))
        return answers

    def refuse_all(self, daemon):
        """What each bad request is answered, all of which are errors."""
        for request in BAD:
            with daemon.connect() as wire:
                wire.send(request)
                wire.end()
                answer = wire.rest()
            self.assertRegex(answer, rb"\AHTTP/1\.1 (4\d\d|200) ", request)
            if answer.startswith(b"HTTP/1.1 4"):
                self.assertIn(b"application/problem+json", answer)
                yield request, answer

    def test_answers_and_errors(self):
        daemon = self.begin()
        for answer in self.ask_all(daemon):
            self.assertNotIn(CANARY.encode(), answer.body)
        errors = list(self.refuse_all(daemon))
        self.assertGreater(len(errors), len(BAD) * 3 // 4)
        for request, answer in errors:
            self.assertNotIn(CANARY.encode(), answer, request)

    def test_what_is_kept_and_told(self):
        daemon = self.begin("--log-rotate-bytes=4K", listen="127.0.0.1:0")
        for _ in range(3):
            self.ask_all(daemon)
        list(self.refuse_all(daemon))
        daemon.send_signal(signal.SIGHUP)
        daemon.wait_for("reloaded")
        for path in ("/metrics", "/v1/models", "/version", "/readyz"):
            self.assertNotIn(CANARY.encode(), daemon.get(path).body, path)
        daemon.stop()  # with which all is written
        self.assertNotIn(CANARY, daemon.stderr())
        files = list(files_below(self.place.path))
        names = {os.path.basename(path) for path in files}
        self.assertLess({"d.jsonl", "d.jsonl.1", "budgets", "corrections"}, names)
        for path in files:
            self.assertFalse(found_in(path), path)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)

    def test_the_word_is_found_where_it_may_be(self):
        daemon = self.begin("--log-prompts")
        self.ask_all(daemon)
        daemon.stop()
        self.assertTrue(found_in(self.log))
        self.assertEqual(stat.S_IMODE(os.stat(self.log).st_mode), 0o600)
        with open(self.log) as file:
            lines = [json.loads(line) for line in file]
        self.assertIn(TEXT, [line.get("prompt") for line in lines])


class CoreDumps(ApiCase):

    def abort(self, *options):
        """Has a daemon that has seen the word end by SIGABRT, in a place where a core could
        be left. Whether the kernel says that it left one, and the place."""
        place = self.directory()
        infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        daemon = harness.Daemon(*options, directory=place, model=MODEL, catalog=CATALOG,
                                cwd=place.path,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, infinite))
        self.addCleanup(lambda: daemon.process.stderr.closed or daemon.kill())
        daemon.wait_ready()
        self.assertEqual(daemon.ask({"prompt": TEXT}).status, 200)
        os.kill(daemon.process.pid, signal.SIGABRT)
        ended = os.waitid(os.P_PID, daemon.process.pid, os.WEXITED | os.WNOWAIT)
        self.assertEqual(daemon.wait(), -signal.SIGABRT)
        self.assertNotIn(CANARY, daemon.stderr())
        return ended.si_code == os.CLD_DUMPED, place

    def hard_limit_allows(self):
        return os.geteuid() == 0 or \
            resource.getrlimit(resource.RLIMIT_CORE)[1] == resource.RLIM_INFINITY

    def test_none_by_default(self):
        if not self.hard_limit_allows():
            self.skipTest("cores are forbidden here by the hard limit on their size")
        dumped, place = self.abort()
        self.assertFalse(dumped)
        self.assertEqual(glob.glob(place.join("*core*")), [])

    def test_the_word_would_be_in_one(self):
        if harness.is_sanitized():
            self.skipTest("sanitizers forbid cores by themselves")
        if not self.hard_limit_allows():
            self.skipTest("cores are forbidden here by the hard limit on their size")
        dumped, place = self.abort("--core-dumps", "--sandbox=off")
        with open("/proc/sys/kernel/core_pattern") as file:
            pattern = file.read().strip()
        if pattern.startswith(("|", "/")) or not dumped:
            self.skipTest(f"cores do not land in the working directory here, but in {pattern}")
        cores = glob.glob(place.join("*core*"))
        self.assertEqual(len(cores), 1)
        self.assertTrue(found_in(cores[0]))
