"""Model files, catalogues and settings that are wrong: a clear message, exit code 1;
wrong usage: exit code 2."""

import json
import re
import subprocess

from harness import CATALOG, MODEL, TINY_CATALOG, ApiCase, program, run


def read(path):
    with open(path, "rb") as file:
        return file.read()


def uncommented(path):
    return json.loads(re.sub(rb"^\s*//.*$", b"", read(path), flags=re.M))


class FileCase(ApiCase):

    def check(self, model=MODEL, catalog=CATALOG, *options):
        return run("tierd", "--check", "--model", model, "--catalog", catalog, *options)

    def assert_refused(self, model=MODEL, catalog=CATALOG, *expected):
        """By --check and by a start alike, and without a socket left behind."""
        checked = self.check(model, catalog)
        started = run("tierd", "--model", model, "--catalog", catalog,
                      "--socket", self.directory().join("d.sock"))
        for done in (checked, started):
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, r"\Atierd: [^\n]+\n\Z")  # one line
            for text in expected:
                self.assertIn(text, done.stderr)
        self.assertEqual(checked.stderr, started.stderr)


class Models(FileCase):

    def test_good(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("good", done.stdout)

    def test_missing(self):
        path = self.directory().join("none.tier")
        self.assert_refused(path, CATALOG, path, "No such file")

    def test_directory(self):
        self.assert_refused(self.directory().path, CATALOG)

    def test_cut_at_many_bytes(self):
        whole = read(MODEL)
        directory = self.directory()
        for at in [0, 1, 10, 13, 14, 100, 1000, len(whole) - 20, len(whole) - 2,
                   *range(5000, len(whole), len(whole) // 20)]:
            with self.subTest(at):
                path = directory.write("cut.tier", whole[:at])
                done = self.check(path)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, r"\Atierd: [^\n]+\n\Z")
        self.assert_refused(directory.write("cut.tier", whole[:len(whole) // 2]), CATALOG, "cut.tier")

    def test_one_bit_flipped(self):
        whole = read(MODEL)
        directory = self.directory()
        for at in [0, 12, 20, 60, len(whole) - 2, *range(300, len(whole), len(whole) // 20)]:
            with self.subTest(at):
                changed = bytearray(whole)
                changed[at] ^= 1
                done = self.check(directory.write("flipped.tier", bytes(changed)))
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, r"\Atierd: [^\n]+\n\Z")

    def test_other_version_and_schema(self):
        whole = read(MODEL)
        directory = self.directory()
        version = re.sub(rb"\Atierd-model 3\n", b"tierd-model 1\n", whole)
        self.assert_refused(directory.write("v.tier", version), CATALOG, "version")
        schema = re.sub(rb"\nschema [0-9a-f]{16} ", b"\nschema 0123456789abcdef ", whole)
        self.assertNotEqual(schema, whole)
        self.assert_refused(directory.write("s.tier", schema), CATALOG)

    def test_bytes_behind_the_end(self):
        self.assert_refused(self.directory().write("m.tier", read(MODEL) + b"more\n"))

    def test_something_else(self):
        for content in (b"", b"\0" * 1000, b"{}", read(CATALOG), b"tierd-model 1\n", b"x" * 100000):
            self.assert_refused(self.directory().write("m.tier", content))


class Catalogs(FileCase):

    def changed(self, change):
        """The path of a small catalogue to which change was done."""
        catalog = uncommented(TINY_CATALOG)
        change(catalog)
        return self.directory().write("catalog.json", json.dumps(catalog))

    def test_good(self):
        self.assertEqual(self.check(MODEL, TINY_CATALOG).returncode, 0)
        self.assertEqual(self.check(MODEL, self.changed(lambda c: None)).returncode, 0)

    def test_missing_file(self):
        path = self.directory().join("none.json")
        self.assert_refused(MODEL, path, path, "No such file")

    def test_missing_price(self):
        path = self.changed(lambda c: c["models"]["blind"].pop("input"))
        self.assert_refused(MODEL, path, path, "/models/blind/input", "missing")

    def test_unknown_keys(self):
        path = self.changed(lambda c: c["models"]["big"].update(inptu=3))
        self.assert_refused(MODEL, path, "/models/big/inptu")
        path = self.changed(lambda c: c.update(teirs=[]))
        self.assert_refused(MODEL, path, "/teirs")

    def test_bad_values(self):
        def model(**values):
            return lambda c: c["models"]["big"].update(values)
        cases = {
            "/models/big/output": model(output=-1),
            "/models/big/input": model(input="3"),
            "/models/big/as_of": model(as_of="yesterday"),
            "/models/big/tier": model(tier="luxury"),
            "/models/big/capabilities/vision": model(capabilities={"vision": "yes"}),
            "/models/big/context_window": model(context_window=-5),
            "/defaults/economy": lambda c: c["defaults"].update(economy="nobody"),
            "/defaults/standard": lambda c: c["defaults"].update(standard="big"),
            "/safe_tier": lambda c: c.update(safe_tier="luxury"),
            "/tiers": lambda c: c.update(tiers=["economy"]),
        }
        for pointer, change in cases.items():
            with self.subTest(pointer):
                self.assert_refused(MODEL, self.changed(change), pointer)

    def test_other_tiers_than_the_models(self):
        def rename(c):
            c["tiers"][0] = "cheap"
            c["defaults"]["cheap"] = c["defaults"].pop("economy")
            for model in c["models"].values():
                if model["tier"] == "economy":
                    model["tier"] = "cheap"
        self.assert_refused(MODEL, self.changed(rename), "cheap", "economy", "tiers")

        def swap(c):
            c["tiers"].reverse()
        self.assert_refused(MODEL, self.changed(swap), "order")

    def test_not_json(self):
        whole = read(TINY_CATALOG)
        for content in (b"", b"{", whole[:-3], whole + b"x", b"\xff", b"[]", whole.replace(b'"acme"', b"acme")):
            self.assert_refused(MODEL, self.directory().write("c.json", content), "c.json")

    def test_cut_at_many_bytes(self):
        whole = read(TINY_CATALOG).rstrip()
        directory = self.directory()
        for at in range(0, len(whole), 97):
            done = self.check(MODEL, directory.write("cut.json", whole[:at]))
            self.assertEqual(done.returncode, 1, at)
            self.assertRegex(done.stderr, r"\Atierd: [^\n]+\n\Z")


class Settings(FileCase):

    def test_usage_errors(self):
        cases = [["--nonsense"], ["nonsense"], ["--threads"], ["--threads=x"], ["--threads=-1"],
                 ["--threads=100000"], ["--quality=2"], ["--body-bytes-max=0"], ["--body-bytes-max=5X"],
                 ["--idle-timeout=5 parsecs"], ["--socket-mode=999"], ["--listen=nonsense"],
                 ["--listen=127.0.0.1:99999"], ["--check=yes"], ["--config=/nonexistent/tierd.conf"],
                 ["--model="], ["-x"]]
        for arguments in cases:
            with self.subTest(arguments):
                done = run("tierd", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, r"\Atierd: .+\nTry 'tierd --help'\.\n\Z")
                self.assertEqual(done.stdout, "")

    def test_usage_error_names_the_flag_that_was_meant(self):
        self.assertIn("--threads", run("tierd", "--thread=3").stderr)

    def test_help_and_version(self):
        done = run("tierd", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for flag in ("--socket", "--listen", "--help-all", "--check", "--dump-config"):
            self.assertIn(flag, done.stdout)
        self.assertIn("--body-bytes-max", run("tierd", "--help-all").stdout)
        done = run("tierd", "--version")
        self.assertRegex(done.stdout, r"\Atierd \d+\.\d+\.\d+\n\Z")

    def test_dump_config_is_read_again(self):
        options = ["--quality=0.8", "--threads=3", "--body-bytes-max=64K", "--idle-timeout=1500ms",
                   "--socket=/tmp/with space #1", "--socket-mode=0600", "--allow-remote"]
        first = run("tierd", *options, "--dump-config")
        self.assertEqual(first.returncode, 0)
        path = self.directory().write("tierd.conf", first.stdout)
        second = run("tierd", "--config", path, "--dump-config")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(second.stdout, first.stdout)
        for line in ("quality = 0.8", "threads = 3", "socket-mode = 0600", "allow-remote = true"):
            self.assertIn(line, first.stdout)

    def test_flag_beats_file(self):
        path = self.directory().write("tierd.conf", "threads = 3\nquality = 0.7\n")
        done = run("tierd", "--threads=5", "--config", path, "--dump-config")
        self.assertIn("threads = 5", done.stdout)
        self.assertIn("quality = 0.7", done.stdout)

    def test_bad_config_file(self):
        for content, expected in (("thread = 3\n", ":1"), ("\n\nthreads = x\n", ":3"),
                                  ("threads\n", ":1"), ("threads = 1\nthreads = 2\n", ":2")):
            with self.subTest(content):
                path = self.directory().write("tierd.conf", content)
                done = run("tierd", "--config", path, "--dump-config")
                self.assertEqual(done.returncode, 2)
                self.assertIn(path + expected, done.stderr)

    def test_a_daemon_from_a_config_file(self):
        path = self.directory().write("tierd.conf", "quality = 0.5\nthreads = 1\n")
        daemon = self.start("--config", path, "--threads=2")
        self.assertEqual(daemon.get("/version").json["threads"], 2)

    def test_full_disk_shows_in_the_exit_code(self):
        """What asks for output and gets none has not succeeded."""
        for flag in ("--help", "--dump-config", "--version"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([program("tierd"), flag], stdout=full, stderr=subprocess.PIPE)
            self.assertNotEqual(done.returncode, 0, flag)
