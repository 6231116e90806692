"""Option tables, --help, manual and completion say the same, both ways.

The tables are read from the sources with patterns of their own, so that an option that
the generator of manual and completion overlooks is noticed.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

import root as roots
from harness import SOURCE, program, run

sys.path.insert(0, os.path.join(SOURCE, "daemon", "man"))

import generate  # noqa: E402 (found through the path above)

# Where each program's tables are, and what a row of one looks like.
TABLES = {
    "tierd": [("daemon/config/options.def", r'^(?:OPTION\(\w+, |COMMAND\(\w+, )"([a-z-]+)"')],
    "tierctl": [("daemon/ctl/args_table.c", r'^    \{"([a-z-]+)", (?:0|\'.\'), OPTION_'),
                ("daemon/ctl/catalog/options.c", r'^    \{"([a-z-]+)", KIND_')],
    "tier-train": [("classifier/train/*.c", r'\{"([a-z-]+)", (?:required|no)_argument')],
    "tier-bench": [("bench/accuracy/options.c", r'^    \{"([a-z-]+)", (?:"[^"]+"|NULL),\s+"'),
                   ("bench/load/*.c", r'^      \{"([a-z-]+)", (?:"[^"]+"|NULL),\s+"'),
                   ("bench/micro/*.c", r'^      \{"([a-z-]+)", (?:"[^"]+"|NULL),\s+"')],
}
# Compared with strcmp(), in no table.
BESIDES = {"tier-train": {"help", "version"},
           "tier-bench": {"help", "help-all", "version", "data", "model", "known", "unseen", "json"}}
PAGES = {"tierd": "tierd.8", "tierctl": "tierctl.1", "tier-train": "tier-train.1", "tier-bench": "tier-bench.1"}


def in_tables(name):
    found = set()
    for pattern, row in TABLES[name]:
        for path in glob.glob(os.path.join(SOURCE, pattern)):
            with open(path) as file:
                found |= set(re.findall(row, file.read(), re.M))
    return found | BESIDES.get(name, set())


def made(*names):
    return os.path.join(program("daemon/packaging"), *names)


class TreeCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.tree = generate.read_tree(program(""), program("installed/tierd"))
        cls.commands = [command for root in cls.tree for command in root.all()]

    def expected(self, command):
        return {f"--{option.name}" for option in command.options}


class Options(TreeCase):

    def test_help_is_of_the_tables(self):
        for root in self.tree:
            with self.subTest(root.name()):
                shown = {option.name for command in root.all() for option in command.options}
                self.assertEqual(shown, in_tables(root.name()))

    def test_help_fits_a_screen(self):
        """80 by 24, of every program and command; what is more is in --help-all, as wide."""
        others = [["tierd-null"], ["tierctl", "log"]]  # in no page of the manual
        for words in [*(command.words for command in self.commands), *others]:
            with self.subTest(" ".join(words)):
                text = run(*words, "--help").stdout
                self.assertIn("sage: " + words[0], text)
                self.assertLessEqual(len(text.splitlines()), 24)
                if "--help-all" in text:
                    everything = run(*words, "--help-all").stdout
                    self.assertGreater(len(everything), len(text))
                    text += everything
                self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_manual_is_of_help(self):
        if not os.path.exists(made("man", "tierd.8")):
            self.skipTest("there was no scdoc to make the manual with")
        for root in self.tree:
            with self.subTest(root.name()):
                with open(made("man", PAGES[root.name()])) as file:
                    page = file.read().replace("\\-", "-").replace("\\&", "")
                # The head of an entry, as opposed to a mention.
                heads = set(re.findall(r"(?m)^(?:\\fB-\w\\fR, )?\\fB--([a-z0-9-]+)\\fR", page))
                self.assertEqual(heads, {option.name for command in root.all() for option in command.options})
                for command in root.commands:
                    heading = "SH " + " ".join(command.words).upper()
                    self.assertTrue(heading in page or command.commands, heading)

    def test_settings_are_of_the_table(self):
        if not os.path.exists(made("man", "tierd.conf.5")):
            self.skipTest("there was no scdoc to make the manual with")
        with open(made("man", "tierd.conf.5")) as file:
            page = file.read().replace("\\-", "-").replace("\\&", "")
        keys = set(re.findall(r"(?m)^([a-z-]+) = ", run("tierd", "--dump-config").stdout))
        self.assertGreater(len(keys), 30)
        self.assertEqual(set(re.findall(r"(?m)^\\fB([a-z][a-z-]+)\\fR$", page)), keys)
        self.assertIn("/usr/share/tierd/default.tier", page)

    def test_pages_are_well_formed(self):
        if not shutil.which("mandoc"):
            self.skipTest("there is no mandoc")
        for page in [*PAGES.values(), "tierd.conf.5"]:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "error", made("man", page)],
                                  stdout=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)


class Completion(TreeCase):

    def bash(self, *words):
        """What is offered for the last of the words, split as bash splits them."""
        function = "_" + words[0].replace("-", "_")
        script = (f'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); {function} 2>/dev/null; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        return set(roots.run("bash", "-c", script, "bash", made("bash", words[0]), *words,
                             cwd=SOURCE).split("\n")) - {""}

    def test_bash(self):
        for command in self.commands:
            with self.subTest(command.name()):
                self.assertEqual(self.bash(*command.words, "--"), self.expected(command))
                for sub in command.commands:
                    self.assertIn(sub.words[len(command.words)], self.bash(*command.words, ""))
        self.assertEqual(self.bash("tierd", "--model", "models/def"), {"models/default.tier"})
        self.assertEqual(self.bash("tierd", "--model", "=", "models/def"), {"models/default.tier"})
        self.assertEqual(self.bash("tierd", "--threads", ""), set())
        self.assertEqual(self.bash("tierctl", "route", "--profile", "e"), {"eco"})
        self.assertEqual(self.bash("tierctl", "--json", "log", ""), {"join"})
        self.assertEqual(self.bash("tierctl", "catalog", "check", "models/cat"), {"models/catalog.json"})
        self.assertEqual(self.bash("tier-train", "fit", "--kernel", "="), {"linear", "rbf"})

    def zsh(self, *words):
        """The options that _arguments is called with."""
        script = ('_arguments() { print -rl -- "$@" }; file=$1; shift; words=("$@"); CURRENT=$#; source $file')
        return roots.run("zsh", "-f", "-c", script, "zsh", made("zsh", "_" + words[0]), *words)

    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("there is no zsh")
        for root in self.tree:
            roots.run("zsh", "-f", "-n", made("zsh", "_" + root.name()))
        for command in self.commands:
            with self.subTest(command.name()):
                said = self.zsh(*command.words, "--")
                self.assertEqual(set(re.findall(r"(?m)^\*(--[a-z-]+)", said)), self.expected(command))
                for sub in command.commands:
                    self.assertIn(sub.words[len(command.words)] + "\\:", said)

    def test_zsh_in_earnest(self):
        """A real line editor completes; a spec that _arguments cannot read shows here."""
        if not shutil.which("zsh"):
            self.skipTest("there is no zsh")
        script = r"""
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PROMPT=; fpath=($1 \$fpath); autoload -U compinit; compinit -D -u"
            zpty -w shell "zstyle ':completion:*' list-grouped no; LISTMAX=1000; COLUMNS=200; LINES=200"
            zpty -w shell "print READ''Y"
            zpty -r shell got '*READY*'
            zpty -w -n shell "$2"$'\t'
            zpty -r shell got "*$3*" && print -r -- "$got"
            """
        for line, wanted in (("tierctl ro", "route"), ("tierctl route --prof", "--profile"),
                             ("tierd --budg", "--budget"), ("tier-bench accu", "accuracy"),
                             ("tierctl catalog import --tier-by", "--tier-by-price")):
            with self.subTest(line):
                said = roots.run("zsh", "-f", "-c", script, "zsh", made("zsh"), line, wanted, timeout=30)
                self.assertIn(wanted, said)

    def fish(self, line):
        said = roots.run("fish", "--no-config", "-c", 'source "$argv[1]"; complete -C "$argv[2]"',
                         made("fish", line.split()[0] + ".fish"), line, cwd=SOURCE)
        return {offer.split("\t")[0] for offer in said.splitlines()}

    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("there is no fish")
        for command in self.commands:
            with self.subTest(command.name()):
                offered = self.fish(command.name() + " --")
                self.assertLessEqual(self.expected(command), offered)
                for sub in command.commands:
                    self.assertIn(sub.words[len(command.words)], self.fish(command.name() + " "))
        self.assertEqual(self.fish("tierctl route --profile e"), {"eco"})
        self.assertEqual(self.fish("tierd --model models/def"), {"models/default.tier"})
        self.assertEqual(self.fish("tierctl log "), {"join"})
