"""The systemd units: valid, and as closed as daemon/ops/README.md says."""

import os
import re
import shutil
import tempfile
import unittest

import root as roots
from harness import SOURCE

UNITS = os.path.join(SOURCE, "daemon", "packaging")


class Units(unittest.TestCase):

    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")

    def test_valid(self):
        """As they are, but for programs and pages that are not installed here."""
        with tempfile.TemporaryDirectory() as place:
            for name in ("tierd.service", "tierd.socket"):
                with open(os.path.join(UNITS, name)) as file:
                    text = re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", file.read())
                with open(os.path.join(place, name), "w") as file:
                    file.write(re.sub(r"(?m)^Documentation=.*\n", "", text))
            said = roots.run("systemd-analyze", "verify", *(os.path.join(place, name) for name in os.listdir(place)))
        self.assertNotIn("tierd", said)

    def test_exposure(self):
        with open(os.path.join(SOURCE, "daemon", "ops", "README.md")) as file:
            said = re.search(r"systemd-analyze security`\s+rates[^.]*?(\d+\.\d)", file.read())
        self.assertIsNotNone(said, "daemon/ops/README.md does not give the figure")
        answer = roots.run("systemd-analyze", "security", "--offline=true", "--no-pager",
                           os.path.join(UNITS, "tierd.service"))
        found = re.search(r"Overall exposure level for tierd.service: (\d+\.\d)", answer)
        self.assertEqual(found[1], said[1])
