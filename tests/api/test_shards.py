"""tier-train features and fit --features: the same model from shards, and what is refused."""

import json
import os
import shutil
import subprocess

from harness import SOURCE, run
from test_train import FAST, TrainCase, jsonl, rows

GENERATE = os.path.join(SOURCE, "bench", "shards", "generate.py")
SUFFIXES = (".svm", ".meta", ".shard")


def read(path):
    with open(path, "rb") as file:
        return file.read()


class ShardCase(TrainCase):

    def features(self, out, *arguments, stdin=None, code=0):
        prefix = self.dir.join(out)
        done = run("tier-train", "features", "--tiers", self.tiers, "--out", prefix, *arguments,
                   stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr)
        return prefix if code == 0 else done

    def parts(self, log, count):
        return [self.features(f"part-{part}", "--data", log, f"--part={part}/{count}")
                for part in range(1, count + 1)]

    def fit_with(self, out, *options, prior="none", code=0):
        """The bytes of the model, or what was said when the fit failed."""
        done = run("tier-train", "fit", *FAST, "--created=2026-01-01T00:00:00Z", "--tiers",
                   self.tiers, "--out", self.dir.join(out), f"--prior={prior}", *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return read(self.dir.join(out)) if code == 0 else done


class Equality(ShardCase):
    """To the byte, whatever the log is like and however it was cut."""

    def test_parts_in_any_order(self):
        log = self.log("mine.jsonl", 210, 1)
        whole = self.fit_with("a.tier", "--data", log)
        one, two, three = self.parts(log, 3)
        self.assertEqual(whole, self.fit_with("b.tier", "--features", three, one, two))
        self.assertEqual(whole, self.fit_with("b.tier", "--features", one + ".shard",
                                              "--features", two, three))

    def test_concatenated_parts(self):
        log = self.log("mine.jsonl", 210, 1)
        parts = self.parts(log, 4)
        one = self.features("one", "--data", log)
        for suffix in SUFFIXES:
            together = b"".join(read(part + suffix) for part in parts)
            with open(self.dir.join("all" + suffix), "wb") as file:
                file.write(together)
            if suffix != ".shard":
                self.assertEqual(together, read(one + suffix))
        self.assertEqual(self.fit_with("a.tier", "--data", log),
                         self.fit_with("b.tier", "--features", self.dir.join("all")))

    def test_several_logs_beside_text(self):
        logs = [self.log(name, 130, seed) for name, seed in (("b.jsonl", 1), ("a.jsonl", 2))]
        other = self.log("c.jsonl", 120, 3)
        shard = self.features("both", "--data", *logs)
        self.assertEqual(self.fit_with("a.tier", "--data", *logs),
                         self.fit_with("b.tier", "--features", shard))
        self.assertEqual(self.fit_with("a.tier", "--data", other, *logs),
                         self.fit_with("b.tier", "--features", shard, "--data", other))

    def test_labels_and_bad_lines(self):
        made = jsonl(rows(120, 1)) + "broken\n\n" + jsonl(
            {"prompt": row["prompt"], "task": "größe", "id": "\"\\\u0001",
             "label": "HARD" if row["outcomes"]["small"]["score"] == 0 else "EASY"}
            for row in rows(160, 2))
        log = self.dir.write("mine.jsonl", made)
        one, two = self.parts(log, 2)
        model = self.fit_with("a.tier", "--data", log)
        self.assertIn(b"\ndata mine.jsonl 280 ", model)
        self.assertEqual(model, self.fit_with("b.tier", "--features", one, two))

    def test_one_answer_a_prompt_on_a_prior_with_a_baseline(self):
        """What leans, compares and assumes must see the same rows too."""
        made = rows(300, 12)
        for i, row in enumerate(made):
            chosen = ["small", "small", "middle", "large"][i % 4]
            row["outcomes"] = {chosen: row["outcomes"][chosen]}
        log = self.dir.write("lone.jsonl", jsonl(made))
        prior = self.model(self.log("elsewhere.jsonl", 600, 11), "prior.tier")
        one, two = self.parts(log, 2)
        options = ["--baseline", prior, "--force"]
        self.assertEqual(self.fit_with("a.tier", "--data", log, *options, prior=prior),
                         self.fit_with("b.tier", "--features", one, two, *options, prior=prior))

    def test_generated_log(self):
        """The generator that SHARDS.md measures with, by standard input."""
        made = subprocess.run(["python3", GENERATE, "--rows", "220", "--seed", "5"],
                              stdout=subprocess.PIPE, check=True).stdout
        again = subprocess.run(["python3", GENERATE, "--rows", "220", "--seed", "5"],
                               stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(made, again)
        self.tiers = os.path.join(SOURCE, "bench", "shards", "tiers.json")
        log = self.dir.write("made.jsonl", made.decode())
        file = self.features("file", "--data", log)
        pipe = self.features("pipe", "--data", "/dev/stdin", "--name", "made.jsonl",
                             stdin=made)
        for suffix in SUFFIXES:
            self.assertEqual(read(file + suffix), read(pipe + suffix))
        self.assertEqual(self.fit_with("a.tier", "--data", log),
                         self.fit_with("b.tier", "--features", pipe))


class OtherPrograms(ShardCase):

    def test_liblinear_trains_on_it(self):
        program = shutil.which("liblinear-train")
        if not program:
            self.skipTest("liblinear-tools is not installed")
        one, two = self.parts(self.log("mine.jsonl", 240, 1), 2)
        with open(self.dir.join("all.svm"), "wb") as file:
            file.write(read(one + ".svm") + read(two + ".svm"))
        model = self.dir.join("liblinear.model")
        done = subprocess.run([program, "-q", "-s", "2", "-e", "1", self.dir.join("all.svm"), model],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(read(model).decode(), r"\nnr_class 3\n(label .*\n)?nr_feature \d{5,6}\n")

    def test_form(self):
        """What libsvm's format asks for, held by a reader of our own."""
        shard = self.features("one", "--data", self.log("mine.jsonl", 50, 1))
        lines = read(shard + ".svm").decode().splitlines()
        self.assertEqual(len(lines), 50)
        self.assertEqual(len(read(shard + ".meta").splitlines()), 50)
        for line in lines:
            first, *pairs = line.split(" ")
            self.assertIn(first, ("0", "1", "2"))
            indices = [int(pair.split(":")[0]) for pair in pairs]
            self.assertEqual(indices, sorted(set(indices)))
            self.assertGreaterEqual(indices[0], 1)
            for pair in pairs:
                self.assertNotEqual(float(pair.split(":")[1]), 0)

    def test_no_text(self):
        shard = self.features("one", "--data", self.log("mine.jsonl", 50, 1))
        for suffix in SUFFIXES:
            self.assertEqual(os.stat(shard + suffix).st_mode & 0o777, 0o600)
            self.assertNotRegex(read(shard + suffix).decode(), "Prove|capital|Peru|Kenya|hello")


class ShardRefusals(ShardCase):

    def test_altered(self):
        log = self.log("mine.jsonl", 210, 1)
        one, two = self.parts(log, 2)
        last = two + ".svm"
        whole = read(last)
        for content, said in ((whole[:-50], "bytes; expected"),
                              (whole.replace(b" 1:", b" 9999999:", 1), "bytes; expected"),
                              (whole.replace(b" 1:", b" 0:", 1), r":1: byte 1 begins no pair"),
                              (whole[:-2] + b"7\n", "have checksum")):
            with open(last, "wb") as file:
                file.write(content)
            done = self.fit_with("b.tier", "--features", one, two, code=1)
            self.assertRegex(done.stderr, "part-2.svm.*" + said)
            self.assertFalse(os.path.exists(self.dir.join("b.tier")))
        self.assertIn("part 2 of 2 of mine.jsonl is missing",
                      self.fit_with("b.tier", "--features", one, code=1).stderr)
        manifest = json.loads(read(one + ".shard"))
        manifest["schema"] = "0123456789abcdef"
        self.dir.write("part-1.shard", json.dumps(manifest))
        self.assertIn("part-1.shard:1: the rows are of another feature schema; expected",
                      self.fit_with("b.tier", "--features", one, code=1).stderr)

    def test_bad_lines_name_their_part(self):
        log = self.dir.write("mine.jsonl", jsonl(rows(40, 1)) + "broken\n")
        done = run("tier-train", "features", "--tiers", self.tiers, "--out", self.dir.join("p"),
                   "--data", log, "--part=2/2")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"mine\.jsonl \(part 2/2\):\d+: ")
        self.assertRegex(done.stdout, r"\d+ rows, 1 bad lines skipped; wrote ")
        self.features("q", "--data", log, "--strict", code=1)
        self.assertFalse(os.path.exists(self.dir.join("q.shard")))

    def test_misuse(self):
        log = self.log("mine.jsonl", 10, 1)
        for arguments in ([], ["--data", log, "--part", "3"], ["--data", log, "--part", "3/2"],
                          ["--data", log, "--part", "1/2x"], ["--data", log, "--nonsense"],
                          ["--data", log, log, "--name", "x"], [log]):
            with self.subTest(" ".join(arguments)):
                done = self.features("s", *arguments, code=2)
                self.assertIn("--help", done.stderr)
        self.assertIn("--name", self.features("s", "--data", log, "--name", "a/b", code=1).stderr)
        self.assertIn("a pipe has no parts", self.features(
            "s", "--data", "/dev/stdin", "--part=1/2", stdin=b"{}", code=1).stderr)
        done = run("tier-train", "features", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("usage: tier-train features "))
