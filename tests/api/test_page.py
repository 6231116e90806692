"""GET / and /v1/live: the page and its figures, and whose requests are turned away."""

import base64
import hashlib
import re

from harness import TIERS, DaemonCase

PROOF = "Prove that there are infinitely many primes congruent to 3 mod 4."


class Page(DaemonCase):
    listen = "127.0.0.1:0"

    def test_is_one_file_with_a_strict_policy(self):
        answer = self.daemon.get("/")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("content-type"), "text/html; charset=utf-8")
        self.assertEqual(answer.header("x-content-type-options"), "nosniff")
        self.assertEqual(answer.header("referrer-policy"), "no-referrer")
        policy = dict(part.strip().split(" ", 1)
                      for part in answer.header("content-security-policy").split(";"))
        self.assertEqual(policy["default-src"], "'none'")
        self.assertEqual(policy["connect-src"], "'self'")
        for name in ("base-uri", "form-action", "frame-ancestors"):
            self.assertEqual(policy[name], "'none'")
        page = answer.body.decode()
        for name, tag in (("script-src", "script"), ("style-src", "style")):
            held = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.S)
            self.assertEqual(len(held), 1)
            digest = base64.b64encode(hashlib.sha256(held[0].encode()).digest()).decode()
            self.assertEqual(policy[name], f"'sha256-{digest}'")
        self.assertNotRegex(page, r"<(link|img|iframe|script)[^>]+(src|href)=[\"'](?!data:)")
        self.assertNotRegex(page, r"\sstyle=|\son\w+=[\"']")

    def test_head_and_other_methods(self):
        with self.daemon.connect() as wire:
            answer = wire.request("HEAD", "/")
            self.assertEqual((answer.status, answer.body), (200, b""))
        self.assert_problem(self.daemon.ask({}, path="/v1/live"), 405, "method-not-allowed")

    def test_live_counts_what_counts(self):
        before = self.daemon.get("/v1/live").json
        answers = [self.daemon.ask({"prompt": PROOF}).json, self.daemon.ask({"prompt": "hi"}).json]
        self.daemon.ask({"prompt": PROOF, "routing": {"dry_run": True}})
        self.daemon.ask({"prompt": 3})
        after = self.daemon.get("/v1/live").json

        def risen(*path):
            values = []
            for figures in (before, after):
                for key in path:
                    figures = figures[key]
                values.append(figures)
            return values[1] - values[0]

        self.assertEqual(risen("total", "decisions"), 2)
        self.assertEqual(risen("latency", "ever", "count"), 2)
        self.assertAlmostEqual(risen("total", "cost"), sum(a["cost"]["expected"] for a in answers), 9)
        self.assertAlmostEqual(risen("total", "saving"), sum(a["cost"]["saving"] for a in answers), 9)
        self.assertEqual([t["tier"] for t in after["tiers"]], TIERS)
        for i, tier in enumerate(TIERS):
            self.assertEqual(risen("tiers", i, "decisions"), sum(a["tier"] == tier for a in answers))
        for answer in answers:
            entry = next(e for e in after["last"] if e["id"] == answer["id"])
            self.assertEqual([entry[k] for k in ("tier", "model", "probability", "abstained")],
                             [answer[k] for k in ("tier", "model", "confidence", "abstained")])
            self.assertEqual(entry["cost"], answer["cost"]["expected"])
            self.assertEqual(entry["reasons"], [r["code"] for r in answer["reasons"]])
        self.assertNotIn("thresholds", after["tiers"][-1])

    def test_batches_count_too(self):
        before = self.daemon.get("/v1/live").json["total"]["decisions"]
        self.daemon.ask(b'{"prompt": "a"}\n{"prompt": "b"}\n', path="/v1/route:batch")
        after = self.daemon.get("/v1/live").json
        self.assertEqual(after["total"]["decisions"] - before, 2)
        self.assertEqual(after["latency"]["ever"]["count"], after["total"]["decisions"])

    def test_explanation_has_the_thresholds(self):
        answer = self.daemon.ask({"prompt": PROOF, "routing": {"explain": True}}).json
        thresholds = answer["explanation"]["thresholds"]
        self.assertEqual(list(thresholds), TIERS[:-1])
        self.assertTrue(all(0 <= value <= 1 for value in thresholds.values()))
        self.assertLess(answer["probabilities"]["standard"], thresholds["standard"],
                        "else it would not have gone to the top")

    def test_pages_of_other_sites_are_turned_away(self):
        own = f"127.0.0.1:{self.daemon.port}"
        body = {"prompt": "hi"}
        for headers, status in (({}, 200), ({"origin": f"http://{own}"}, 403),
                                ({"origin": "http://evil.example"}, 403),
                                ({"sec_fetch_site": "cross-site"}, 403),
                                ({"origin": "https://evil.example", "sec_fetch_site": "same-origin"}, 200)):
            with self.subTest(headers=headers), self.daemon.connect(tcp=True) as wire:
                # The harness calls it "tierd", which is not what the origin says.
                answer = wire.request("POST", "/v1/route", body, **headers)
                self.assertEqual(answer.status, status)
                if status == 403:
                    self.assert_problem(answer, 403, "origin")

    def test_a_host_that_others_could_own_is_turned_away(self):
        for path in ("/", "/v1/live", "/metrics"):
            with self.daemon.connect(tcp=True) as wire:
                wire.send(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
                self.assert_problem(wire.read(), 403, "origin")
                wire.send(f"GET {path} HTTP/1.1\r\nHost: localhost:{self.daemon.port}\r\n\r\n".encode())
                self.assertEqual(wire.read().status, 200)

    def test_the_unix_socket_takes_any_host(self):
        with self.daemon.connect() as wire:
            wire.send(b"GET /v1/live HTTP/1.1\r\nHost: router.example\r\n\r\n")
            self.assertEqual(wire.read().status, 200)
