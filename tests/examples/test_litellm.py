"""The LiteLLM hook and strategy, with stand-ins for LiteLLM's base classes.

LiteLLM is not in Debian, so what is shown here is that both do as their signatures ask
and talk to the real daemon; not that LiteLLM calls them so.
"""

import asyncio
import importlib
import os
import sys
import types

from case import EASY, HARD, ExampleCase, chat, example


def stand_in(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    return module


MODULES = {
    "litellm": stand_in("litellm"),
    "litellm.integrations": stand_in("litellm.integrations"),
    "litellm.integrations.custom_logger": stand_in("custom_logger",
                                                   CustomLogger=type("CustomLogger", (), {})),
    "litellm.types": stand_in("litellm.types"),
    "litellm.types.router": stand_in(
        "router", CustomRoutingStrategyBase=type("CustomRoutingStrategyBase", (), {})),
}


class LiteLlm(ExampleCase):

    def setUp(self):
        super().setUp()
        self.load(self.daemon.path)

    def load(self, socket):
        """The example as LiteLLM would import it, with its settings in the environment."""
        os.environ["TIERD_SOCKET"] = socket
        os.environ["TIERD_FALLBACK_MODEL"] = "spare"
        sys.modules.update(MODULES)
        sys.path[:0] = [example("litellm"), example("python")]
        try:
            self.example = importlib.import_module("tierd_litellm")
        finally:
            del sys.path[:2], os.environ["TIERD_SOCKET"], os.environ["TIERD_FALLBACK_MODEL"]
            for name in [*MODULES, "tierd_litellm", "tierd_client"]:
                sys.modules.pop(name, None)

    def hook(self, data, call_type="acompletion"):
        return asyncio.run(self.example.hook.async_pre_call_hook(None, None, data, call_type))

    def test_hook_puts_the_model_in(self):
        for question, model in zip((EASY, HARD), self.models()):
            data = self.hook(chat(question, temperature=0.5, routing={"dry_run": True}))
            self.assertRegex(data["metadata"].pop("tierd_id"), "^d-")
            self.assertEqual(data, {**chat(question, temperature=0.5), "model": model, "metadata": {}})

    def test_hook_leaves_other_calls_alone(self):
        for data, kind in (({**chat(HARD), "model": "mine"}, "acompletion"),
                           ({"model": "auto", "input": "x"}, "aembedding")):
            self.assertEqual(self.hook(dict(data), kind), data)

    def test_without_tierd_the_fallback_is_called(self):
        self.load(self.files.join("none"))
        self.assertEqual(self.hook(chat(HARD)), {**chat(HARD), "model": "spare"})

    def strategy(self, *names):
        deployments = [{"model_name": name, "litellm_params": {"model": "x/" + name}}
                       for name in names]
        router = types.SimpleNamespace(model_list=deployments)
        return self.example.TierdStrategy(router), deployments

    def test_strategy_picks_among_the_deployments(self):
        easy, hard = self.models()
        strategy, deployments = self.strategy(hard, easy)
        for question, wanted in ((EASY, deployments[1]), (HARD, deployments[0])):
            messages = chat(question)["messages"]
            self.assertIs(strategy.get_available_deployment("auto", messages), wanted)
            got = asyncio.run(strategy.async_get_available_deployment("auto", messages))
            self.assertIs(got, wanted)
        self.assertIs(strategy.get_available_deployment(hard, []), deployments[0])
        lone, only = self.strategy(hard)
        self.assertIs(lone.get_available_deployment("auto", chat(EASY)["messages"]), only[0])
        with self.assertRaises(ValueError):
            strategy.get_available_deployment("elsewhere", [])
