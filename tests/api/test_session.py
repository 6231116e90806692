"""Conversations over the socket: what turn 2 finds cached, moving up, staying, and what
a session is known by. Times are not waited for; test_session.c has the lifetimes."""

import json

from harness import DaemonCase, Directory

WORDS = "The ledger of the harbour lists every ship, its cargo and the day on which it left. "
SYSTEM = WORDS * 300  # some 6,000 tokens
TIERS = {"economy": "small", "standard": "medium", "frontier": "large"}


def model(tier, cost, cache="automatic", **more):
    """The read price is a tenth of the input's, as most providers have it."""
    return {"provider": "acme", "tier": tier, "input": cost, "output": cost * 2,
            "cache_read": cost / 10, "cache_write": None, "batch_input": None,
            "batch_output": None, "context_window": 1000000, "max_output": 8,
            "cache": cache, "cache_lifetime": "1h", "cache_tokens_min": 1024,
            "as_of": "2026-11-23", "source": "made up", **more}


# Going down from large to small for a turn or two costs more than staying.
CATALOG = json.dumps({
    "version": "1", "tiers": list(TIERS), "safe_tier": "frontier", "defaults": TIERS,
    "models": {
        "small": model("economy", 2),
        "medium": model("standard", 4),
        "large": model("frontier", 5),
        "marked": model("frontier", 5, "explicit", cache_write={"5m": 6.25, "1h": 10}),
    }})

EASY = {"quality": 0}  # the cheapest will do
HARD = {"min_tier": "frontier"}


def messages(turns, system=SYSTEM, opener="Which ship left first?"):
    """The request of that turn: the system prompt and 2 * turns - 1 messages."""
    out = [{"role": "system", "content": system}, {"role": "user", "content": opener}]
    for number in range(2, turns + 1):
        out += [{"role": "assistant", "content": f"The answer to question {number - 1}. " + WORDS},
                {"role": "user", "content": f"And what about ship number {number}?"}]
    return out


class SessionCase(DaemonCase):

    @classmethod
    def setUpClass(cls):
        cls.catalogs = Directory()
        cls.catalog = cls.catalogs.write("catalog.json", CATALOG)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.catalogs.remove()

    def decide(self, turns, routing=None, **body):
        answer = self.daemon.ask({"messages": messages(turns), "routing": routing or {}, **body})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def codes(self, decision):
        return [reason["code"] for reason in decision["reasons"]]

    def name(self):
        return self.id()[-200:]


class Sessions(SessionCase):

    def test_turn_2_is_cached(self):
        named = {"session": self.name()}
        first = self.decide(1, {**EASY, **named})
        second = self.decide(2, {**EASY, **named})
        self.assertEqual((first["model"], second["model"]), ("small", "small"))
        self.assertEqual(first["cost"]["cached_tokens"], 0)
        # All of the first request but what opens the reply, as far as tokens are estimates.
        cached = second["cost"]["cached_tokens"]
        self.assertAlmostEqual(cached, first["cost"]["input_tokens"], delta=8)
        self.assertLess(cached, second["cost"]["input_tokens"])
        self.assertAlmostEqual(second["cost"]["breakdown"]["cache_read"], cached * 0.2e-6, 9)
        # The others would be cold.
        large = second["alternatives"][2]["cost"]["breakdown"]
        self.assertEqual(large["cache_read"], 0)
        # Always calling the top tier would have its cache as well.
        alone = self.decide(2, {**EASY, "dry_run": True, "session": "another"})
        self.assertLess(second["cost"]["baseline"]["expected"],
                        alone["cost"]["baseline"]["expected"])

    def test_stays_where_moving_does_not_pay(self):
        named = {"session": self.name()}
        self.assertEqual(self.decide(1, {**HARD, **named})["model"], "large")
        second = self.decide(2, {**EASY, **named})
        self.assertEqual(second["model"], "large")
        self.assertEqual(self.codes(second), ["stays"])
        self.assertRegex(second["reasons"][0]["text"],
                         r"^stays: the cached prefix is worth \$0\.0[0-9]+$")
        # Reading saves 4.5 of 5 USD a million tokens.
        worth = float(second["reasons"][0]["text"].split("$")[1])
        saved = second["cost"]["cached_tokens"] * 4.5e-6
        self.assertAlmostEqual(worth, saved, delta=saved * 0.06)
        # Without the conversation it would have gone down.
        self.assertEqual(self.decide(2, {**EASY, "session": "fresh one"})["model"], "small")

    def test_moves_down_when_it_pays(self):
        """The longer a conversation has been, the longer it is expected to go on."""
        named = {"session": self.name()}
        models = [self.decide(1, {**HARD, **named})["model"]]
        models += [self.decide(turn, {**EASY, **named})["model"] for turn in range(2, 13)]
        self.assertEqual(models[1], "large")
        self.assertEqual(models[-1], "small")
        self.assertEqual(models, sorted(models))  # once down, it stays there

    def test_moves_up_when_quality_asks(self):
        named = {"session": self.name()}
        for turn in range(1, 4):
            self.assertEqual(self.decide(turn, {**EASY, **named})["model"], "small")
        fourth = self.decide(4, {**HARD, **named})
        self.assertEqual(fourth["model"], "large")
        self.assertEqual(fourth["cost"]["cached_tokens"], 0)

    def test_limits_are_kept(self):
        for limit in ({"max_tier": "standard"}, {"exclude": ["large"]}, {"max_cost_usd": 0.000001}):
            named = {"session": self.name() + str(limit)}
            self.decide(1, {**HARD, **named})
            self.assertNotEqual(self.decide(2, {**EASY, **named, **limit})["model"], "large")

    def test_another_system_prompt_is_cold(self):
        named = {"session": self.name()}
        self.decide(1, {**HARD, **named})
        second = self.decide(2, {**EASY, **named}, messages=messages(2, "Today. " + SYSTEM))
        self.assertEqual((second["model"], second["cost"]["cached_tokens"]), ("small", 0))

    def test_another_tool_is_cold(self):
        named = {"session": self.name()}
        tool = {"type": "function", "function": {"name": "read"}}
        other = {"type": "function", "function": {"name": "find"}}
        self.decide(1, {**EASY, **named}, tools=[tool])
        same = self.decide(2, {**EASY, **named, "dry_run": True}, tools=[tool])
        self.assertGreater(same["cost"]["cached_tokens"], 0)
        changed = self.decide(2, {**EASY, **named}, tools=[other])
        self.assertEqual(changed["cost"]["cached_tokens"], 0)

    def test_a_dry_run_leaves_nothing(self):
        named = {"session": self.name()}
        self.decide(1, {**HARD, **named, "dry_run": True})
        second = self.decide(2, {**EASY, **named, "dry_run": True})
        self.assertEqual((second["model"], second["cost"]["cached_tokens"]), ("small", 0))
        self.decide(2, {**HARD, **named})
        third = self.decide(3, {**EASY, **named, "dry_run": True})
        self.assertGreater(third["cost"]["cached_tokens"], 0)

    def test_what_the_client_says_is_cached_wins(self):
        named = {"session": self.name()}
        self.decide(1, {**HARD, **named})
        for told in (0, 2000):
            second = self.decide(2, {**EASY, **named, "dry_run": True,
                                     "cached_prefix_tokens": told})
            self.assertEqual((second["model"], second["cost"]["cached_tokens"]), ("small", told))

    def test_without_a_name(self):
        def turn(number, routing=EASY):
            return self.decide(number, routing, messages=messages(number, opener=self.name()))
        self.assertEqual(turn(1)["cost"]["cached_tokens"], 0)
        # The same again has not grown: it may be somebody else's.
        self.assertEqual(turn(1)["cost"]["cached_tokens"], 0)
        self.assertGreater(turn(2)["cost"]["cached_tokens"], 0)
        self.assertGreater(turn(3)["cost"]["cached_tokens"], 0)

    def test_in_a_batch(self):
        lines = b"".join(json.dumps({"messages": messages(turn),
                                     "routing": {**EASY, "session": self.name()}}).encode() + b"\n"
                         for turn in (1, 2))
        answer = self.daemon.ask(lines, "/v1/route:batch")
        cached = [json.loads(line)["cost"]["cached_tokens"] for line in answer.body.splitlines()]
        self.assertEqual(cached[0], 0)
        self.assertGreater(cached[1], 0)


class Marks(SessionCase):
    """Anthropic's cache_control: what is marked is written, and read by who marks it again."""

    ONLY = {"candidates": ["marked"]}

    def body(self, turns, mark, ttl=None):
        first, *rest = messages(turns)
        block = {"type": "text", "text": first["content"]}
        if mark:
            block["cache_control"] = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
        return {"system": [block], "messages": rest}

    def run_turns(self, marks, ttl=None):
        named = {"session": self.name() + str(marks) + str(ttl), **self.ONLY}
        return [self.decide(turn + 1, named, **self.body(turn + 1, mark, ttl))["cost"]
                for turn, mark in enumerate(marks)]

    def test_marked(self):
        written = {}
        for ttl in (None, "5m", "1h"):
            first, second = self.run_turns([True, True], ttl)
            written[ttl] = first["breakdown"]["cache_write"]
            self.assertEqual(second["breakdown"]["cache_write"], 0)
            # Read is what was written, at 6.25 USD a million tokens for the shortest time.
            self.assertAlmostEqual(second["cached_tokens"] * 6.25e-6, written[None], 4)
            self.assertLess(second["expected"], first["expected"])
        self.assertEqual(written[None], written["5m"])
        self.assertAlmostEqual(written["1h"], written["5m"] * 10 / 6.25, 6)

    def test_not_marked(self):
        for marks in ([False, False], [True, False], [False, True]):
            self.assertEqual(self.run_turns(marks)[1]["cached_tokens"], 0, marks)

    def test_marked_as_a_whole(self):
        """By the body's own, which means all of it."""
        named = {"session": self.name(), **self.ONLY}
        body = {"cache_control": {"type": "ephemeral"}}
        first = self.decide(1, named, **body)["cost"]
        second = self.decide(2, named, **body)["cost"]
        self.assertEqual(first["breakdown"]["input"], 0)
        self.assertAlmostEqual(second["cached_tokens"], first["input_tokens"], delta=8)


class Off(SessionCase):
    options = ["--session-table-bytes=0"]

    def test_nothing_is_kept(self):
        named = {"session": "s"}
        self.decide(1, {**HARD, **named})
        second = self.decide(2, {**EASY, **named})
        self.assertEqual((second["model"], second["cost"]["cached_tokens"]), ("small", 0))
        self.assertNotIn("stays", self.codes(second))


class Small(SessionCase):
    """Room for one session or two: the oldest goes."""
    options = ["--session-table-bytes=4K"]

    def test_the_oldest_goes(self):
        self.decide(1, {**EASY, "session": "first"})
        self.assertGreater(self.decide(2, {**EASY, "session": "first", "dry_run": True})
                           ["cost"]["cached_tokens"], 0)
        for number in range(20):
            self.decide(1, {**EASY, "session": f"other {number}"})
        self.assertEqual(self.decide(2, {**EASY, "session": "first", "dry_run": True})
                         ["cost"]["cached_tokens"], 0)
