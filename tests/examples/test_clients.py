"""The clients: curl, Python, Node, C, and a stream that is ended early."""

import json
import os
import queue
import shutil
import subprocess
import sys

from case import EASY, HARD, ExampleCase, chat, example, need
from harness import PATIENCE_S, Daemon, Directory


class Curl(ExampleCase):

    def route(self, *arguments, **more):
        return self.run_example(example("curl", "route.sh"), self.daemon.path, *arguments, **more)

    def test_question(self):
        for question, model in zip((EASY, HARD), self.models()):
            self.assertEqual(self.route(question).stdout, model + "\n")

    def test_question_of_odd_characters(self):
        self.route('He said "no\\n"\nand\tleft \x01 `x` $(y) %s 漢字')

    def test_body(self):
        path = self.files.write("body.json", json.dumps(chat(HARD)))
        self.assertEqual(self.route("-f", path).stdout, self.models()[1] + "\n")

    def test_refusals(self):
        path = self.files.write("body.json", '{"prompt": 3}')
        self.assertIn("/problems/invalid-field", self.route("-f", path, status=22).stderr)
        self.run_example(example("curl", "route.sh"), self.files.join("none"), "x", status=7)


class Python(ExampleCase):

    options = ["--decision-log", "/dev/null"]

    def ask(self, question, *options, socket=None):
        return self.run_example(sys.executable, example("python", "chat.py"), "--socket",
                                socket or self.daemon.path, "--url", self.server.url,
                                *options, question)

    def test_models_are_picked_and_called(self):
        easy, hard = self.models()
        for question in (EASY, HARD, EASY):
            self.assertEqual(self.ask(question).stdout, "It is as you say.\n")
        self.assertEqual(self.server.calls, {easy: 2, hard: 1})

    def test_names_of_models(self):
        self.ask(EASY, "--model", "router-svm-0")
        self.ask(EASY, "--model", "router-svm-1")
        self.ask(EASY, "--model", "auto:eco")
        self.assertEqual([body["model"] for body in self.server.bodies],
                         ["claude-fable-5-2", "claude-haiku-5-5", self.eco()])

    def eco(self):
        return self.daemon.ask({**chat(EASY), "routing": {"profile": "eco"}}).json["model"]

    def test_without_tierd_the_fallback_answers(self):
        done = self.ask(EASY, "--fallback", "spare", socket=self.files.join("none"))
        self.assertIn("no decision", done.stderr)
        self.assertEqual(self.server.calls, {"spare": 1})

    def test_client_reopens_its_connection(self):
        sys.path.insert(0, example("python"))
        self.addCleanup(sys.path.remove, example("python"))
        from tierd_client import Tierd, TierdError
        daemon = self.start()
        client = Tierd(daemon.path, timeout_s=PATIENCE_S)
        self.addCleanup(client.close)
        self.assertEqual(client.route({"prompt": EASY}, dry_run=True)["object"], "route.decision")
        again = self.restarted(daemon)
        self.assertEqual(client.route({"prompt": EASY})["object"], "route.decision")
        with self.assertRaises(TierdError) as caught:
            client.route({"prompt": EASY}, quality=2)
        self.assertEqual(caught.exception.problem["pointer"], "/routing/quality")
        again.check()

    def restarted(self, daemon):
        """Another daemon on the same path."""
        directory, daemon.owns_directory = daemon.directory, False
        daemon.stop()
        self.addCleanup(directory.remove)
        other = Daemon(directory=directory)
        self.addCleanup(other.stop)
        return other.wait_ready()


class PythonLog(ExampleCase):
    """What a call used comes back to the daemon."""

    @classmethod
    def setUpClass(cls):
        cls.log = Directory()
        cls.options = ["--decision-log", cls.log.join("log"), "--state-dir", cls.log.join("state")]
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()  # the log is whole once the daemon has ended
        with open(cls.log.join("log"), encoding="utf-8") as file:
            kinds = [json.loads(line) for line in file]
        cls.log.remove()
        usage = [line["usage"] for line in kinds if "usage" in line]
        if usage != [{"input_tokens": 12, "output_tokens": 6}]:
            raise AssertionError(f"feedback in the log: {usage}")

    def test_usage_is_reported(self):
        done = self.run_example(sys.executable, example("python", "chat.py"), "--socket",
                                self.daemon.path, "--url", self.server.url, EASY)
        self.assertNotIn("no feedback", done.stderr)


class Stream(ExampleCase):

    def ask(self, question, status):
        done = self.run_example(sys.executable, example("python", "stream.py"), "--socket",
                                self.daemon.path, "--url", self.server.url, question, status=status)
        try:
            return done, self.server.streamed.get(timeout=PATIENCE_S)
        except queue.Empty:
            self.fail("the server is still sending")

    def test_an_answer_that_ends_is_left_alone(self):
        done, sent = self.ask(EASY, 0)
        self.assertEqual((done.stdout, done.stderr), ("It is as you say.\n", "6 tokens\n"))
        self.assertEqual(sent, 6)

    def test_a_runaway_is_ended(self):
        question = "RUNAWAY " + EASY
        limit = self.daemon.ask(chat(question)).json["stop_after_tokens"]
        done, sent = self.ask(question, 3)
        self.assertEqual(done.stdout, " and" * limit + "\n")
        self.assertIn(f"{limit} tokens, ended", done.stderr)
        self.assertGreaterEqual(sent, limit)


def node_modules():
    """Debian's, which its own node looks through by itself, and others do not."""
    return os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), "/usr/share/nodejs"]))


class Node(ExampleCase):

    def setUp(self):
        super().setUp()
        need(self, shutil.which("node"), "node")

    def route(self, *questions, socket=None, **more):
        return self.run_example("node", example("node", "route.cjs"), socket or self.daemon.path,
                                self.server.url, *questions, env={"NODE_PATH": node_modules()},
                                **more)

    def test_questions_over_one_connection(self):
        easy, hard = self.models()
        lines = self.route(EASY, HARD, EASY).stdout.splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines], [easy, hard, easy])
        self.assertTrue(all(line.endswith("It is as you say.") for line in lines))
        self.assertEqual(self.server.calls, {easy: 2, hard: 1})

    def test_no_daemon(self):
        self.assertIn("ENOENT", self.route(EASY, socket=self.files.join("none"),
                                           status=1).stderr)


class C(ExampleCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.built = Directory()
        cls.program = cls.built.join("route")
        compiler = os.environ.get("CC") or shutil.which("cc") or "gcc"
        subprocess.run([compiler, "-std=c17", "-Wall", "-Wextra", "-Werror", example("c", "route.c"),
                        "-lcurl", "-o", cls.program], check=True, timeout=PATIENCE_S)

    @classmethod
    def tearDownClass(cls):
        cls.built.remove()
        super().tearDownClass()

    def route(self, body, **more):
        path = self.files.write("body.json", json.dumps(body))
        return self.run_example(self.program, self.daemon.path, path, **more)

    def test_models(self):
        for question, model in zip((EASY, HARD), self.models()):
            self.assertEqual(self.route(chat(question)).stdout, model + "\n")

    def test_refusals(self):
        self.assertIn("/problems/invalid-field", self.route({"prompt": 3}, status=1).stderr)
        self.run_example(self.program, self.daemon.path, self.files.join("none"), status=2)

    def test_is_short(self):
        with open(example("c", "route.c"), encoding="utf-8") as file:
            self.assertLessEqual(len(file.readlines()), 60)

