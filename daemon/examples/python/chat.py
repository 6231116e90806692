#!/usr/bin/env python3
"""Asks an OpenAI-style server, with the model that tierd picks.

    python3 chat.py --socket /run/tierd/tierd.sock --url http://127.0.0.1:9000/v1 \\
        "What is the capital of Portugal?"

The key is taken from OPENAI_API_KEY. Without tierd the fallback model answers: routing
saves money, and no answer is lost for it.
"""

import argparse
import json
import os
import sys
import urllib.request

from tierd_client import Tierd, TierdError


def pick(tierd, body, fallback):
    """(model, the decision's id or None)"""
    try:
        decision = tierd.route(body)
        print(f"{decision['model']} for about ${decision['cost']['expected']}: "
              f"{decision['reasons'][0]['text']}", file=sys.stderr)
        return decision["model"], decision["id"]
    except (OSError, TierdError) as error:
        print(f"no decision, so {fallback}: {error}", file=sys.stderr)
        return fallback, None


def ask(url, body):
    request = urllib.request.Request(url + "/chat/completions", json.dumps(body).encode(), {
        "content-type": "application/json",
        "authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "")})
    with urllib.request.urlopen(request, timeout=600) as response:
        return json.load(response)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--socket", default="/run/tierd/tierd.sock")
    parser.add_argument("--url", default="https://api.openai.com/v1")
    parser.add_argument("--fallback", default="claude-sonnet-5-5", metavar="MODEL")
    parser.add_argument("--model", default="auto", help="auto, auto:eco, router-svm-0.3, ...")
    parser.add_argument("question")
    options = parser.parse_args()
    tierd = Tierd(options.socket)
    body = {"model": options.model, "messages": [{"role": "user", "content": options.question}]}
    body["model"], decision_id = pick(tierd, body, options.fallback)
    answer = ask(options.url, body)
    print(answer["choices"][0]["message"]["content"])
    if decision_id:
        try:  # what it really used makes the next estimates better
            tierd.feedback(decision_id, usage=answer["usage"], model=body["model"])
        except (OSError, TierdError) as error:
            print(f"no feedback: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
