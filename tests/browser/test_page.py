"""The page at /: live figures and the playground, as the real daemon serves them."""

import json
import re

import harness
from page import PageCase

PROOF = "Prove that there are infinitely many primes congruent to 3 mod 4."
SMALL_TALK = "Hi! How are you?"
LINES = "svg .bin,svg .spark,svg .median"
PHONE = 360  # a small one

# What the playground shows of a decision, as numbers where they are numbers.
SHOWN = """
const numbers = (list) => [...list].map(e => Number(e.firstChild.data));
const d = document.getElementById("decision");
return d.hidden ? null : {
  tier: d.querySelector("#tier").textContent,
  probabilities: numbers(d.querySelectorAll("#probabilities .value")),
  marks: [...d.querySelectorAll("#probabilities .needed")].map(e => parseFloat(e.style.left)),
  costs: [...d.querySelectorAll("#costs tbody tr")].map(row => row.cells[1].firstChild.data),
  models: [...d.querySelectorAll("#costs tbody th small")].map(e => e.textContent),
  features: [...d.querySelectorAll("#features li")].map(e => e.innerText),
  bars: [...d.querySelectorAll("#features .track > :first-child")].map(e => e.className),
  reasons: [...d.querySelectorAll("#reasons li")].map(e => e.textContent),
};
"""


class Served(PageCase):
    """With a daemon of its own, whose page is open."""

    options = []
    catalog = harness.CATALOG

    def setUp(self):
        self.daemon = harness.Daemon(*self.options, listen="127.0.0.1:0", catalog=self.catalog)
        self.addCleanup(lambda: self.daemon.process.stderr.closed or self.daemon.stop())
        self.daemon.wait_ready()
        self.address = f"http://127.0.0.1:{self.daemon.port}/"
        self.browser.emulate(1280)
        self.browser.open(self.address)
        self.until("document.querySelector('#charts figure')")

    def until(self, condition):
        return self.browser.until(condition)

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).innerText", selector)

    def live(self):
        return self.daemon.get("/v1/live").json

    def fill(self, text):
        """Puts text into the field as pasting does."""
        self.browser.run("""const field = document.getElementById("prompt");
            field.value = arguments[0]; field.dispatchEvent(new Event("input"));""", text)

    def dry_run(self, body):
        routing = {**body.get("routing", {}), "explain": True, "dry_run": True}
        return self.daemon.ask({**body, "routing": routing}).json

    def decided(self, model):
        """Until the playground shows a decision for that model."""
        self.until(f"""!document.getElementById("decision").hidden &&
            document.querySelector("#decision:not(.stale) .lead")?.textContent.startsWith({json.dumps(model)})""")
        return self.browser.run(SHOWN)

    def decide_some(self, count=40):
        for number in range(count):
            prompt = PROOF if number % 3 == 0 else f"{SMALL_TALK} {number}"
            self.assertEqual(self.daemon.ask({"prompt": prompt}).status, 200)
        self.until(f"document.getElementById('rate-note').textContent.endsWith(' {count} in all')")


class Playground(Served):

    def test_typing_changes_the_decision(self):
        self.browser.run("document.getElementById('prompt').focus()")
        self.browser.press(*SMALL_TALK)
        easy = self.decided(self.dry_run({"prompt": SMALL_TALK})["model"])
        self.browser.press(*(" " + PROOF))
        hard = self.decided(self.dry_run({"prompt": f"{SMALL_TALK} {PROOF}"})["model"])
        self.assertEqual([easy["tier"], hard["tier"]], ["economy", "frontier"])
        self.assertNotEqual(easy["probabilities"], hard["probabilities"])

    def test_shows_what_the_daemon_answers(self):
        self.fill(PROOF)
        answer = self.dry_run({"prompt": PROOF})
        shown = self.decided(answer["model"])
        self.assertEqual(shown["tier"], answer["tier"])
        self.assertEqual(shown["probabilities"],
                         [float(f"{p:.2f}") for p in answer["probabilities"].values()])
        for mark, needed in zip(shown["marks"], answer["explanation"]["thresholds"].values(), strict=True):
            self.assertAlmostEqual(mark, needed * 100, delta=0.01)
        for text, option in zip(shown["costs"], answer["alternatives"], strict=True):
            self.assertAlmostEqual(float(text[1:]) / option["cost"]["expected"], 1, delta=0.01)
        self.assertEqual([model.removesuffix(", chosen") for model in shown["models"]],
                         [option["model"] for option in answer["alternatives"]])
        plain = [r["text"] for r in answer["reasons"] if r["weight"] == 0]
        parts = [r for r in answer["reasons"] if r["weight"] != 0]
        self.assertEqual(shown["reasons"], plain)
        self.assertGreater(len(parts), 5)
        for text, side, part in zip(shown["features"], shown["bars"], parts, strict=True):
            self.assertIn(part["text"].split(": speaks")[0], text)
            self.assertIn(f"{abs(part['weight']):.2f}", text)
            self.assertEqual(side, "for" if part["weight"] >= 0 else "against")

    def test_leaves_no_trace(self):
        self.fill(PROOF)
        self.decided(self.dry_run({"prompt": PROOF})["model"])
        live = self.live()
        self.assertEqual(live["total"]["decisions"], 0)
        self.assertEqual(live["last"], [])
        self.assertEqual(live["latency"]["ever"]["count"], 0)
        stored = self.browser.run("return [localStorage.length, sessionStorage.length, document.cookie]")
        self.assertEqual(stored, [0, 0, ""])

    def test_a_chat_body_goes_as_it_is(self):
        body = {"messages": [{"role": "system", "content": "You prove theorems."},
                             {"role": "user", "content": PROOF}],
                "max_tokens": 50, "routing": {"max_tier": "standard"}}
        self.fill(json.dumps(body, indent=2))
        answer = self.dry_run(body)
        shown = self.decided(answer["model"])
        self.assertEqual(shown["tier"], answer["tier"])
        self.assertNotEqual(shown["tier"], "frontier", "its own options hold")
        self.assertEqual(shown["probabilities"],
                         [float(f"{p:.2f}") for p in answer["probabilities"].values()])
        self.assertEqual(self.text("#prompt-note"), "Read as a chat body.")

    def test_half_a_body_is_plain_text(self):
        self.fill('{"messages": [')
        self.decided(self.dry_run({"prompt": '{"messages": ['})["model"])
        self.assertTrue(self.text("#prompt-note").startswith("Not yet JSON"))

    def test_problems_are_told(self):
        self.fill('{"messages": 3}')
        self.until("!document.getElementById('result-error').hidden")
        problem = self.daemon.ask({"messages": 3}).json
        shown = self.text("#result-error")
        for part in (problem["title"], problem["detail"], problem["pointer"]):
            self.assertIn(part, shown)
        self.fill('{"prompt": "x", "routing": 3}')
        self.until("document.getElementById('result-error').innerText.includes('/routing')")
        self.fill("")
        self.until("!document.getElementById('result-empty').hidden")

    def test_quality_counts(self):
        """An eco profile never takes a dearer tier than a premium one."""
        prompt = "Write a function that reverses a linked list."
        self.fill(prompt)
        for profile in ("eco", "premium"):
            self.browser.run("""const list = document.getElementById("profile");
                list.value = arguments[0]; list.dispatchEvent(new Event("change"));""", profile)
            answer = self.dry_run({"prompt": prompt, "routing": {"profile": profile}})
            needed = list(answer["explanation"]["thresholds"].values())[0] * 100
            self.until(f"""Math.abs(parseFloat(document.querySelector('#probabilities .needed')?.style.left)
                - {needed}) < 0.01""")

    def test_is_read_out_once(self):
        self.fill(PROOF)
        spoken = self.until("document.getElementById('spoken').textContent")
        self.assertRegex(spoken, r"^frontier: \S+, expected to cost \$")

    def test_keeps_up_after_the_daemon_was_away(self):
        self.fill(PROOF)
        answer = self.dry_run({"prompt": PROOF})
        self.decided(answer["model"])
        port = self.daemon.port
        self.daemon.stop()
        self.until("!document.getElementById('away').hidden")
        self.assertIn("does not answer", self.text("#away"))
        self.fill(PROOF + " Quickly.")
        self.until("!document.getElementById('result-error').hidden")
        self.daemon = harness.Daemon(listen=f"127.0.0.1:{port}").wait_ready()
        self.until("document.getElementById('away').hidden")
        self.decided(answer["model"])


class Figures(Served):

    def test_an_empty_daemon_says_how_to_begin(self):
        self.assertIn(f"curl {self.address}v1/route", self.text("#empty"))
        self.assertEqual(self.text("#last"), "None yet.")
        self.daemon.ask({"prompt": SMALL_TALK})
        self.until("document.getElementById('empty').hidden")

    def test_follow_the_traffic(self):
        self.decide_some(40)
        self.until("document.querySelectorAll('#last tr').length === 32")
        live = self.live()
        saved = float(self.text("#saved-total").lstrip("$"))
        self.assertAlmostEqual(saved, live["total"]["saving"], delta=0.01 * live["total"]["saving"])
        first = self.browser.run("return document.querySelector('#last tr').title")
        self.assertEqual(first, live["last"][0]["id"])
        self.assertRegex(self.text("#latency"), r"^[\d.]+\s(µs|ms)$")
        shares = self.browser.run("return [...document.querySelectorAll('.legend .share')].map(e => e.innerText)")
        self.assertEqual(shares, [f"{t['decisions'] / 40 * 100:.1f} %" for t in live["tiers"]])
        self.assertEqual(sum(map(sum, (t["probabilities"] for t in live["tiers"][:-1]))), 80)
        before = self.text("#rate-note")
        self.daemon.ask({"prompt": SMALL_TALK})
        self.until("document.getElementById('rate-note').textContent.endsWith(' 41 in all')")
        self.assertNotEqual(self.text("#rate-note"), before)

    def test_score_bars_are_the_distribution(self):
        self.decide_some(40)
        self.until("document.querySelectorAll('#charts svg .median').length === 2")
        bins = self.live()["tiers"][0]["probabilities"]
        heights = self.browser.run("""return [...document.querySelectorAll("#charts svg")][0]
            .querySelectorAll(".bin").length""")
        self.assertEqual(heights, len(bins))
        tallest = self.browser.run("""const bars = [...document.querySelector("#charts svg").querySelectorAll(".bin")]
            .map(b => b.height.baseVal.value); return bars.indexOf(Math.max(...bars))""")
        self.assertEqual(tallest, bins.index(max(bins)))

    def test_the_rest_of_the_table_is_a_button_away(self):
        self.decide_some(40)
        self.until("!document.getElementById('more').hidden")
        count = "return [...document.querySelectorAll('#last tr')].filter(r => !r.hidden).length"
        self.assertEqual(self.browser.run(count), 10)
        self.browser.run("document.getElementById('more').click()")
        self.assertEqual(self.browser.run(count), 32)
        self.assertEqual(self.text("#more"), "Show fewer")

    def test_prompts_are_nowhere(self):
        self.daemon.ask({"prompt": "zanzibarcanary", "metadata": {"team": "zanzibarcanary"}})
        self.until("document.querySelector('#last tr').title")
        self.assertNotIn("zanzibarcanary", self.browser.run("return document.documentElement.outerHTML"))
        self.assertNotIn(b"zanzibarcanary", self.daemon.get("/v1/live").body)


class Looks(Served):

    def test_asks_nobody_else_and_complains_of_nothing(self):
        self.decide_some(5)
        self.fill(PROOF)
        self.decided(self.dry_run({"prompt": PROOF})["model"])
        self.assert_quiet(self.address)

    def test_policy_lets_no_other_script_run(self):
        self.browser.run("""window.blocked = [];
            document.addEventListener("securitypolicyviolation", e => blocked.push(e.violatedDirective));
            try { const script = document.createElement("script"); script.textContent = "window.ran = true";
                  document.body.append(script); } catch { blocked.push("thrown"); }
            const image = new Image(); image.src = "http://127.0.0.1:9/x.png";
            fetch("http://127.0.0.1:9/").catch(() => 0);""")
        self.until("window.blocked.length >= 3")
        self.assertFalse(self.browser.run("return window.ran === true"))

    def test_theme(self):
        ground = "return getComputedStyle(document.body).backgroundColor"
        self.browser.emulate(1280, scheme="dark")
        dark = self.browser.run(ground)
        self.browser.emulate(1280, scheme="light")
        light = self.browser.run(ground)
        self.assertNotEqual(dark, light)
        seen = []
        for _ in range(3):
            self.browser.run("document.getElementById('theme').click()")
            seen.append((self.text("#theme"), self.browser.run(ground)))
        self.assertEqual(seen, [("Theme: light", light), ("Theme: dark", dark), ("Theme: system", light)])

    def test_nothing_moves_for_who_wants_it_so(self):
        self.browser.devtools("Emulation.setEmulatedMedia",
                              features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        self.fill(PROOF)
        self.until("document.querySelector('#probabilities .fill')")
        self.assertIn(self.browser.run("""return getComputedStyle(document.querySelector(
            "#probabilities .fill")).transitionDuration"""), ("", "0s"))

    def test_works_by_keyboard_alone(self):
        """Every stop shows that it has the focus, and each can be worked."""
        stops = []
        active = "return document.activeElement.id || document.activeElement.textContent.trim()"
        self.browser.press("Tab")
        self.assertEqual(self.browser.run(active), "Skip to the playground")
        self.browser.press("Enter", "Tab")
        self.assertEqual(self.browser.run(active), "prompt")
        self.browser.press(*PROOF)
        self.decided(self.dry_run({"prompt": PROOF})["model"])
        for _ in range(8):
            self.browser.press("Tab")
            stops.append(self.browser.run(active))
            style = self.browser.run("return getComputedStyle(document.activeElement).outlineStyle")
            self.assertNotEqual(style, "none", stops[-1])
        self.assertEqual(stops[:6], ["profile", "clear", "small talk", "a proof", "a bug", "a chat body"])
        self.browser.run("document.getElementById('clear').focus()")
        self.browser.press("Enter")
        self.until("!document.getElementById('result-empty').hidden")
        self.assertEqual(self.browser.run(active), "prompt")
        self.browser.press("Tab", "Tab", "Tab", "Space")
        self.until("document.getElementById('tier')?.textContent === 'economy'")

    def test_names_for_screen_readers(self):
        self.decide_some(40)
        self.fill(PROOF)
        self.decided(self.dry_run({"prompt": PROOF})["model"])
        self.browser.devtools("Accessibility.enable")
        nodes = [n for n in self.browser.devtools("Accessibility.getFullAXTree")["nodes"]
                 if not n.get("ignored")]
        named = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes]
        for role in ("image", "img", "heading", "button", "textbox", "combobox", "link", "columnheader",
                     "rowheader", "table", "figure"):
            for found, name in named:
                if found == role and role not in ("table", "figure"):
                    self.assertTrue(name.strip(), f"a {role} without a name")
        images = [name for role, name in named if role in ("image", "img")]
        self.assertEqual(len(images), 4, images)
        self.assertTrue(any("economy" in name and "%" in name for name in images), images)
        self.assertIn(("textbox", "Prompt, or a whole chat body as JSON"), named)
        self.assertIn(("combobox", "Quality"), named)
        levels = self.browser.run("return [...document.querySelectorAll('h1,h2,h3,h4')]"
                                  ".map(h => Number(h.localName[1]))")
        self.assertEqual(levels.count(1), 1)
        for before, after in zip(levels, levels[1:]):
            self.assertLessEqual(after, before + 1)
        self.assertEqual(self.browser.run("return document.documentElement.lang"), "en")

    def test_empty_is_tidy(self):
        self.assert_tidy("page-empty", LINES)

    def test_is_tidy(self):
        self.decide_some(40)
        self.fill(PROOF)
        self.decided(self.dry_run({"prompt": PROOF})["model"])
        self.assert_tidy("page", LINES)
        self.browser.emulate(PHONE)
        where = f"the page at {PHONE} px"
        self.assert_none(where, "widths too great", self.audit("sideways"))
        self.assert_none(where, "texts that overlap", self.audit("overlaps"))
        self.assert_none(where, "texts that are cut off", self.audit("cut", False))

    def test_a_problem_is_tidy(self):
        self.fill('{"messages": 3}')
        self.until("!document.getElementById('result-error').hidden")
        self.assert_tidy("page-problem", LINES)


class LongNames(Served):
    """Names come from the catalogue: long ones, and HTML."""

    NAME = "a-vendor-with-a-long-name/<b>model</b>-instruct-preview-2026-11-23"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = harness.Directory()
        cls.addClassCleanup(directory.remove)
        with open(harness.CATALOG, encoding="utf-8") as file:
            text = file.read()
        model = re.search(r'"default": "([^"]+)"', text) or re.search(r'"(claude-haiku[^"]+)"', text)
        cls.catalog = directory.write("catalog.json", text.replace(f'"{model[1]}"', json.dumps(cls.NAME)))

    def test_names_are_text_and_fit(self):
        self.decide_some(3)
        self.fill(SMALL_TALK)
        shown = self.decided(self.NAME)
        self.assertIn(self.NAME + ", chosen", shown["models"])
        self.assertEqual(self.browser.run("return document.querySelectorAll('main b').length"), 3,
                         "those of the three bars")
        self.assertIn(self.NAME, self.text("#last"))
        self.assert_tidy("page-long-names", LINES)
