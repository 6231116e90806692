#!/usr/bin/env python3
"""Streams an answer and ends it where it has run away.

    python3 stream.py --socket /run/tierd/tierd.sock --url http://127.0.0.1:9000/v1 "..."

tierd's stop_after_tokens is far beyond the answers that it expects to such a question.
A model that is still talking there repeats itself, and every token costs; closing the
connection makes the provider stop.

Tokens are counted as chunks that hold text, one token each with most servers. Where the
chunks themselves carry usage, that is taken.
"""

import argparse
import http.client
import json
import os
import sys
import urllib.parse

from tierd_client import Tierd


def events(response):
    """The data of each server-sent event until [DONE]."""
    for line in response:
        if line.startswith(b"data:"):
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            yield json.loads(data)


def connect(url):
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.netloc, timeout=60), parts.path


def stream(url, body, stop_after_tokens):
    """Prints the answer. (tokens, whether it was ended early); None never ends early."""
    connection, path = connect(url)
    tokens = 0
    connection.request("POST", path + "/chat/completions", json.dumps({**body, "stream": True}), {
        "content-type": "application/json",
        "authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "")})
    response = connection.getresponse()
    try:
        if response.status != 200:
            raise OSError(f"{url} answered {response.status}: {response.read(300)!r}")
        for event in events(response):
            for choice in event.get("choices", []):
                text = choice.get("delta", {}).get("content") or ""
                tokens += bool(text)
                sys.stdout.write(text)
            usage = event.get("usage") or {}
            tokens = max(tokens, usage.get("completion_tokens", 0))
            if stop_after_tokens is not None and tokens >= stop_after_tokens:
                return tokens, True
        return tokens, False
    finally:
        response.close()
        connection.close()
        print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--socket", default="/run/tierd/tierd.sock")
    parser.add_argument("--url", default="https://api.openai.com/v1")
    parser.add_argument("question")
    options = parser.parse_args()
    body = {"model": "auto", "messages": [{"role": "user", "content": options.question}]}
    decision = Tierd(options.socket).route(body)
    body["model"] = decision["model"]
    tokens, early = stream(options.url, body, decision["stop_after_tokens"])
    print(f"{tokens} tokens{', ended: that is out of all measure' if early else ''}",
          file=sys.stderr)
    return 3 if early else 0


if __name__ == "__main__":
    sys.exit(main())
