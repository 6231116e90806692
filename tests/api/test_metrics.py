"""/metrics: what it counts is what was asked, it only rises, and promtool likes it."""

import json
import os
import re
import shutil
import subprocess

from harness import (CATALOG, PATIENCE_S, SOURCE, TIERS, ApiCase, encode)

OPS = os.path.join(SOURCE, "daemon", "ops")
CANARY = "zanzibarcanary"
LINE = re.compile(r'(tierd_[a-z_]+)(?:\{(.*)\})? (-?[0-9.]+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)')


def promtool():
    """The checker, installed or as ./dev unpacked it; None where there is none."""
    unpacked = os.path.join(SOURCE, "build", "promtool")
    return shutil.which("promtool") or (unpacked if os.access(unpacked, os.X_OK) else None)


def parse(text):
    """{(name, ((label, value), ...)): number}, strictly."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            continue
        match = LINE.fullmatch(line)
        if not match:
            raise AssertionError(f"no sample: {line!r}")
        labels = tuple(LABEL.findall(match[2] or ""))
        if LABEL.sub("", match[2] or ""):
            raise AssertionError(f"odd labels: {line!r}")
        if (match[1], labels) in samples:
            raise AssertionError(f"twice: {line!r}")
        samples[match[1], labels] = float(match[3])
    return samples


def types(text):
    return dict(line.split(" ")[2:4] for line in text.splitlines() if line.startswith("# TYPE "))


class MetricsCase(ApiCase):
    def scrape(self, daemon):
        answer = daemon.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8")
        return answer.body.decode()

    def value(self, daemon, name, **labels):
        """The sum of the series that have these labels, and 0 where there are none."""
        return sum(number for (found, pairs), number in parse(self.scrape(daemon)).items()
                   if found == name and set(labels.items()) <= set(pairs))

    def check(self, *arguments, stdin=None):
        tool = promtool()
        if not tool:
            if os.environ.get("CI") == "true":
                self.fail("no promtool: install Debian's package prometheus")
            self.skipTest("no promtool")
        done = subprocess.run([tool, "check", *arguments], input=stdin, capture_output=True,
                              timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        self.assertEqual(done.stderr.decode(), "")


class Counts(MetricsCase):
    def test_decisions_cost_and_saving(self):
        daemon = self.start()
        told = {tier: 0 for tier in TIERS}
        spent = saved = abstained = 0
        for i, tier in enumerate(TIERS * 3):
            body = {"prompt": f"Explain rule {i}.", "routing": {"min_tier": tier}}
            answer = daemon.ask(body).json
            told[answer["tier"]] += 1
            spent += answer["cost"]["expected"]
            saved += answer["cost"]["saving"]
            abstained += answer["abstained"]
        for tier in TIERS:
            self.assertEqual(self.value(daemon, "tierd_decisions_total", tier=tier), told[tier])
        self.assertEqual(self.value(daemon, "tierd_decisions_total"), 9)
        self.assertGreater(told["frontier"], 0)
        self.assertGreaterEqual(self.value(daemon, "tierd_decision_reasons_total"), 9)
        self.assertEqual(self.value(daemon, "tierd_abstentions_total"), abstained)
        self.assertAlmostEqual(self.value(daemon, "tierd_cost_usd_total"), spent, 8)
        self.assertAlmostEqual(self.value(daemon, "tierd_saving_usd_total")
                               - self.value(daemon, "tierd_excess_usd_total"), saved, 8)

    def test_model_is_the_one_chosen(self):
        daemon = self.start()
        chosen = daemon.ask({"prompt": "Hello", "routing": {"explain": True}}).json
        self.assertEqual(self.value(daemon, "tierd_decisions_total", model=chosen["model"],
                                    tier=chosen["tier"]), 1)
        # The names of features, of which there are many, are no reasons here.
        known = {code["code"] for code in chosen["reasons"] if code["weight"] == 0}
        seen = {dict(pairs)["reason"] for name, pairs in parse(self.scrape(daemon))
                if name == "tierd_decision_reasons_total"}
        self.assertLessEqual(seen, known)
        self.assertTrue(seen)

    def test_dry_runs_are_counted_apart(self):
        daemon = self.start()
        daemon.ask({"prompt": "Hello", "routing": {"dry_run": True}})
        self.assertEqual(self.value(daemon, "tierd_dry_runs_total"), 1)
        self.assertEqual(self.value(daemon, "tierd_decisions_total"), 0)
        self.assertEqual(self.value(daemon, "tierd_cost_usd_total"), 0)

    def test_degradations(self):
        daemon = self.start()
        body = {"prompt": "Hello", "routing": {"max_cost_usd": 0.000000001}}
        codes = [reason["code"] for reason in daemon.ask(body).json["reasons"]]
        self.assertIn("cost_cap_missed", codes)
        self.assertEqual(self.value(daemon, "tierd_degradations_total", kind="cost_cap_missed"), 1)

    def test_batch_lines(self):
        daemon = self.start()
        lines = [encode({"prompt": f"Line {i}"}) for i in range(5)] + [b"", b"{", b'{"prompt": 3}']
        answer = daemon.ask(b"\n".join(lines), "/v1/route:batch")
        self.assertEqual(len(answer.lines), 7)
        self.assertEqual(self.value(daemon, "tierd_batch_lines_total", result="ok"), 5)
        self.assertEqual(self.value(daemon, "tierd_batch_lines_total", result="problem"), 2)
        self.assertEqual(self.value(daemon, "tierd_decisions_total"), 5)
        self.assertEqual(self.value(daemon, "tierd_problems_total", type="bad-json"), 1)
        self.assertEqual(self.value(daemon, "tierd_problems_total", type="invalid-field"), 1)
        self.assertEqual(self.value(daemon, "tierd_requests_total", status="200", method="POST",
                                    endpoint="/v1/route:batch"), 1)

    def test_problems_by_type_and_status(self):
        daemon = self.start("--body-bytes-max=4096")
        asked = [("bad-json", 400, b"{"), ("invalid-field", 422, {"prompt": 1}),
                 ("body-too-large", 413, {"prompt": "x" * 5000}),
                 ("invalid-field", 422, {"prompt": "x", "routing": {"nope": 1}})]
        for kind, status, body in asked:
            self.assert_problem_kind(daemon.ask(body), status, kind)
        self.assert_problem_kind(daemon.get("/nowhere"), 404, "not-found")
        self.assert_problem_kind(daemon.get("/v1/route"), 405, "method-not-allowed")
        with daemon.connect() as wire:
            wire.send(b"nonsense\r\n\r\n")
            self.assert_problem_kind(wire.read(), 400, "bad-request")
        for kind, count in (("bad-json", 1), ("invalid-field", 2), ("body-too-large", 1),
                            ("not-found", 1), ("method-not-allowed", 1), ("bad-request", 1)):
            self.assertEqual(self.value(daemon, "tierd_problems_total", type=kind), count, kind)
        self.assertEqual(self.value(daemon, "tierd_problems_total"), 7)
        self.assertEqual(self.value(daemon, "tierd_requests_total", status="422",
                                    endpoint="/v1/route"), 2)
        self.assertEqual(self.value(daemon, "tierd_requests_total", status="404", method="GET",
                                    endpoint="none"), 1)

    def assert_problem_kind(self, response, status, kind):
        self.assertEqual(response.status, status)
        self.assertEqual(response.json["type"], "/problems/" + kind)

    def test_methods_and_head(self):
        daemon = self.start()
        with daemon.connect() as wire:
            self.assertGreater(int(wire.request("HEAD", "/metrics").header("content-length")), 1000)
            self.assertEqual(wire.request("GET", "/healthz").status, 200)
            self.assertEqual(wire.request("POST", "/metrics", b"").status, 405)
        for method, path, status in (("HEAD", "/metrics", 200), ("GET", "/healthz", 200),
                                     ("POST", "none", 405)):
            self.assertEqual(self.value(daemon, "tierd_requests_total", method=method,
                                        endpoint=path, status=str(status)), 1)

    def test_histograms(self):
        daemon = self.start("--threads=1")
        with daemon.connect() as wire:
            for _ in range(33):
                self.assertEqual(wire.request("POST", "/v1/route", {"prompt": "Hi"}).status, 200)
        count = "tierd_request_duration_seconds_count"
        self.assertEqual(self.value(daemon, count, endpoint="/v1/route"), 33)
        for stage in ("parse", "decide", "encode"):  # one in 16, the first among them
            self.assertEqual(self.value(daemon, "tierd_stage_duration_seconds_count", stage=stage), 3)
        samples = parse(self.scrape(daemon))
        buckets = [number for (name, pairs), number in samples.items()
                   if name == "tierd_request_duration_seconds_bucket"
                   and ("endpoint", "/v1/route") in pairs]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], 33)

    def test_connections_and_bytes(self):
        daemon = self.start()
        with daemon.connect() as wire, daemon.connect() as other:
            for each in (wire, other):
                self.assertEqual(each.request("GET", "/healthz").status, 200)
            self.assertEqual(self.value(daemon, "tierd_connections_open"), 3)
            self.assertEqual(self.value(daemon, "tierd_requests_in_flight"), 1)  # the scrape itself
        self.assertGreaterEqual(self.value(daemon, "tierd_connections_total"), 4)
        before = self.value(daemon, "tierd_received_bytes_total")
        daemon.ask({"prompt": "x" * 10000})
        self.assertGreater(self.value(daemon, "tierd_received_bytes_total"), before + 10000)
        self.assertGreater(self.value(daemon, "tierd_sent_bytes_total"), 1000)

    def test_log_lines(self):
        place = self.directory()
        daemon = self.start("--decision-log", place.join("log"), "--state-dir", place.join("state"))
        for i in range(4):
            daemon.ask({"prompt": f"Line {i}"})
        while self.value(daemon, "tierd_log_lines_written_total") < 4:
            daemon.check()  # the writer gathers lines for a moment; a hang ends with the suite
        self.assertEqual(self.value(daemon, "tierd_log_enabled"), 1)
        self.assertEqual(self.value(daemon, "tierd_log_lines_dropped_total"), 0)
        self.assertEqual(self.value(daemon, "tierd_log_written_bytes_total"),
                         os.path.getsize(place.join("log")))

    def test_sessions(self):
        daemon = self.start("--session-table-bytes=60000")
        room = self.value(daemon, "tierd_sessions_max")
        self.assertGreater(room, 10)
        for i in range(int(room) + 5):
            daemon.ask({"prompt": "Hello", "routing": {"session": f"s-{i}"}})
            if i == 2:
                self.assertEqual(self.value(daemon, "tierd_sessions"), 3)
        self.assertEqual(self.value(daemon, "tierd_sessions"), room)
        self.assertEqual(self.value(daemon, "tierd_sessions_evicted_total"), 5)
        self.assertEqual(self.value(self.start("--session-table-bytes=0"), "tierd_sessions_max"), 0)

    def test_budgets(self):
        """Rules are labels, values of clients are not; of these the dearest is told."""
        place = self.directory()
        daemon = self.start("--state-dir", place.join("state"), "--budget",
                            "team=core:5/day,team=*:0.5/month")
        spent = {team: sum(daemon.ask({"prompt": "Hello", "metadata": {"team": team}})
                           .json["cost"]["expected"] for _ in range(calls))
                 for team, calls in (("core", 2), ("canary-a", 3), ("canary-b", 1))}
        for rule, amount, most, accounts in (
                ("team=core:5/day", 5, spent["core"], 1),
                ("team=*:0.5/month", 0.5, max(spent.values()), 3)):
            with self.subTest(rule=rule):
                self.assertEqual(self.value(daemon, "tierd_budget_amount_usd", budget=rule), amount)
                self.assertEqual(self.value(daemon, "tierd_budget_accounts", budget=rule), accounts)
                self.assertAlmostEqual(self.value(daemon, "tierd_budget_spent_usd", budget=rule),
                                       most, 9)
        self.assertNotIn("canary", self.scrape(daemon))

    def test_budgets_and_staying_are_reasons(self):
        place = self.directory()
        daemon = self.start("--state-dir", place.join("state"), "--budget", "team=core:0/day")
        daemon.ask({"prompt": "Prove it.", "metadata": {"team": "core"},
                    "routing": {"min_tier": "frontier"}})
        self.assertEqual(self.value(daemon, "tierd_decision_reasons_total", reason="budget"), 1)

    def test_reloads_keep_the_counts(self):
        place = self.directory()
        with open(CATALOG, "rb") as file:
            text = file.read()
        path = place.write("c.json", text)
        daemon = self.start(directory=place, catalog=path)
        chosen = daemon.ask({"prompt": "Hello"}).json
        place.write("c.json", text.replace(f'"{chosen["model"]}"'.encode(), b'"renamed-model"'))
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 200)
        self.assertEqual(daemon.ask({"prompt": "Hello"}).json["model"], "renamed-model")
        place.write("c.json", b"{")
        self.assertEqual(daemon.ask(b"", "/v1/reload").status, 409)
        for name, wanted in (("tierd_reloads_total", 1), ("tierd_reload_failures_total", 1),
                             ("tierd_last_reload_successful", 0), ("tierd_snapshot_number", 2)):
            self.assertEqual(self.value(daemon, name), wanted, name)
        for model in (chosen["model"], "renamed-model"):
            self.assertEqual(self.value(daemon, "tierd_decisions_total", model=model), 1, model)
        self.assertEqual(self.value(daemon, "tierd_requests_total", endpoint="/v1/reload"), 2)
        version = daemon.get("/version").json
        info = next(dict(pairs) for name, pairs in parse(self.scrape(daemon))
                    if name == "tierd_snapshot_info")
        self.assertEqual(info, {key: version[key] for key in info})


class Page(MetricsCase):
    def busy(self):
        daemon = self.start("--threads=3", "--state-dir", self.directory().join("state"),
                            "--budget", 'app=*:20/month,team=a"b:5/day')
        for text in ("Hello", "Prove that there are infinitely many primes."):
            daemon.ask({"prompt": f"{text} {CANARY}", "metadata": {"app": CANARY},
                        "routing": {"session": CANARY}})
        daemon.ask(encode({"prompt": CANARY})[:-1])
        daemon.ask({"prompt": "x", "routing": {CANARY: 1}})
        daemon.ask({"prompt": "x", "routing": {"candidates": [CANARY]}})
        daemon.get("/" + CANARY)
        with daemon.connect() as wire:
            wire.send(f"{CANARY.upper()} / HTTP/1.1\r\nhost: {CANARY}\r\n\r\n".encode())
            wire.read()
        daemon.ask(f'{{"prompt": "{CANARY}"}}\n{CANARY}\n'.encode(), "/v1/route:batch")
        return daemon

    def test_nothing_of_a_request_gets_in(self):
        text = self.scrape(self.busy())
        self.assertNotIn(CANARY, text.lower())

    def test_counters_only_rise(self):
        daemon = self.busy()
        kinds = types(self.scrape(daemon))
        before = parse(self.scrape(daemon))
        for i in range(40):
            daemon.ask({"prompt": "Hello"} if i % 3 else b"{")
            now = parse(self.scrape(daemon))
            self.assertLessEqual(set(before), set(now))
            for (name, labels), number in before.items():
                if kinds.get(name) != "gauge":
                    self.assertGreaterEqual(now[name, labels], number, (name, labels))
            before = now

    def test_clients_cannot_add_series(self):
        daemon = self.busy()
        before = set(parse(self.scrape(daemon)))
        for i in range(20):
            daemon.get(f"/path-{i}")
            daemon.ask({"prompt": "x", "model": f"model-{i}", "routing": {"session": f"s-{i}"}})
        self.assertLessEqual(len(set(parse(self.scrape(daemon))) - before), 8)

    def test_promtool_check_metrics(self):
        self.check("metrics", stdin=self.scrape(self.busy()).encode())


class Files(MetricsCase):
    """The alerts and the dashboard ask for what there is."""

    def known(self):
        return set(types(self.scrape(self.start())))

    def assert_known(self, text, known):
        asked = set(re.findall(r"\btierd_[a-z_]+", text))
        plain = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in known else name
                 for name in asked}
        self.assertTrue(plain)
        self.assertEqual(plain - known, set())

    def test_promtool_check_rules(self):
        self.check("rules", os.path.join(OPS, "alerts.yml"))

    def test_alerts_name_real_metrics(self):
        with open(os.path.join(OPS, "alerts.yml")) as file:
            text = re.sub(r"(?m)^ *#.*$|^ +(summary|description):.*$", "", file.read())
        self.assert_known(text, self.known())

    def test_dashboard_names_real_metrics(self):
        with open(os.path.join(OPS, "grafana-dashboard.json")) as file:
            board = json.load(file)
        queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 10)
        self.assert_known("\n".join(queries), self.known())
        ids = [panel["id"] for panel in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_dashboard_queries_parse(self):
        """promtool has no check for a query alone, so each stands in for a rule."""
        with open(os.path.join(OPS, "grafana-dashboard.json")) as file:
            board = json.load(file)
        queries = [re.sub(r"\$__(rate_interval|range)\b", "5m", target["expr"])
                   for panel in board["panels"] for target in panel.get("targets", [])]
        rules = [{"record": f"dashboard:query:{i}", "expr": query}
                 for i, query in enumerate(queries)]
        place = self.directory()  # JSON is YAML
        self.check("rules", place.write("rules.yml", json.dumps(
            {"groups": [{"name": "dashboard", "rules": rules}]})))
