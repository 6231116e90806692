"""SIGHUP, tierctl reload and POST /v1/reload: all of it or nothing, and nobody waits."""

import json
import os
import signal
import subprocess
import threading

from harness import (CATALOG, MODEL, PATIENCE_S, STAY_ROOT, TIERS, ApiCase, encode, head, post,
                     program, run, watches_threads)

HELLO = {"prompt": "What is the capital of Mongolia?"}
GROWTH_KIB_MAX = 4096  # of memory over a hundred reloads; a snapshot alone has some 1 MB


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


class ReloadCase(ApiCase):
    """A daemon with files of its own, which the test may replace."""

    def begin(self, *options, config="", **kinds):
        self.place = self.directory()
        self.put("m.tier", read_bytes(MODEL))
        self.put("c.json", read_bytes(CATALOG))
        self.put("t.conf", config)
        return self.start("--config", self.place.join("t.conf"), *options, directory=self.place,
                          model=self.place.join("m.tier"), catalog=self.place.join("c.json"),
                          **kinds)

    def put(self, name, content):
        """As an operator should: a new file in the old one's place."""
        os.rename(self.place.write(name + ".new", content), self.place.join(name))

    def put_catalog(self, number):
        """The same catalogue under another version, which is the hash of its bytes."""
        self.put("c.json", read_bytes(CATALOG) + b"\n" * number)

    def reload(self, daemon):
        return daemon.ask(b"", "/v1/reload")

    def good(self, daemon):
        answer = self.reload(daemon)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def hang_up(self, daemon, *said):
        """SIGHUP until the outcome has been said; said are wait_for()'s arguments."""
        done = threading.Event()

        def insist():  # see Daemon._insist() on why once may not do under ThreadSanitizer
            daemon.process.send_signal(signal.SIGHUP)
            while watches_threads() and not done.wait(1):
                daemon.process.send_signal(signal.SIGHUP)

        thread = threading.Thread(target=insist)
        thread.start()
        try:
            daemon.wait_for(*said)
        finally:
            done.set()
            thread.join()

    def versions(self, daemon):
        version = daemon.get("/version").json
        return {key: version[key] for key in
                ("model_version", "policy_version", "catalog_version", "snapshot")}

    def assert_unchanged(self, daemon, before, said):
        """A reload is refused for that reason, and everything is as it was."""
        answer = self.reload(daemon)
        self.assert_problem(answer, 409, "reload-failed", detail=said)
        self.assertEqual(self.versions(daemon), before)
        self.assertEqual(daemon.ask(HELLO).json["policy_version"], before["policy_version"])
        daemon.wait_for("nothing changed: ")


class Reload(ReloadCase):

    def test_nothing_new(self):
        daemon = self.begin()
        before = self.versions(daemon)
        answer = self.good(daemon)
        self.assertEqual(answer["object"], "reload")
        self.assertEqual(answer["restart_needed"], [])
        self.assertEqual(answer["snapshot"], before["snapshot"] + 1)
        after = self.versions(daemon)
        self.assertEqual(after, {key: answer[key] for key in after})
        self.assertEqual({**after, "snapshot": 1}, before)

    def test_catalogue(self):
        """Another default model, which the very next answers name."""
        daemon = self.begin()
        before = self.versions(daemon)
        body = {**HELLO, "routing": {"min_tier": TIERS[0], "max_tier": TIERS[0]}}
        old = daemon.ask(body).json
        text = read_bytes(CATALOG).decode()
        self.put("c.json", text.replace(old["model"], "reloaded-model"))
        answer = self.good(daemon)
        self.assertNotEqual(answer["catalog_version"], before["catalog_version"])
        self.assertEqual(answer["model_version"], before["model_version"])
        for _ in range(8):  # whichever thread answers
            new = daemon.ask(body).json
            self.assertEqual(new["model"], "reloaded-model")
            self.assertEqual(new["policy_version"], answer["policy_version"])
        names = [model["id"] for model in daemon.get("/v1/models").json["data"]]
        self.assertIn("reloaded-model", names)
        self.assertNotIn(old["model"], names)

    def test_model(self):
        """A model trained for other traffic takes the old one's place."""
        daemon = self.begin()
        before = self.versions(daemon)
        self.put("m.tier", self.other_model())
        answer = self.good(daemon)
        self.assertNotEqual(answer["model_version"], before["model_version"])
        self.assertEqual(daemon.ask(HELLO).json["model_version"], answer["model_version"])

    def other_model(self):
        prompts = ("Add one and %d", "Prove lemma %d at length")
        rows = [{"id": str(i), "prompt": prompts[i % 2] % i, "label": TIERS[i % 2 * 2]}
                for i in range(240)]
        data = self.place.write("rows.jsonl", "\n".join(map(json.dumps, rows)))
        out = self.place.join("other.tier")
        done = run("tier-train", "fit", "--data", data, "--tiers", CATALOG, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        return read_bytes(out)

    def test_sighup(self):
        daemon = self.begin()
        before = self.versions(daemon)
        self.put_catalog(1)
        self.hang_up(daemon, "tierd: reloaded (")
        after = self.versions(daemon)
        self.assertNotEqual(after["catalog_version"], before["catalog_version"])
        daemon.wait_for(f"catalogue {after['catalog_version']}")

    def test_sighup_that_fails(self):
        daemon = self.begin()
        before = self.versions(daemon)
        self.put("m.tier", b"")
        self.hang_up(daemon, "reload failed, nothing changed: ")
        self.assertEqual(self.versions(daemon), before)
        self.assertEqual(daemon.ask(HELLO).status, 200)

    def test_settings(self):
        """Limits and policy, in the file, count from the next request on, on any thread."""
        daemon = self.begin("--threads=3", config="quality = 0.5\nbody-bytes-max = 1K\n")
        before = self.versions(daemon)
        long = {"prompt": "x" * 2000}
        self.assert_problem(daemon.ask(long), 413, "body-too-large")
        self.put("t.conf", "quality = 0.9\n")
        after = self.good(daemon)
        self.assertNotEqual(after["policy_version"], before["policy_version"])
        self.assertEqual(after["catalog_version"], before["catalog_version"])
        for _ in range(9):
            self.assertEqual(daemon.ask(long).status, 200)
        self.put("t.conf", "body-bytes-max = 1K\n")
        self.good(daemon)
        for _ in range(9):
            self.assert_problem(daemon.ask(long), 413, "body-too-large")

    def test_flags_still_win(self):
        daemon = self.begin("--body-bytes-max=1K")
        self.put("t.conf", "body-bytes-max = 1M\n")
        self.good(daemon)
        self.assert_problem(daemon.ask({"prompt": "x" * 2000}), 413, "body-too-large")

    def test_other_files(self):
        """The config may name another file, which is the one that counts from then on."""
        place = self.directory()
        catalog = place.write("c2.json", read_bytes(CATALOG) + b"\n")
        config = place.write("t.conf", f"catalog = {CATALOG}\n")
        raw_socket = place.join("s.sock")
        process = subprocess.Popen(
            [program("tierd"), "--config", config, "--model", MODEL, "--socket", raw_socket,
             "--threads=1", *STAY_ROOT], stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait, PATIENCE_S)
        self.addCleanup(process.kill)
        self.assertIn("ready", process.stderr.readline())
        place.write("t.conf", f"catalog = {catalog}\n")
        told = [json.loads(run("tierctl", "--socket", raw_socket, "--json", "reload").stdout)]
        place.write("t.conf", f"catalog = {CATALOG}\n")
        told.append(json.loads(run("tierctl", "--socket", raw_socket, "--json", "reload").stdout))
        self.assertNotEqual(told[0]["catalog_version"], told[1]["catalog_version"])

    def test_what_needs_a_restart(self):
        daemon = self.begin("--threads=2")
        self.put("t.conf", "connections-max = 7\nlisten = 127.0.0.1:1\nstale-days = 9\n")
        answer = self.good(daemon)
        self.assertEqual(answer["restart_needed"], ["listen", "connections-max"])
        daemon.wait_for("--listen has changed; restart tierd")
        done = run("tierctl", "--socket", daemon.path, "reload")
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning: --connections-max has changed", done.stderr)
        self.assertEqual(daemon.get("/version").json["threads"], 2)


class Refused(ReloadCase):

    def test_each_bad_file(self):
        """None of them leaves a trace, one after the other on the same daemon."""
        daemon = self.begin("--threads=3")
        before = self.versions(daemon)
        model, catalog = read_bytes(MODEL), read_bytes(CATALOG)
        cases = {
            "a model cut short": ("m.tier", model[:len(model) // 2], "m.tier"),
            "an altered model": ("m.tier", model.replace(b"1", b"2", 1), "m.tier"),
            "an empty model": ("m.tier", b"", "m.tier"),
            "a catalogue cut short": ("c.json", catalog[:len(catalog) // 2], "c.json"),
            "an unknown key": ("c.json", catalog.replace(b'"tiers"', b'"tears"', 1), "c.json"),
            "other tiers": ("c.json", catalog.replace(TIERS[0].encode(), b"pauper"), "pauper"),
            "a bad setting": ("t.conf", b"quality = 7\n", "t.conf:1"),
            "an unknown setting": ("t.conf", b"colour = red\n", "colour"),
        }
        for name, (file, content, said) in cases.items():
            with self.subTest(name):
                kept = read_bytes(self.place.join(file))
                self.put(file, content)
                self.assert_unchanged(daemon, before, said)
                self.put(file, kept)
        self.assertEqual(self.good(daemon)["snapshot"], 2)

    def test_all_or_nothing(self):
        """A good catalogue does not come in with a bad model, nor good settings."""
        daemon = self.begin()
        before = self.versions(daemon)
        self.put_catalog(1)
        self.put("t.conf", "quality = 0.5\n")
        self.put("m.tier", b"nonsense")
        self.assert_unchanged(daemon, before, "m.tier")
        self.put("m.tier", read_bytes(MODEL))
        after = self.good(daemon)
        self.assertNotEqual(after["catalog_version"], before["catalog_version"])

    def test_missing_files(self):
        daemon = self.begin()
        before = self.versions(daemon)
        for name in "m.tier", "c.json", "t.conf":
            os.rename(self.place.join(name), self.place.join("away"))
            self.assert_unchanged(daemon, before, name)
            os.rename(self.place.join("away"), self.place.join(name))

    def test_only_over_the_unix_socket(self):
        daemon = self.begin(listen="127.0.0.1:0")
        with daemon.connect(tcp=True) as wire:
            self.assert_problem(wire.request("POST", "/v1/reload", b""), 403, "local-only")
            self.assertEqual(wire.request("GET", "/version").json["snapshot"], 1)
        done = run("tierctl", "--url", f"http://127.0.0.1:{daemon.port}", "reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unix socket", done.stderr)

    def test_method(self):
        daemon = self.begin()
        self.assert_problem(daemon.get("/v1/reload"), 405, "method-not-allowed")
        self.assertEqual(daemon.get("/version").json["snapshot"], 1)

    def test_tierctl(self):
        daemon = self.begin()
        done = run("tierctl", "--socket", daemon.path, "reload")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        version = self.versions(daemon)
        self.assertEqual(done.stdout, "reloaded: model %s, catalogue %s, policy %s\n" % (
            version["model_version"], version["catalog_version"], version["policy_version"]))
        self.put("m.tier", b"")
        done = run("tierctl", "--socket", daemon.path, "reload")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("nothing changed (HTTP 409)", done.stderr)
        self.assertIn("m.tier", done.stderr)


class Wires(ReloadCase):
    """What a connection may do around a reload."""

    RELOAD = post(b"", "/v1/reload")

    def test_pipelined(self):
        """Answers come in order, though the order takes longer than the rest."""
        daemon = self.begin("--threads=1")
        with daemon.connect() as wire:
            wire.send((self.RELOAD + head("GET", "/version")) * 5)
            for number in range(2, 7):
                self.assertEqual(wire.read().json["snapshot"], number)
                self.assertEqual(wire.read().json["snapshot"], number)

    def test_client_that_leaves(self):
        """It is carried out all the same, and nobody is the worse for it."""
        daemon = self.begin("--threads=1")
        for number in range(2, 12):
            with daemon.connect() as wire:
                wire.send(self.RELOAD)
            while daemon.get("/version").json["snapshot"] < number:
                pass  # each round waits for an answer

    def test_client_that_only_listens(self):
        daemon = self.begin("--threads=1")
        with daemon.connect() as wire:
            wire.send(self.RELOAD)
            wire.end()
            self.assertEqual(wire.read().status, 200)
            self.assertTrue(wire.closes())

    def test_http_1_0_and_close(self):
        daemon = self.begin()
        for data in (head("POST", "/v1/reload", version="HTTP/1.0"),
                     head("POST", "/v1/reload", "Connection: close")):
            with daemon.connect() as wire:
                wire.send(data)
                answer = wire.read()
                self.assertEqual((answer.status, answer.header("connection")), (200, "close"))
                self.assertTrue(wire.closes())

    def test_a_batch_goes_on(self):
        """A batch that is under way when the catalogue changes: each line names one that
        was in use, and the later ones the later."""
        daemon = self.begin("--threads=1")
        first = self.versions(daemon)["policy_version"]
        line = encode(HELLO) + b"\n"
        with daemon.connect() as wire:
            wire.send(head("POST", "/v1/route:batch", f"Content-Length: {2 * len(line)}") + line)
            self.assertEqual(wire.line(), b"HTTP/1.1 200 OK")
            self.put_catalog(1)
            second = self.good(daemon)["policy_version"]
            self.assertNotEqual(first, second)
            wire.send(line)
            wire.got[:0] = b"HTTP/1.1 200 OK\r\n"
            self.assertEqual([row["policy_version"] for row in wire.read().lines], [first, second])

    def test_at_the_end(self):
        """SIGTERM with reloads under way: they are finished and answered or refused a
        connection, and the daemon leaves in good order."""
        daemon = self.begin("--threads=2")
        wires = [daemon.connect() for _ in range(6)]
        for wire in wires:
            wire.send(self.RELOAD)
        daemon.send_signal(signal.SIGTERM)
        for wire in wires:
            with wire:
                self.assertEqual(wire.read().status, 200)
                self.assertTrue(wire.closes())
        daemon.stop()


class Load(ReloadCase):
    """Requests by the thousand while everything is exchanged under them."""

    def load(self, daemon):
        return subprocess.Popen(
            [program("tier-bench"), "load", f"--socket={daemon.path}", "--connections=8",
             "--rate=400", "--warmup=0", "--duration=3", "--generate=50", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def assert_none_lost(self, client):
        out, error = client.communicate(timeout=PATIENCE_S)
        self.assertEqual((client.returncode, error), (0, b""), out)
        result = json.loads(out)
        self.assertEqual(result["statuses"], {"200": 1200})
        self.assertEqual((result["failed"], result["unfinished"]), (0, 0))

    def test_reloads(self):
        """Good ones and bad ones in turn, for as long as the load lasts."""
        daemon = self.begin("--threads=3")
        client = self.load(daemon)
        count = 0
        while client.poll() is None:
            count += 1
            self.put_catalog(count % 7)
            self.good(daemon)
            self.put("m.tier", b"bad")
            self.assertEqual(self.reload(daemon).status, 409)
            self.put("m.tier", read_bytes(MODEL))
        self.assert_none_lost(client)
        self.assertEqual(self.versions(daemon)["snapshot"], count + 1)
        self.assertGreater(count, 5)

    def test_a_hundred_sighups(self):
        """One after the other, each of which is carried out."""
        daemon = self.begin("--threads=3")
        client = self.load(daemon)
        for count in range(1, 101):
            self.put_catalog(count)
            self.hang_up(daemon, "tierd: reloaded (", count)
        self.assert_none_lost(client)
        self.assertGreaterEqual(self.versions(daemon)["snapshot"], 101)

    def test_a_hundred_sighups_at_once(self):
        """However many are carried out, the last state of the files is in use."""
        daemon = self.begin("--threads=3")
        client = self.load(daemon)
        self.put_catalog(1)
        before = self.good(daemon)["catalog_version"]
        for _ in range(100):
            daemon.process.send_signal(signal.SIGHUP)
        self.put_catalog(2)
        self.hang_up(daemon, f"catalogue {self.catalog_version()}")
        self.assertNotEqual(self.versions(daemon)["catalog_version"], before)
        self.assert_none_lost(client)

    def catalog_version(self):
        """As tierd --check of the same file would have it: asked of a second daemon."""
        other = self.start(catalog=self.place.join("c.json"))
        return other.get("/version").json["catalog_version"]

    def test_answers_are_of_one_piece(self):
        """No answer mixes two snapshots: model name and policy version belong together."""
        daemon = self.begin("--threads=3")
        text = read_bytes(CATALOG).decode()
        body = {**HELLO, "routing": {"min_tier": TIERS[0], "max_tier": TIERS[0]}}
        name = daemon.ask(body).json["model"]
        pairs, done, lock = set(), threading.Event(), threading.Lock()

        def ask():
            with daemon.connect() as wire:
                while not done.is_set():
                    answer = wire.request("POST", "/v1/route", body)
                    with lock:
                        pairs.add((answer.json["policy_version"], answer.json["model"],
                                   answer.header("x-tierd-model"), answer.status))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        wanted = set()
        try:
            for count in range(20):
                new = f"model-{count % 2}"
                self.put("c.json", text.replace(name, new))
                wanted.add((self.good(daemon)["policy_version"], new, new, 200))
        finally:
            done.set()
            for thread in threads:
                thread.join()
        first = {pair for pair in pairs if pair[1] == name}
        self.assertLessEqual(len(first), 1)
        self.assertLessEqual(pairs - first, wanted)
        self.assertEqual(len(wanted), 2)

    def test_memory_does_not_grow(self):
        daemon = self.begin("--threads=2")
        with daemon.connect() as wire:
            for _ in range(20):  # until buffers and the allocator have what they need
                self.good(daemon)
                wire.request("POST", "/v1/route", HELLO)
            before = daemon.memory_kib()
            for _ in range(100):
                self.good(daemon)
                wire.request("POST", "/v1/route", HELLO)
                self.put("m.tier", b"bad")
                self.assertEqual(self.reload(daemon).status, 409)
                self.put("m.tier", read_bytes(MODEL))
        if b"__asan_init" not in read_bytes(program("tierd")):  # which keeps what is freed
            self.assertLess(daemon.memory_kib() - before, GROWTH_KIB_MAX)
