"""The limit on how long a decision may take: what is answered when it has passed."""

import json

from harness import CATALOG, ApiCase, head

PROMPT = {"prompt": "Prove that there are infinitely many primes congruent to 3 mod 4."}


def safe_tier():
    with open(CATALOG, encoding="utf-8") as file:
        lines = [line for line in file if not line.lstrip().startswith("//")]
    catalog = json.loads("".join(lines))
    return catalog.get("safe_tier", catalog["tiers"][-1])


class Deadline(ApiCase):
    def decide(self, daemon, body):
        answer = daemon.ask(body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer, answer.json

    def test_passed(self):
        """No decision takes less than a microsecond, so each comes too late."""
        place = self.directory()
        log = place.join("decisions.jsonl")
        daemon = self.start("--decision-deadline-us=1", "--decision-log", log, "--state-dir",
                            place.path, directory=place)
        for body in PROMPT, {"messages": [{"role": "user", "content": "hi"}],
                             "routing": {"session": "s", "explain": True}}:
            answer, decision = self.decide(daemon, body)
            self.assertEqual([reason["code"] for reason in decision["reasons"]], ["degraded"])
            self.assertEqual(decision["tier"], safe_tier())
            self.assertEqual(answer.header("x-tierd-cost-usd"), "unknown")
            self.assertIsNone(decision["cost"]["expected"])
            self.assertIn("not estimated", decision["cost"]["unknown_reason"])
            self.assertIsNone(decision["cost"]["baseline"]["expected"])
            self.assertIn("not estimated", decision["cost"]["baseline"]["unknown_reason"])
            self.assertIn("not estimated", decision["cost"]["batch_saving_unknown"])
            self.assertIsNone(decision["score"])
            self.assertEqual(set(decision["probabilities"].values()), {None})
        # What a request bounds holds all the same.
        _, decision = self.decide(daemon, PROMPT | {"routing": {"max_tier": "economy"}})
        self.assertEqual(decision["tier"], "economy")
        with daemon.connect() as wire:
            wire.send(head("GET", "/metrics"))
            metrics = wire.read().body.decode()
        self.assertIn('tierd_degradations_total{kind="late"} 3', metrics)
        daemon.stop()
        with open(log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(len(lines), 3)
        for line in lines: # of a prompt that was not looked at, nothing is told
            self.assertNotIn("features", line)
            self.assertNotIn("parts", line)

    def test_kept(self):
        daemon = self.start("--decision-deadline-us=10000000")
        _, decision = self.decide(daemon, PROMPT)
        self.assertNotIn("degraded", [reason["code"] for reason in decision["reasons"]])
        self.assertIsNotNone(decision["cost"]["expected"])
