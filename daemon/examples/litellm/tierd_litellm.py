"""LiteLLM asks tierd which model to call: as a hook of its proxy, or as the strategy of
its Router.

Proxy, in config.yaml, with this file and python/tierd_client.py beside it:

    model_list:                              # names as in tierd's catalogue
      - model_name: claude-haiku-5-5
        litellm_params: {model: anthropic/claude-haiku-5-5}
      - ...
    litellm_settings:
      callbacks: tierd_litellm.hook

Clients then ask for "auto", "auto:eco" or "router-svm-0.3"; any other name is left alone.

Router:

    router = litellm.Router(model_list=[...])
    router.set_custom_routing_strategy(TierdStrategy(router))
    router.completion(model="auto", messages=[...])

Without an answer of tierd's, TIERD_FALLBACK_MODEL is called.
"""

import asyncio
import os
import threading

from litellm.integrations.custom_logger import CustomLogger
from litellm.types.router import CustomRoutingStrategyBase

from tierd_client import Tierd, TierdError

SOCKET = os.environ.get("TIERD_SOCKET", "/run/tierd/tierd.sock")
FALLBACK = os.environ.get("TIERD_FALLBACK_MODEL", "claude-sonnet-5-5")

_local = threading.local()  # a connection a thread


def asks_for_routing(model):
    return model == "auto" or model.startswith(("auto:", "router-svm-", "router-mf-"))


def decide(body):
    """(model, decision or None)"""
    if not hasattr(_local, "tierd"):
        _local.tierd = Tierd(SOCKET, timeout_s=0.5)
    try:
        decision = _local.tierd.route(body)
        return decision["model"], decision
    except (OSError, TierdError):
        return FALLBACK, None


class TierdHook(CustomLogger):
    """Puts the model into the proxy's requests before they are routed further."""

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        # Embeddings and their like have no messages. The names of chat calls have changed
        # between versions of LiteLLM, so call_type is not gone by.
        if "messages" not in data or not asks_for_routing(data["model"]):
            return data
        # LiteLLM's own members of the body do not belong to the question.
        body = {key: data[key] for key in ("model", "system", "messages", "tools",
                                           "response_format", "max_tokens",
                                           "max_completion_tokens", "routing") if key in data}
        data["model"], decision = await asyncio.to_thread(decide, body)
        data.pop("routing", None)  # for tierd; a provider would refuse it
        if decision:  # for callbacks that report usage later
            data.setdefault("metadata", {})["tierd_id"] = decision["id"]
        return data


class TierdStrategy(CustomRoutingStrategyBase):
    """Of a Router's deployments, one of the model that tierd picks among them."""

    def __init__(self, router):
        self.router = router

    def get_available_deployment(self, model, messages=None, input=None,
                                 specific_deployment=False, request_kwargs=None):
        deployments = self.router.model_list
        if asks_for_routing(model):
            names = sorted({each["model_name"] for each in deployments})
            model, _ = decide({"model": model, "messages": messages or [],
                               "routing": {"candidates": names}})
        for deployment in deployments:
            if deployment["model_name"] == model:
                return deployment
        raise ValueError(f"no deployment of {model}")

    async def async_get_available_deployment(self, model, messages=None, input=None,
                                             specific_deployment=False, request_kwargs=None):
        return await asyncio.to_thread(self.get_available_deployment, model, messages, input,
                                       specific_deployment, request_kwargs)


hook = TierdHook()
