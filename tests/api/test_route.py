"""POST /v1/route: body forms, routing options, the answer's shape, money."""

import json
import os
from decimal import Decimal

from harness import CATALOG, MODEL, SOURCE, TIERS, TINY_CATALOG, DaemonCase, run

HARD = ("Prove that there are infinitely many primes congruent to 3 modulo 4, and explain "
        "rigorously which step fails for primes congruent to 1 modulo 4.")
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
TOOL = {"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}

# The answer's keys, in DESIGN.md's order. MORE_COST_KEYS are more than it asks for; the
# first three of them every cost has, an alternative's too.
KEYS = ["id", "object", "created", "tier", "model", "provider", "score", "confidence",
        "probabilities", "abstained", "cost", "stop_after_tokens", "alternatives", "reasons",
        "model_version", "policy_version"]
COST_KEYS = ["currency", "expected", "low", "high", "input_tokens", "cached_tokens",
             "output_tokens", "baseline", "saving", "saving_ratio", "price_as_of", "price_stale"]
MORE_COST_KEYS = ["breakdown", "batch_saving", "unknown_reason", "batch"]


def user(content):
    return {"role": "user", "content": content}


def samples():
    with open(os.path.join(SOURCE, "tests", "data", "samples.ndjson"), "rb") as file:
        return [json.loads(line) for line in file]


class RouteCase(DaemonCase):

    def decide(self, body, **routing):
        """The decision, its numbers as they are written."""
        if routing:
            body = {**body, "routing": routing}
        answer = self.daemon.ask(body)
        self.assertEqual(answer.status, 200, answer.body)
        return json.loads(answer.body, parse_float=Decimal)

    def codes(self, decision):
        return [reason["code"] for reason in decision["reasons"]]


class Shape(RouteCase):

    def test_answer_is_as_designed(self):
        for body in samples():
            with self.subTest(body["id"]):
                answer = self.daemon.ask(body)
                self.assertEqual(answer.header("content-type"), "application/json")
                self.check_decision(answer.json)
                self.check_headers(answer)

    def check_decision(self, d):
        self.assertEqual(list(d), KEYS)
        self.assertEqual([key for key in d["cost"] if key in COST_KEYS], COST_KEYS)
        self.assertEqual([key for key in d["cost"] if key not in COST_KEYS], MORE_COST_KEYS)
        self.assertEqual(list(d["cost"]["output_tokens"]), ["p50", "p90"])
        self.assertEqual(list(d["cost"]["baseline"]), ["model", "expected"])
        self.assertEqual(d["object"], "route.decision")
        self.assertEqual(d["cost"]["currency"], "USD")
        self.assertIs(type(d["abstained"]), bool)
        self.assertIs(type(d["created"]), int)
        self.check_probabilities(d)
        self.check_cost(d["cost"])
        self.check_alternatives(d)
        for reason in d["reasons"]:
            self.assertEqual(list(reason), ["code", "text", "weight"])
            self.assertTrue(reason["code"] and reason["text"])

    def check_probabilities(self, d):
        self.assertEqual(list(d["probabilities"]), TIERS)
        values = list(d["probabilities"].values())
        self.assertEqual(values, sorted(values))
        self.assertGreaterEqual(values[0], 0)
        self.assertEqual(values[-1], 1)
        self.assertEqual(d["confidence"], d["probabilities"][d["tier"]])
        self.assertTrue(0 <= d["score"] <= 1)

    def check_cost(self, cost):
        self.assertLessEqual(cost["low"], cost["expected"])
        self.assertLessEqual(cost["expected"], cost["high"])
        self.assertGreater(cost["input_tokens"], 0)
        self.assertTrue(0 < cost["output_tokens"]["p50"] <= cost["output_tokens"]["p90"])
        self.check_breakdown(cost)
        self.assertAlmostEqual(cost["saving"], cost["baseline"]["expected"] - cost["expected"], 9)
        self.assertAlmostEqual(cost["saving_ratio"],
                               1 - cost["expected"] / cost["baseline"]["expected"], 3)

    def check_breakdown(self, cost):
        """The lines add up to the amount, to the nano-dollar."""
        self.assertEqual(list(cost["breakdown"]),
                         ["input", "cache_read", "cache_write", "output"])
        nano = [round(amount * 10**9) for amount in cost["breakdown"].values()]
        self.assertEqual(sum(nano), round(cost["expected"] * 10**9))
        self.assertLess(cost["batch_saving"], cost["expected"])
        self.assertIsNone(cost["unknown_reason"])

    def check_alternatives(self, d):
        self.assertEqual([each["tier"] for each in d["alternatives"]], TIERS)
        for each in d["alternatives"]:
            self.assertEqual(list(each), ["tier", "model", "probability", "cost"])
            self.assertEqual(each["probability"], d["probabilities"][each["tier"]])
            self.assertEqual(list(each["cost"]), ["expected", "low", "high"] + MORE_COST_KEYS[:3])
            self.check_breakdown(each["cost"])
        chosen = d["alternatives"][TIERS.index(d["tier"])]
        self.assertEqual(chosen["model"], d["model"])
        for key in chosen["cost"]:
            self.assertEqual(chosen["cost"][key], d["cost"][key])

    def check_headers(self, answer):
        body = json.loads(answer.body, parse_float=Decimal)
        self.assertEqual(answer.header("x-tierd-model"), body["model"])
        self.assertEqual(answer.header("x-tierd-tier"), body["tier"])
        self.assertEqual(answer.header("x-tierd-id"), body["id"])
        self.assertEqual(Decimal(answer.header("x-tierd-cost-usd")), body["cost"]["expected"])

    def test_same_question_same_answer(self):
        answers = [self.daemon.ask(user_prompt).json for user_prompt in [{"prompt": HARD}] * 5]
        self.assertEqual(len({each.pop("id") for each in answers}), 5)
        for each in answers:
            del each["created"]
        self.assertTrue(all(each == answers[0] for each in answers))

    def test_models(self):
        models = self.daemon.get("/v1/models").json
        self.assertEqual(models["object"], "list")
        self.assertGreaterEqual(len(models["data"]), 15)
        for tier in TIERS:
            self.assertEqual(sum(each["tier"] == tier and each["default"]
                                 for each in models["data"]), 1)
        decision = self.daemon.ask({"prompt": "x"}).json
        self.assertIn(decision["model"], [each["id"] for each in models["data"]])

    def test_models_say_why_a_figure_is_null(self):
        """Of the shipped catalogue, a reason for each null, in its notes' words where it has some."""
        models = {each["id"]: each for each in self.daemon.get("/v1/models").json["data"]}
        for name, model in models.items():
            figures = dict(model["price"], **{key: model[key] for key in
                                              ("price_as_of", "context_window", "max_output")})
            self.assertEqual(set(model["unknown"]),
                             {key for key, value in figures.items() if value is None}, name)
            self.assertTrue(all(model["unknown"].values()), name)
            for key in model["price"]:  # the notes have one for each price
                self.assertNotEqual(model["unknown"].get(key), "the catalogue does not say",
                                    (name, key))
        self.assertEqual(models["gpt-5-mini"]["unknown"], {"cache_write": "cache_write: bills as input"})

    def test_versions_agree(self):
        version = self.daemon.get("/version").json
        decision = self.daemon.ask({"prompt": "x"}).json
        self.assertEqual(version["name"], "tierd")
        for key in ("model_version", "policy_version"):
            self.assertEqual(version[key], decision[key])

    def test_policy_version_follows_the_settings(self):
        other = self.start("--quality=0.5")
        self.assertNotEqual(other.get("/version").json["policy_version"],
                            self.daemon.get("/version").json["policy_version"])

    def test_the_shipped_files_pass_the_check(self):
        self.assertEqual(run("tierd", "--check", "--model", MODEL, "--catalog", CATALOG).returncode, 0)


class Bodies(RouteCase):
    """The three forms, and what is wrong with others."""

    def test_three_forms_of_one_question(self):
        forms = [{"prompt": HARD},
                 {"model": "any", "messages": [user(HARD)]},
                 {"model": "any", "max_tokens": 1024,
                  "messages": [user([{"type": "text", "text": HARD}])]}]
        answers = [self.decide(form) for form in forms]
        for answer in answers[1:]:
            self.assertEqual(answer["probabilities"], answers[0]["probabilities"])
            self.assertEqual(answer["cost"]["input_tokens"], answers[0]["cost"]["input_tokens"])

    def test_system_prompts_of_both_vendors(self):
        system = "You are a careful mathematician."
        openai = self.decide({"messages": [{"role": "system", "content": system}, user(HARD)]})
        developer = self.decide({"messages": [{"role": "developer", "content": system}, user(HARD)]})
        anthropic = self.decide({"system": system, "messages": [user(HARD)]})
        blocks = self.decide({"system": [{"type": "text", "text": system}], "messages": [user(HARD)]})
        for other in (developer, anthropic, blocks):
            self.assertEqual(other["probabilities"], openai["probabilities"])
            self.assertEqual(other["cost"]["input_tokens"], openai["cost"]["input_tokens"])

    def test_foreign_fields_are_ignored(self):
        plain = self.decide({"messages": [user(HARD)]})
        decorated = self.decide({
            "messages": [{**user(HARD), "name": "me", "cache_control": {"type": "ephemeral"}}],
            "model": "gpt-x", "temperature": 0.3, "stream": True, "seed": 1 << 60, "stop": None,
            "metadata": {"user_id": "u"}, "prompt_cache_key": "k", "tool_choice": "auto",
            "routing_hint": {"speed": 1}, "Routing": {"quality": 7}, "n": 1e300, "": {"": []}})
        for answer in (plain, decorated):
            del answer["id"], answer["created"]
        self.assertEqual(decorated, plain)

    def test_parts_of_unknown_kind_are_ignored(self):
        plain = self.decide({"messages": [user([{"type": "text", "text": HARD}])]})
        more = self.decide({"messages": [user([{"type": "thinking", "thinking": "hm"},
                                               {"type": "text", "text": HARD},
                                               {"type": "quantum", "state": [1, 2]}])]})
        self.assertEqual(more["probabilities"], plain["probabilities"])

    def test_assistant_turns_may_have_no_content(self):
        call = {"id": "c", "type": "function", "function": {"name": "get", "arguments": "{}"}}
        for content in ({}, {"content": None}):
            self.decide({"messages": [user(HARD), {"role": "assistant", "tool_calls": [call], **content},
                                      {"role": "tool", "tool_call_id": "c", "content": "42"}]})

    def test_wrong_bodies(self):
        cases = [
            ({}, "/messages"), ({"prompt": 3}, "/prompt"), ({"prompt": None}, "/prompt"),
            ({"prompt": "x", "messages": [user("x")]}, "/prompt"),
            ({"messages": []}, "/messages"), ({"messages": "x"}, "/messages"),
            ({"messages": {}}, "/messages"), ({"messages": [3]}, "/messages/0"),
            ({"messages": [user("x"), None]}, "/messages/1"),
            ({"messages": [{"role": "alien", "content": "x"}]}, "/messages/0/role"),
            ({"messages": [user("x"), {"content": "x"}]}, "/messages/1/role"),
            ({"messages": [{"role": 3, "content": "x"}]}, "/messages/0/role"),
            ({"messages": [{"role": "user"}]}, "/messages/0/content"),
            ({"messages": [user(3)]}, "/messages/0/content"),
            ({"messages": [user({"text": "x"})]}, "/messages/0/content"),
            ({"messages": [user([3])]}, "/messages/0/content/0"),
            ({"messages": [user(["x", "y", {"text": "x"}])]}, "/messages/0/content/2"),
            ({"messages": [user("x"), user([{"type": "text"}])]}, "/messages/1/content/0/text"),
            ({"messages": [user(["x", {"type": "text", "text": 3}])]},
             "/messages/0/content/1/text"),
            ({"messages": [user(["x", {"type": "tool_result", "content": ["y", 3]}])]},
             "/messages/0/content/1/content/1"),
            ({"messages": [user([{"type": "tool_result", "content": ["y"]}, 3])]},
             "/messages/0/content/1"),
            ({"messages": [user([{"type": "tool_result", "content": ["y"]}]), user(3)]},
             "/messages/1/content"),
            ({"system": 3, "messages": [user("x")]}, "/system"),
            ({"tools": {}, "messages": [user("x")]}, "/tools"),
            ({"prompt": "x", "max_tokens": 0}, "/max_tokens"),
            ({"prompt": "x", "max_tokens": "5"}, "/max_tokens"),
            ({"prompt": "x", "max_tokens": 1.5}, "/max_tokens"),
            ({"prompt": "x", "max_completion_tokens": -1}, "/max_completion_tokens"),
            ({"prompt": "x", "max_tokens": 5, "max_output_tokens": 1e12}, "/max_output_tokens"),
            ([], None), ("x", None), (3, None), (None, None),
        ]
        for body, pointer in cases:
            with self.subTest(json.dumps(body)):
                self.assert_problem(self.daemon.ask(body), 422, "invalid-field", pointer)

    def test_what_is_read_may_occur_once(self):
        for body, pointer in ((b'{"prompt":"x","prompt":"y"}', "/prompt"),
                              (b'{"messages":[],"messages":[]}', "/messages"),
                              (b'{"prompt":"x","routing":{},"routing":{"speed":1}}', "/routing")):
            self.assert_problem(self.daemon.ask(body), 422, "invalid-field", pointer, "twice")


class Conversations(RouteCase):
    """Which question is the hard one is the model's opinion, and trained anew now and
    then; what is tested is that a follow-up is scored as what it follows."""

    FIRST = [HARD, "Say hello in French."]

    def assert_inherited(self, follow):
        """follow(question) gives the decision on something said after it."""
        own = [self.decide({"prompt": question})["score"] for question in self.FIRST]
        after = [follow(question)["score"] for question in self.FIRST]
        self.assertNotEqual(after[0], after[1])
        for this, other in ((0, 1), (1, 0)):
            self.assertLess(abs(after[this] - own[this]), abs(after[this] - own[other]))

    def follow(self, first, reply, *last):
        return self.decide({"messages": [user(first), {"role": "assistant", "content": reply}, *last]})

    def test_continue_inherits(self):
        for word in ("continue", "yes, do it", "Continue."):
            with self.subTest(word):
                self.assert_inherited(lambda first, word=word: self.follow(first, "Well,", user(word)))

    def test_tool_results_inherit(self):
        def result(first):
            openai = self.follow(first, "Let me look.", {"role": "tool", "tool_call_id": "c",
                                                         "content": "ok"})
            anthropic = self.follow(first, "Let me look.", user([
                {"type": "tool_result", "tool_use_id": "c", "content": "ok"}]))
            blocks = self.follow(first, "Let me look.", user([
                {"type": "tool_result", "tool_use_id": "c",
                 "content": [{"type": "text", "text": "ok"}]}]))
            self.assertEqual(openai["probabilities"], anthropic["probabilities"])
            self.assertEqual(openai["probabilities"], blocks["probabilities"])
            return openai
        self.assert_inherited(result)

    def test_nothing_to_score_is_not_simple(self):
        for body in ({"prompt": ""}, {"prompt": "   \n"}, {"messages": [user("")]},
                     {"messages": [user([])]}):
            decision = self.decide(body)
            self.assertTrue(decision["abstained"])
            self.assertEqual(decision["tier"], "frontier")
            self.assertIn("abstained", self.codes(decision))
        self.assertEqual(self.decide({"prompt": ""}, max_tier="standard")["tier"], "standard")


class Options(RouteCase):
    """The routing object, with the shipped catalogue."""

    def test_wrong_options(self):
        cases = {
            "quality": [-0.1, 1.1, "0.9", None, True, []],
            "profile": ["cheap", 3, "", None],
            "max_risk": [2, -1, "0", {}],
            "min_tier": ["nope", 3, "", "ECONOMY", "e" * 300],
            "max_tier": ["nope", None, []],
            "candidates": [[], ["nope"], "gpt-6-luna", [3], [""], ["gpt-6-luna"] * 65],
            "exclude": [["nope"], {}, [None], ["gpt-6-luna"] * 65],
            "max_cost_usd": [-1, "1", None, 1e300],
            "session": ["", 5, "s" * 257],
            "cached_prefix_tokens": [-1, 1.5, "3", 1e12],
            "batch": [1, "true", None], "explain": [0], "dry_run": ["no"],
        }
        for key, values in cases.items():
            for value in values:
                with self.subTest(f"{key}={json.dumps(value)[:40]}"):
                    answer = self.daemon.ask({"prompt": "x", "routing": {key: value}})
                    self.assert_problem(answer, 422, "invalid-field", f"/routing/{key}")

    def test_unknown_options(self):
        for key, pointer in (("speed", "speed"), ("Quality", "Quality"), ("", ""), ("a/b", "a~1b"),
                             ("~", "~0"), ("k" * 1000, None), ("ключ", "ключ")):
            with self.subTest(key[:20]):
                answer = self.daemon.ask({"prompt": "x", "routing": {key: 1}})
                expected = answer.json["pointer"] if pointer is None else "/routing/" + pointer
                self.assert_problem(answer, 422, "invalid-field", expected, "unknown option")

    def test_routing_is_an_object(self):
        for routing in ([], "eco", None, 3):
            answer = self.daemon.ask({"prompt": "x", "routing": routing})
            self.assert_problem(answer, 422, "invalid-field", "/routing")

    def test_option_twice(self):
        answer = self.daemon.ask(b'{"prompt":"x","routing":{"quality":1,"quality":0}}')
        self.assert_problem(answer, 422, "invalid-field", "/routing/quality", "twice")

    def test_right_options(self):
        for routing in ({}, {"quality": 0}, {"quality": 1}, {"profile": "eco"}, {"max_risk": 0.5},
                        {"session": "s"}, {"session": "s" * 256}, {"batch": True}, {"explain": True},
                        {"dry_run": True}, {"cached_prefix_tokens": 0}, {"exclude": []},
                        {"max_cost_usd": 0.01}, {"candidates": ["gpt-6-luna"]}):
            with self.subTest(routing):
                self.decide({"prompt": "x"}, **routing)

    def test_min_and_max_tier(self):
        for body in ({"prompt": "Hello"}, {"prompt": HARD}):
            for tier in TIERS:
                self.assertEqual(self.decide(body, min_tier=tier, max_tier=tier)["tier"], tier)
            self.assertIn(self.decide(body, max_tier="standard")["tier"], TIERS[:2])
            self.assertIn(self.decide(body, min_tier="standard")["tier"], TIERS[1:])
        answer = self.daemon.ask({"prompt": "x", "routing": {"min_tier": "frontier",
                                                             "max_tier": "economy"}})
        self.assert_problem(answer, 422, "invalid-field", "/routing/min_tier", "above")

    def test_more_quality_never_means_a_cheaper_tier(self):
        for body in samples():
            tiers = [TIERS.index(self.decide(body, quality=quality)["tier"])
                     for quality in (0, 0.5, 0.8, 0.9, 0.95, 0.99, 1)]
            self.assertEqual(tiers, sorted(tiers), body["id"])

    def test_less_risk_never_means_a_cheaper_tier(self):
        for body in samples()[:6]:
            tiers = [TIERS.index(self.decide(body, max_risk=risk)["tier"])
                     for risk in (1, 0.5, 0.2, 0.05, 0)]
            self.assertEqual(tiers, sorted(tiers), body["id"])
            self.assertEqual(tiers[-1], 2)

    def test_max_risk_is_kept(self):
        for body in samples():
            decision = self.decide(body, max_risk=0.1)
            self.assertGreaterEqual(decision["confidence"], Decimal("0.9"))

    def test_model_names_that_ask_for_routing(self):
        for body in samples()[:6]:
            body = {key: value for key, value in body.items() if key != "id"}
            plain = self.decide(body)
            for model in ("auto", "gpt-4o-mini", "router-large-v2", 7, None):
                self.assert_same(self.decide({**body, "model": model}), plain)
            for profile in ("eco", "balanced", "premium"):
                named = {**body, "model": "auto:" + profile}
                self.assert_same(self.decide(named), self.decide(body, profile=profile))
                self.assert_same(self.decide(named, quality=0.5), self.decide(body, quality=0.5))
            self.check_thresholds(body, plain)

    def check_thresholds(self, body, plain):
        """RouteLLM's names: the cheapest tier whose chance to fail is below the number."""
        for text in ("0", "0.05", "0.11593", "0.3", "0.5", "1"):
            decision = self.decide({**body, "model": "router-svm-" + text, "routing": {"explain": True}})
            self.assertEqual(decision["probabilities"], plain["probabilities"])
            if not plain["abstained"]:
                fitting = [tier for tier, good in plain["probabilities"].items()
                           if 1 - good < Decimal(text)]
                self.assertEqual(decision["tier"], (fitting + [TIERS[-1]])[0], text)
            won = self.decide({**body, "model": "router-mf-" + text}, quality=0.95)
            self.assert_same(won, self.decide(body, quality=0.95))
            self.check_sum(decision)

    def check_sum(self, decision):
        """Explained with what the threshold asks for, not what a quality would."""
        weights = sum(reason["weight"] for reason in decision["reasons"])
        self.assertAlmostEqual(weights, decision["explanation"]["distance"], 3)

    def assert_same(self, one, other):
        for key in ("tier", "model", "probabilities", "cost", "reasons"):
            self.assertEqual(one[key], other[key], key)

    def test_model_names_that_are_wrong(self):
        for model in ("auto:cheap", "auto:", "router-mf-2", "router-svm-high"):
            answer = self.daemon.ask({"prompt": "x", "model": model})
            self.assert_problem(answer, 422, "invalid-field", "/model", model.removeprefix("auto:"))

    def test_profiles_are_names_for_qualities(self):
        for profile, quality in (("eco", 0.90), ("balanced", 0.95), ("premium", 0.99)):
            for body in samples()[:4]:
                answers = [self.decide(body, profile=profile), self.decide(body, quality=quality),
                           self.decide(body, profile="eco", quality=quality)]
                for answer in answers:
                    del answer["id"], answer["created"]
                self.assertEqual(answers[1:], answers[:1] * 2)

    def test_explain(self):
        plain = self.decide({"prompt": HARD})
        explained = self.decide({"prompt": HARD}, explain=True)
        self.assertTrue(all(reason["weight"] == 0 for reason in plain["reasons"]))
        self.assertEqual(explained["reasons"][:len(plain["reasons"])], plain["reasons"])
        weights = [abs(reason["weight"]) for reason in explained["reasons"]
                   if reason["weight"] and reason["code"] != "rest"]
        self.assertGreaterEqual(len(weights), 3)
        self.assertEqual(weights, sorted(weights, reverse=True))
        self.assertEqual(explained["tier"], plain["tier"])


class Tiny(RouteCase):
    """With the catalogue of tests/data, whose prices are round."""

    catalog = TINY_CATALOG

    def economy(self, body, **routing):
        return self.decide(body, max_tier="economy", **routing)

    def test_cost_is_tokens_times_prices(self):
        """One token of output: then the sum has no estimate in it but the input."""
        cost = self.economy({"prompt": HARD, "max_tokens": 1})["cost"]
        self.assertEqual(cost["expected"], (cost["input_tokens"] * 1 + 2) * Decimal("1e-6"))
        self.assertEqual(cost["output_tokens"], {"p50": 1, "p90": 1})
        self.assertEqual(cost["baseline"]["model"], "big")
        self.assertEqual(cost["baseline"]["expected"],
                         (cost["input_tokens"] * 10 + 50) * Decimal("1e-6"))

    def test_both_names_of_the_output_limit(self):
        for names in (["max_tokens"], ["max_completion_tokens"], ["max_output_tokens"],
                      ["max_tokens", "max_completion_tokens"]):
            cost = self.economy({"prompt": HARD, **dict(zip(names, (7, 9)))})["cost"]
            self.assertEqual(cost["output_tokens"], {"p50": 7, "p90": 7})

    def test_batch_prices(self):
        cost = self.economy({"prompt": HARD, "max_tokens": 1}, batch=True)["cost"]
        self.assertTrue(cost["batch"])
        self.assertEqual(cost["expected"], (cost["input_tokens"] * Decimal("0.5") + 1) * Decimal("1e-6"))

    def test_batch_without_a_batch_rate(self):
        """The price is then the usual one, and the answer says so."""
        plain = self.economy({"prompt": HARD}, candidates=["seer"])["cost"]
        batch = self.economy({"prompt": HARD}, candidates=["seer"], batch=True)["cost"]
        self.assertFalse(batch["batch"])
        self.assertEqual(batch["expected"], plain["expected"])
        self.assertIsNone(plain["batch_saving"])
        for cost in (plain, batch):
            self.assertEqual(cost["batch_saving_unknown"], "no batch price is published")

    def test_batch_saving_is_what_batching_saves(self):
        body = {"prompt": HARD, "max_tokens": 1}
        plain = self.economy(body)["cost"]
        batch = self.economy(body, batch=True)["cost"]
        self.assertEqual(plain["batch_saving"], plain["expected"] - batch["expected"])
        self.assertNotIn("batch_saving_unknown", plain)
        self.assertIsNone(batch["batch_saving"])
        self.assertEqual(batch["batch_saving_unknown"], "batch prices are used already")

    def test_breakdown_names_what_is_paid_for(self):
        body = {"prompt": HARD * 10, "max_tokens": 1}
        cost = self.economy(body, cached_prefix_tokens=200)["cost"]
        fresh = cost["input_tokens"] - 200
        self.assertEqual(cost["breakdown"],
                         {"input": fresh * Decimal("1e-6"), "cache_read": 200 * Decimal("1e-7"),
                          "cache_write": 0, "output": 2 * Decimal("1e-6")})

    def test_cached_prefix(self):
        body = {"prompt": HARD * 10, "max_tokens": 1}
        plain = self.economy(body)["cost"]
        cached = self.economy(body, cached_prefix_tokens=200)["cost"]
        self.assertEqual(cached["cached_tokens"], 200)
        self.assertEqual(plain["expected"] - cached["expected"], 200 * Decimal("0.9e-6"))
        beyond = self.economy(body, cached_prefix_tokens=10**9)["cost"]
        self.assertEqual(beyond["cached_tokens"], beyond["input_tokens"])

    def test_prefix_too_short_to_be_cached(self):
        cost = self.economy({"prompt": "Hello"}, cached_prefix_tokens=5)["cost"]
        self.assertEqual(cost["cached_tokens"], 0)

    def test_unknown_price_is_null_with_a_reason(self):
        body = {"prompt": HARD, "routing": {"min_tier": "standard", "max_tier": "standard"}}
        answer = self.daemon.ask(body)
        cost = answer.json["cost"]
        self.assertEqual(answer.json["model"], "unpriced")
        for key in ("expected", "low", "high", "saving", "saving_ratio", "price_as_of"):
            self.assertIsNone(cost[key], key)
        self.assertEqual(cost["unknown_reason"], "input price is not published")
        self.assertEqual(cost["breakdown"]["output"], None)
        self.assertIsNone(cost["batch_saving"])
        self.assertEqual(cost["batch_saving_unknown"], cost["unknown_reason"])
        self.assertTrue(cost["price_stale"])
        self.assertEqual(cost["price_as_of_unknown"], "the catalogue does not say")
        self.assertIsNotNone(cost["baseline"]["expected"])
        self.assertEqual(answer.header("x-tierd-cost-usd"), "unknown")

    def test_price_age(self):
        old = self.economy({"prompt": "x"})["cost"]
        self.assertEqual((old["price_as_of"], old["price_stale"]), ("2020-01-01", True))
        self.assertNotIn("price_as_of_unknown", old)
        new = self.economy({"prompt": "x"}, exclude=["blind"])["cost"]
        self.assertEqual((new["price_as_of"], new["price_stale"]), ("2999-01-01", False))

    def test_candidates_and_exclude(self):
        self.assertEqual(self.economy({"prompt": "x"})["model"], "blind")
        self.assertEqual(self.economy({"prompt": "x"}, exclude=["blind"])["model"], "seer")
        self.assertEqual(self.decide({"prompt": "x"}, candidates=["seer"])["model"], "seer")
        self.assertEqual(self.decide({"prompt": "x"}, candidates=["big"])["model"], "big")
        only = self.decide({"prompt": HARD}, candidates=["blind", "big"], exclude=["big"])
        self.assertEqual(only["model"], "blind")
        self.assertEqual([each["model"] for each in only["alternatives"]], ["blind", None, None])
        self.assertEqual([each["cost"] for each in only["alternatives"]][1:], [None, None])
        self.assertEqual([each.get("unknown_reason") for each in only["alternatives"]],
                         [None] + ["no model of the tier fits this request"] * 2)

    def test_nothing_left(self):
        everything = ["blind", "seer", "unpriced", "big"]
        for routing in ({"exclude": everything}, {"candidates": ["big"], "max_tier": "standard"},
                        {"candidates": ["seer"], "exclude": ["seer"]}):
            answer = self.daemon.ask({"prompt": "x", "routing": routing})
            self.assert_problem(answer, 422, "no-model-fits", "/routing")

    def test_capabilities(self):
        words = {"type": "text", "text": "What is this?"}
        cases = {
            "cannot see images": {"messages": [user([words, IMAGE])]},
            "cannot call tools": {"messages": [user("x")], "tools": [TOOL]},
            "JSON schema": {"messages": [user("x")], "response_format": SCHEMA},
            "cannot read files": {"messages": [user([words, {"type": "file", "file": {}}])]},
            "context window": {"prompt": "word " * 5000},
        }
        for why, body in cases.items():
            with self.subTest(why):
                decision = self.economy(body)
                self.assertEqual(decision["model"], "seer")
                text, = [r["text"] for r in decision["reasons"] if r["code"] == "passed_over"]
                self.assertIn("blind", text)
                self.assertIn(why, text)
        anthropic = {"messages": [user([words, {"type": "image", "source": {"type": "base64"}}])]}
        self.assertEqual(self.economy(anthropic)["model"], "seer")
        self.assertEqual(self.economy({"messages": [user("x")], "tools": []})["model"], "blind")

    def test_nothing_in_the_tier_fits(self):
        body = {"messages": [user([{"type": "text", "text": "x"}, IMAGE])],
                "routing": {"candidates": ["blind"]}}
        self.assert_problem(self.daemon.ask(body), 422, "no-model-fits", "/routing", "images")

    def test_max_cost(self):
        """From the top down to what the money buys; an unknown price buys nothing."""
        free = self.decide({"prompt": HARD}, max_risk=0)
        self.assertEqual(free["tier"], "frontier")
        cap = float(free["alternatives"][0]["cost"]["expected"]) * 1.01
        capped = self.decide({"prompt": HARD}, max_risk=0, max_cost_usd=cap)
        self.assertEqual(capped["tier"], "economy")
        self.assertLessEqual(capped["cost"]["expected"], cap)
        self.assertIn("cost_cap", self.codes(capped))
        rich = self.decide({"prompt": HARD}, max_risk=0, max_cost_usd=100)
        self.assertEqual(rich["tier"], "frontier")
        self.assertNotIn("cost_cap", self.codes(rich))

    def test_max_cost_that_nothing_meets(self):
        decision = self.decide({"prompt": HARD}, max_risk=0, max_cost_usd=0)
        self.assertEqual(decision["tier"], "economy")
        self.assertIn("cost_cap_missed", self.codes(decision))
        held = self.decide({"prompt": HARD}, min_tier="frontier", max_cost_usd=0)
        self.assertEqual(held["tier"], "frontier")
        self.assertIn("cost_cap_missed", self.codes(held))

    def test_image_counts_as_tokens(self):
        plain = self.economy({"messages": [user([{"type": "text", "text": "x"}])]}, candidates=["seer"])
        seen = self.economy({"messages": [user([{"type": "text", "text": "x"}, IMAGE])]},
                            candidates=["seer"])
        self.assertGreater(seen["cost"]["input_tokens"], plain["cost"]["input_tokens"] + 100)

    def test_longer_costs_more(self):
        costs = [self.economy({"prompt": HARD * n, "max_tokens": 1}, candidates=["seer"])["cost"]["expected"]
                 for n in (1, 5, 25, 125)]
        self.assertEqual(costs, sorted(set(costs)))

    def test_models_show_null_for_unknown(self):
        models = {each["id"]: each for each in self.daemon.get("/v1/models").json["data"]}
        self.assertIsNone(models["unpriced"]["price"]["input"])
        self.assertIsNone(models["unpriced"]["context_window"])
        self.assertEqual(models["unpriced"]["unknown"]["input"], "the catalogue does not say")
        self.assertEqual(models["blind"]["price"]["cache_read"], 0.1)
        self.assertEqual(models["seer"]["capabilities"], ["vision", "tools", "json_schema", "files"])
