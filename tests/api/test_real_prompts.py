"""Every real prompt of the benchmark data through the daemon: no error, in order.

The data is not part of this tree. Without it the test says so and passes, except
in CI, where it is never missing.
"""

import glob
import json
import os

from harness import SOURCE, TIERS, DaemonCase, head
from test_batch import BATCH, read_while_sending

DATA = os.environ.get("TIERD_DATA", os.path.join(SOURCE, "..", "shared", "data"))


class RealPrompts(DaemonCase):

    def send(self, path):
        """The file's prompts as one batch; how many there were, and the answers."""
        with open(path, "rb") as file:
            rows = [json.loads(line) for line in file]
        body = b"".join(json.dumps({"id": index, "prompt": row["prompt"]}).encode() + b"\n"
                        for index, row in enumerate(rows))
        with self.daemon.connect() as wire:
            read_while_sending(wire, head("POST", BATCH, f"Content-Length: {len(body)}") + body)
            return len(rows), wire.read().lines

    def test_every_benchmark_prompt(self):
        files = sorted(glob.glob(os.path.join(DATA, "bench", "*.jsonl")))
        if not files:
            self.assertNotEqual(os.environ.get("CI"), "true", f"no benchmark data in {DATA}")
            print(f"      no benchmark data in {DATA}; set TIERD_DATA")
            return
        for path in files:
            with self.subTest(os.path.basename(path)):
                count, answers = self.send(path)
                self.assertEqual([answer.get("request_id") for answer in answers],
                                 list(range(count)))
                self.assertTrue(all(answer.get("object") == "route.decision" and
                                    answer["tier"] in TIERS for answer in answers))
