"""tierctl catalog: price lists become catalogues that load, and are checked and compared."""

import decimal
import json
import os
import re
import stat
import subprocess
import unittest

from harness import CATALOG, MODEL, SOURCE, TIERS, TINY_CATALOG, ApiCase, program, run

LISTS = os.path.join(SOURCE, "tests", "data", "price-lists")
LITELLM = os.path.join(LISTS, "litellm.json")
MODELS_DEV = os.path.join(LISTS, "models-dev.json")
REAL = os.path.join(os.environ.get("TIERD_DATA", os.path.join(SOURCE, "..", "shared", "data")),
                    "catalogs", "litellm_model_prices.json")
GLOBS = "economy=*mini*,standard=*mid*,frontier=*max*"
PRICES = ("input", "output", "cache_read", "batch_input", "batch_output")


def parse(text):
    """A catalogue, its comments aside and its numbers exact."""
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.M), parse_float=decimal.Decimal,
                      parse_int=decimal.Decimal)


class CatalogCase(ApiCase):

    def setUp(self):
        self.files = self.directory()
        self.out = self.files.join("out.json")

    def catalog(self, *arguments, status=0):
        done = run("tierctl", "catalog", *arguments)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def imported(self, path, *options, file=None):
        """The new catalogue, which must load, and the report."""
        report = self.catalog("import", path, *options, "--out", file or self.out, "--json",
                              "--as-of", "2026-11-23")
        self.assertEqual(report.stderr, "")
        with open(file or self.out) as made:
            text = made.read()
        self.assertEqual(self.catalog("diff", file or self.out, file or self.out).stdout, "")
        # The shipped model knows one set of tiers; a catalogue of others only loads.
        if parse(text)["tiers"] == TIERS:
            checked = run("tierd", "--check", "--model", MODEL, "--catalog", file or self.out)
            self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        return parse(text), json.loads(report.stdout), text

    def refused(self, *arguments, mention):
        done = self.catalog(*arguments, status=2)
        self.assertIn(mention, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.out))
        return done


class New(CatalogCase):

    def test_litellm(self):
        made, report, text = self.imported(LITELLM, "--tiers", GLOBS)
        self.assertEqual(made["tiers"], TIERS)
        self.assertEqual(made["defaults"], {"economy": "acme-mini", "standard": "acme-mid",
                                            "frontier": "acme-max"})
        mini, mid = made["models"]["acme-mini"], made["models"]["acme-mid"]
        self.assertEqual([mini[key] for key in PRICES],
                         [decimal.Decimal(x) for x in ("0.15", "0.6", "0.015", "0.075", "0.3")])
        self.assertIsNone(mini["cache_write"])
        self.assertIn("cache_write", mini["notes"])  # null with a reason
        self.assertEqual(mid["cache_write"], {"5m": decimal.Decimal("3.75"), "1h": 6})
        self.assertEqual(mid["cache_lifetime"], "5m")
        self.assertEqual(mid["long_context"]["above_input_tokens"], 200000)
        self.assertEqual(mid["long_context"]["output"], decimal.Decimal("22.5"))
        self.assertEqual(mid["as_of"], "2026-11-23")
        self.assertIn("https://acme.example/prices", mid["source"])
        self.assertNotRegex(text, r"\d[eE][-+]?\d")  # no exponents
        reasons = {row["model"]: row.get("reason", "") for row in report["models"]
                   if row["action"] == "left_out"}
        self.assertIn("2026-02-19", reasons["acme-old"])
        self.assertIn("not for text", reasons["acme-realtime"])
        self.assertIn("no rule gives it a tier", reasons["umbra-ranges"])
        self.assertIn("HTTP header", reasons["umbra odd name"])
        self.assertEqual(report["counts"]["added"], 3)

    def test_models_dev(self):
        made, report, _ = self.imported(MODELS_DEV, "--provider", "acme", "--tiers", "low,high",
                                        "--tier-by-price", "1")
        self.assertEqual(sorted(made["models"]), ["acme-mid", "acme-mini", "acme-older"])
        mid = made["models"]["acme-mid"]
        self.assertEqual(mid["cache_write"], decimal.Decimal("3.75"))
        self.assertEqual(mid["long_context"]["input"], 6)
        self.assertEqual(mid["tier"], "high")
        self.assertEqual(made["models"]["acme-older"]["max_output"], None)
        self.assertIn("max_output", made["models"]["acme-older"]["notes"])
        self.assertEqual(report["counts"]["filtered"], 2)

    def test_ambiguous_provider(self):
        _, report, _ = self.imported(MODELS_DEV, "--tiers", "low=acme-o*,high=acme-mid")
        rows = [row for row in report["models"] if row["model"] == "acme-mini"]
        self.assertEqual([row["action"] for row in rows], ["left_out", "left_out"])
        self.assertIn("--provider", rows[0]["reason"])

    def test_unknown_price(self):
        """Null with a reason; a band of prices never takes the model for a cheap one."""
        made, _, _ = self.imported(LITELLM, "--tiers", GLOBS, "--tier-of", "umbra-free=economy")
        self.assertIsNone(made["models"]["umbra-free"]["input"])
        self.assertIn("is 0 in the list", made["models"]["umbra-free"]["notes"])
        self.assertEqual(made["defaults"]["economy"], "acme-mini")
        _, report, _ = self.imported(LITELLM, "--tiers", "a,b", "--tier-by-price", "1",
                                     file=self.files.join("bands.json"))
        row = next(row for row in report["models"] if row["model"] == "umbra-free")
        self.assertEqual(row["action"], "left_out")
        self.assertIn("no price", row["reason"])
        made, _, _ = self.imported(LITELLM, "--tiers", GLOBS, "--tier-of", "umbra-free=economy",
                                   "--zero-is-free", file=self.files.join("free.json"))
        self.assertEqual(made["models"]["umbra-free"]["input"], 0)
        self.assertEqual(made["defaults"]["economy"], "umbra-free")

    def test_options(self):
        made, _, _ = self.imported(LITELLM, "--tiers", "low=acme-m*,high=*", "--models",
                                   "acme-m*,acme-old,acme-realtime", "--retired",
                                   "--tier-of", "acme-realtime=high", "--default", "low=acme-max")
        self.assertEqual(sorted(made["models"]), ["acme-max", "acme-mid", "acme-mini", "acme-old",
                                                  "acme-realtime"])
        self.assertEqual(made["defaults"]["low"], "acme-max")

    def test_stdout(self):
        done = self.catalog("import", LITELLM, "--tiers", GLOBS)
        self.assertIn("acme-mini", parse(done.stdout)["models"])
        self.assertIn("3 added", done.stderr)
        self.assertIn("--as-of", done.stderr)  # that the date is a guess is said


class Refused(CatalogCase):

    def test_lists(self):
        for content, mention in (
                ("", "not valid JSON"), ("[1]", "neither form"), ('{"a": 1}', "neither form"),
                ('{"a": {"litellm_provider": "x"}, "b~/": []}', "/b~0~1: expected an object"),
                ('{"a": {"models": {"m": 3}}}', "/a/models/m: expected an object"),
                ('{"m": {"litellm_provider": "x", "input_cost_per_token": 1e999}}', "line 1"),
                ("[" * 100000, "nested too deeply"), ('{"a": "\x1b"}', "line 1"),
                (b'{"a": "\xff"}', "UTF-8")):
            with self.subTest(content[:40]):
                path = self.files.write("list.json", content)
                self.refused("import", path, "--tiers", "a,b", "--out", self.out, mention=mention)
        self.refused("import", self.files.join("none"), "--tiers", "a,b", "--out", self.out,
                     mention="No such file")
        self.refused("import", CATALOG, "--tiers", "a,b", "--out", self.out, mention="not valid JSON")
        self.refused("import", "/dev/zero", "--tiers", "a,b", "--out", self.out, mention="larger than")

    def test_endless_thresholds(self):
        """Each threshold makes nine look-ups; they must not be made a hundred thousand times."""
        model = {f"input_cost_per_token_above_{i}k_tokens": 1e-6 for i in range(1, 99999)}
        model.update(litellm_provider="p", mode="chat", input_cost_per_token=1e-6,
                     output_cost_per_token=1e-6)
        path = self.files.write("list.json", json.dumps({"m": model, "n": model}))
        made, _, _ = self.imported(path, "--tiers", "a=m,b=n")
        self.assertEqual(len(made["models"]["m"]["long_context"]), 4)
        self.assertIn("some are left out", made["models"]["m"]["notes"])

    def test_a_tier_without_models(self):
        self.refused("import", LITELLM, "--tiers", "low=*mini*,high=nothing", "--out", self.out,
                     mention='in the tier "high"')
        self.refused("import", LITELLM, "--tiers", GLOBS, "--default", "economy=acme-max", "--out",
                     self.out, mention="/defaults/economy")

    def test_too_many_models(self):
        models = {f"m{i}": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1e-6,
                            "output_cost_per_token": 1e-6} for i in range(1025)}
        path = self.files.write("list.json", json.dumps(models))
        self.refused("import", path, "--tiers", "a=*,b=x", "--out", self.out, mention="1024 models")

    def test_usage(self):
        for arguments, mention in (
                ([], "import, check or diff"), (["export"], "'catalog export'"),
                (["import"], "0 files"), (["diff", "a"], "1 files"),
                (["diff", "a", "b", "c"], "one argument too many"),
                (["import", LITELLM], "--base"), (["check", "x", "--out", "y"], "catalog import"),
                (["import", LITELLM, "--tiers", "one"], "at least 2"),
                (["import", LITELLM, "--tiers", "a,b", "--as-of", "2026-13-01"], "YYYY-MM-DD"),
                (["import", LITELLM, "--tiers", "a,b", "--as-of", "2026"], "YYYY-MM-DD"),
                (["import", LITELLM, "--tiers", "a,b", "--tier-of", "x=c"], "no tier"),
                (["import", LITELLM, "--tiers", "a,b", "--tier-of", "x"], "MODEL=T"),
                (["import", LITELLM, "--base", CATALOG, "--tiers", "no=*"], "no tier of --base"),
                (["import", LITELLM, "--base", CATALOG, "--default", "x=y"], "--default"),
                (["check", CATALOG, "--stale-days", "0"], "number of days"),
                (["import", LITELLM, "--colour"], "no option --colour")):
            with self.subTest(arguments):
                self.refused(*arguments, mention=mention)

    def test_help(self):
        for words, said in ((["--help"], "import"), (["help"], "import"), (["import", "--help"], "--tier-by-price"),
                            (["check", "--help"], "--stale-days"), (["diff", "--help"], "--json")):
            self.assertIn(said, self.catalog(*words).stdout)
        self.assertIn("catalog", run("tierctl", "--help").stdout)


class File(CatalogCase):

    def test_is_not_replaced(self):
        path = self.files.write("there.json", "precious")
        self.refused("import", LITELLM, "--tiers", GLOBS, "--out", path, mention="--force")
        with open(path) as file:
            self.assertEqual(file.read(), "precious")
        os.chmod(path, 0o640)
        self.imported(LITELLM, "--tiers", GLOBS, "--force", file=path)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        self.assertEqual(os.listdir(self.files.path), ["there.json"])  # nothing left beside it

    def test_directory_is_missing(self):
        self.refused("import", LITELLM, "--tiers", GLOBS, "--out", self.files.join("no/x.json"),
                     mention="cannot write")


BASE = """// Ours. Keep this line.
{
  "tiers": ["low", "high"], "safe_tier": "low",
  "defaults": { "low": "acme-mini", "high": "acme-mid" },
  "models": {
    "acme-mini": { "provider": "acme", "tier": "low", "input": 0.2, "output": 0.6, "cache_read": 0.02,
      "batch_input": 0.1, "batch_output": 0.3, "context_window": 400000, "max_output": null,
      "as_of": "2026-01-01", "notes": "mine" },
    "acme-mid": { "provider": "acme", "tier": "high", "input": 3, "output": 15, "cache_read": 0.3,
      "cache_write": 3.75, "cache_lifetime": "5m", "as_of": "2026-01-01", "source": "their page" },
    "acme-max": { "provider": "acme", "tier": "high", "input": 9, "output": 50, "as_of": "2027-01-01" },
    "umbra-free": { "provider": "umbra", "tier": "low", "input": 1, "output": 2 },
    "acme-old": { "provider": "other", "tier": "low", "input": 1, "output": 2 },
    "own": { "provider": "us", "tier": "low", "input": 0, "output": 0 },
    "acme-realtime": { "provider": "acme", "tier": "high", "input": 5, "output": 6,
      "images": "gpt-5.6", "price_changes": [{ "effective_from": "2026-06-01", "input": 7, "output": 8,
        "source": "a letter", "notes": "cache_read: agreed on the telephone" }] }
  }
}
"""


class Update(CatalogCase):

    def setUp(self):
        super().setUp()
        self.base = self.files.write("base.json", BASE)

    def test_update(self):
        made, report, text = self.imported(LITELLM, "--base", self.base)
        self.assertTrue(text.startswith("// Ours. Keep this line.\n"))
        before = parse(BASE)
        for key in ("tiers", "safe_tier", "defaults"):
            self.assertEqual(made[key], before[key])
        rows = {row["model"]: row for row in report["models"]}
        mini = made["models"]["acme-mini"]
        self.assertEqual(mini["input"], decimal.Decimal("0.15"))
        self.assertEqual((mini["notes"], mini["tier"]), ("mine", "low"))
        # Filled in where it was unknown; not replaced where it was not.
        self.assertEqual((mini["max_output"], mini["context_window"]), (16384, 400000))
        changes = {change["figure"]: change for change in rows["acme-mini"]["changes"]}
        self.assertEqual((changes["input"]["from"], changes["input"]["to"],
                          changes["input"]["percent"]), (0.2, 0.15, -25))
        # Two lifetimes in the place of one, long prices that were not known before.
        self.assertEqual(made["models"]["acme-mid"]["cache_write"],
                         {"5m": decimal.Decimal("3.75"), "1h": 6})
        for name, mention in (("acme-max", "newer"), ("umbra-free", "no usable price"),
                              ("acme-old", "not of other"), ("own", "does not have it"),
                              ("acme-realtime", "by date or hour")):
            self.assertEqual(rows[name]["action"], "kept")
            self.assertIn(mention, rows[name]["reason"])
            self.assertEqual(made["models"][name], before["models"][name])
        self.assertEqual(rows["umbra-ranges"]["action"], "left_out")

    def test_again_confirms(self):
        self.imported(LITELLM, "--base", self.base)
        second = self.files.join("second.json")
        _, report, _ = self.imported(LITELLM, "--base", self.out, file=second)
        self.assertEqual(report["counts"]["updated"], 0)
        self.assertEqual(report["counts"]["confirmed"], 2)
        with open(self.out) as first, open(second) as again:
            self.assertEqual(first.read(), again.read())

    def test_new_models(self):
        made, _, _ = self.imported(LITELLM, "--base", self.base, "--tier-of", "umbra-ranges=low")
        self.assertEqual(made["models"]["umbra-ranges"]["tier"], "low")

    def test_base_that_does_not_load(self):
        path = self.files.write("bad.json", BASE.replace('"input": 0.2', '"input": -1'))
        self.refused("import", LITELLM, "--base", path, "--out", self.out,
                     mention="/models/acme-mini/input")

    def test_shipped(self):
        """An update by a list that knows none of the models changes nothing."""
        made, report, _ = self.imported(LITELLM, "--base", CATALOG)
        with open(CATALOG) as file:
            self.assertEqual(made, parse(file.read()))
        self.assertEqual(run("tierd", "--check", "--model", MODEL, "--catalog", self.out).returncode, 0)


class Check(CatalogCase):

    def findings(self, path, *options, status=1):
        done = self.catalog("check", path, "--json", "--today", "2026-11-23", *options, status=status)
        return [(row["kind"], row["of"], row["text"]) for row in json.loads(done.stdout)["findings"]]

    def test_stale(self):
        base = self.files.write("base.json", BASE)
        stale = [of for kind, of, _ in self.findings(base) if kind == "stale"]
        self.assertEqual(stale, ["acme-mini", "acme-mid"])
        self.assertNotIn("stale", [kind for kind, _, _ in self.findings(base, "--stale-days", "400")])

    def test_against(self):
        base = self.files.write("base.json", BASE)
        for path in (LITELLM, MODELS_DEV):
            with self.subTest(path):
                differs = [(of, text) for kind, of, text in self.findings(base, "--against", path)
                           if kind == "price-differs"]
                self.assertIn("acme-mini", [of for of, _ in differs])
                self.assertNotIn("acme-mid", [of for of, _ in differs])
                self.assertTrue(any("input is 0.2 here and 0.15" in text for _, text in differs))

    def test_clean(self):
        model = {"provider": "p", "tier": "a", "input": 1, "output": 9, "context_window": 9,
                 "max_output": 9, "as_of": "2026-11-20", "capabilities": {
                     key: True for key in ("vision", "tools", "json_schema", "files", "reasoning")}}
        text = json.dumps({"tiers": ["a", "b"], "defaults": {"a": "x", "b": "y"},
                           "models": {"x": model, "y": {**model, "tier": "b", "input": 2}}})
        path = self.files.write("clean.json", text)
        self.assertEqual(self.findings(path, status=0), [])
        odd = self.files.write("odd.json", text.replace('"input": 2', '"input": 10'))
        self.assertEqual([kind for kind, _, _ in self.findings(odd)], ["output-below-input"])

    def test_table_and_errors(self):
        done = self.catalog("check", TINY_CATALOG, "--today", "2026-11-23", status=1)
        self.assertIn("missing-price", done.stdout)
        self.assertIn("findings in 4 models", done.stdout)
        self.refused("check", self.files.join("none"), mention="No such file")
        self.refused("check", CATALOG, "--against", CATALOG, mention="catalog.json")


class FullDisk(ApiCase):

    def test_is_trouble(self):
        """And not a finding or a difference, whose status is 1."""
        for command in (["check", TINY_CATALOG], ["diff", TINY_CATALOG, CATALOG],
                        ["import", LITELLM, "--tiers", GLOBS], ["help"]):
            with self.subTest(command), open("/dev/full", "w") as full:
                done = subprocess.run([program("tierctl"), "catalog", *command], stdout=full,
                                      stderr=subprocess.PIPE, timeout=30)
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"cannot write the answer", done.stderr)


class Diff(CatalogCase):

    def test_same(self):
        done = self.catalog("diff", CATALOG, CATALOG)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_differ(self):
        old = self.files.write("old.json", BASE)
        new = self.files.write("new.json", BASE.replace('"input": 9', '"input": 12')
                               .replace('"own"', '"owned"').replace('"tier": "low", "input": 1', '"tier": "high", "input": 1')
                               .replace('"safe_tier": "low"', '"safe_tier": "high"'))
        done = self.catalog("diff", old, new, "--json", status=1)
        found = json.loads(done.stdout)
        self.assertEqual(found["added"], [{"model": "owned", "to": "low"}])
        self.assertEqual(found["removed"], [{"model": "own", "from": "low"}])
        self.assertEqual([row["model"] for row in found["moved"]], ["umbra-free", "acme-old"])
        self.assertEqual(found["settings"], [{"setting": "safe_tier", "from": "low", "to": "high"}])
        self.assertEqual(found["changed"], [{"model": "acme-max", "changes": [
            {"figure": "input", "from": 9, "to": 12, "percent": 33.33}]}])
        table = self.catalog("diff", old, new, status=1).stdout
        self.assertIn("+33.3 %", table)
        self.assertIn("owned", table)

    def test_errors(self):
        self.refused("diff", CATALOG, self.files.join("none"), mention="No such file")


@unittest.skipUnless(os.path.exists(REAL), "no real price list at hand")
class Real(CatalogCase):

    def test_exact(self):
        """Each price is the list's, digit by digit."""
        made, _, _ = self.imported(REAL, "--tiers", ",".join(TIERS), "--tier-by-price", "1,5")
        with open(REAL) as file:
            listed = json.load(file, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
        self.assertGreater(len(made["models"]), 100)
        keys = {"input": "input_cost_per_token", "output": "output_cost_per_token",
                "cache_read": "cache_read_input_token_cost",
                "batch_input": "input_cost_per_token_batches"}
        for name, model in made["models"].items():
            for ours, theirs in keys.items():
                price = listed[name].get(theirs)
                # What is finer than a nano-USD a million is rounded.
                expected = None if price is None else round(price * 10**6, 9)
                self.assertEqual(model[ours], expected or None, (name, ours))
