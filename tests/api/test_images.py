"""Images in a request: what they cost by the rules of the shipped catalogue's models."""

import base64
import json
import struct

from harness import DaemonCase

WORDS = {"type": "text", "text": "What is this?"}
PNG, JPEG, GIF = "image/png", "image/jpeg", "image/gif"


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIB", 13, b"IHDR", width, height, 8) + bytes(99)


def jpeg(width, height):
    """With a profile of 200 KB before the frame, as some cameras and editors write it."""
    profile = (b"\xff\xe2" + struct.pack(">H", 65000) + bytes(64998)) * 3
    return b"\xff\xd8" + profile + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(99)


def gif(width, height):
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(99)


def data_url(content, kind=PNG):
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def chat(url, **more):
    return {"type": "image_url", "image_url": {"url": url, **more}}


def anthropic(content, kind=PNG):
    return {"type": "image", "source": {"type": "base64", "media_type": kind,
                                        "data": base64.b64encode(content).decode()}}


class Images(DaemonCase):

    def decide(self, parts, model):
        answer = self.daemon.ask({"messages": [{"role": "user", "content": [WORDS, *parts]}],
                                  "routing": {"candidates": [model]}})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def tokens(self, model, *parts):
        """What the parts cost beside the words, and what is said about it."""
        with_images, without = self.decide(parts, model), self.decide([], model)
        texts = [each["text"] for each in with_images["reasons"] if each["code"] == "images_assumed"]
        return with_images["cost"]["input_tokens"] - without["cost"]["input_tokens"], texts

    def test_each_model_counts_by_its_own_rule(self):
        """Counts that others measured, or that the provider's page works out."""
        image = chat(data_url(png(1920, 1080)))
        for model, expected in {
            "gpt-6-luna": 2448,             # 60 x 34 patches, 1.2 each
            "gpt-5-mini": 1810,             # 1649 x 928 is within the budget: 52 x 29 patches
            "gpt-4o-mini": 2833 + 6 * 5667, # 1365 x 768: 3 x 2 tiles
            "claude-sonnet-5-5": 2691,      # 69 x 39 squares
            "claude-haiku-4-5": 1560,       # 1456 x 819: 52 x 30 squares
            "gemini-2.5-flash-lite": 6 * 258,
            "gemini-3.8-flash": 1120,
        }.items():
            with self.subTest(model):
                self.assertEqual(self.tokens(model, image), (expected, []))

    def test_wherever_an_image_stands(self):
        model, tokens = "claude-sonnet-5-5", 2691
        for kind, content in ((PNG, png(1920, 1080)), (JPEG, jpeg(1920, 1080)), (GIF, gif(1920, 1080))):
            url = data_url(content, kind)
            for part in (chat(url), {"type": "input_image", "image_url": url}, anthropic(content, kind),
                         {"type": "tool_result", "tool_use_id": "t", "content": [anthropic(content, kind)]}):
                with self.subTest(kind=kind, type=part["type"]):
                    got, said = self.tokens(model, part)
                    # A tool's result may count as a message of its own.
                    self.assertIn(got - tokens, (0, 4) if part["type"] == "tool_result" else (0,))
                    self.assertEqual(said, [])

    def test_detail(self):
        url = data_url(png(4032, 3024))
        for detail, expected in {"low": 308, "high": 2942, "original": 14364, "auto": 14364,
                                 "fine": 14364}.items():
            with self.subTest(detail):
                self.assertEqual(self.tokens("gpt-6-luna", chat(url, detail=detail)), (expected, []))
        self.assertEqual(self.tokens("gpt-4o-mini", chat(url, detail="low")), (2833, []))
        beside = {"type": "input_image", "image_url": url, "detail": "low"}
        self.assertEqual(self.tokens("gpt-4o-mini", beside), (2833, []))

    def test_a_size_that_is_not_known_is_said_to_be_assumed(self):
        """As is one that is sent but cannot be read. The typical image has 37 x 37 squares."""
        said = ["the size of 1 of 1 images is not known: 1024 x 1024 pixels are assumed"]
        for part in (chat("https://example.org/cat.png"), chat("data:image/png;base64,AAAA"),
                     chat(data_url(png(0, 7))), chat(data_url(png(70000, 7))), chat(""),
                     chat(data_url(jpeg(640, 480)[:5000], JPEG)), {"type": "image"},
                     {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
                     {"type": "image", "source": {"type": "base64", "data": 7}},
                     {"type": "image_url", "image_url": [7]}, {"type": "image_url", "image_url": "\0"}):
            with self.subTest(json.dumps(part)[:80]):
                self.assertEqual(self.tokens("claude-sonnet-5-5", part), (37 * 37, said))
        # What costs the same at any size is not assumed.
        url = "https://example.org/cat.png"
        self.assertEqual(self.tokens("gemini-3.8-flash", chat(url)), (1120, []))
        self.assertEqual(self.tokens("gpt-4o-mini", chat(url, detail="low")), (2833, []))

    def test_some_known_some_not(self):
        parts = [chat(data_url(png(28, 28)))] * 2 + [{"type": "image"}]
        self.assertEqual(self.tokens("claude-sonnet-5-5", *parts), (
            2 + 37 * 37, ["the size of 1 of 3 images is not known: 1024 x 1024 pixels are assumed"]))

    def test_a_rule_that_is_not_known(self):
        tokens, said = self.tokens("mistral-large-4", chat(data_url(png(28, 28))))
        self.assertEqual((tokens, said), (
            765, ["how mistral-large-4 counts images is not known: 765 tokens each are assumed"]))

    def test_a_larger_image_costs_more(self):
        costs = [self.decide([chat(data_url(png(side, side)))], "claude-sonnet-5-5")["cost"]["expected"]
                 for side in (100, 400, 1600)]
        self.assertEqual(costs, sorted(set(costs)))
