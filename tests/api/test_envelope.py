"""The same question in every wrapping keeps its tier, and "continue" takes the tier of
what it continues. The questions and pieces are in tests/data/envelope; what is long is
made from them here, always the same. Each test prints the share that it measured."""

import json
import os

from harness import SOURCE, TIERS, DaemonCase, post
from test_batch import ndjson, read_while_sending

DATA = os.path.join(SOURCE, "tests", "data", "envelope")
KEPT_MIN = 0.95
SYSTEM_BYTES = 24_000  # about 6,000 tokens
TOOLS = 32


def rows(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


with open(os.path.join(DATA, "pieces.json"), encoding="utf-8") as pieces_file:
    PIECES = json.load(pieces_file)
QUESTIONS = rows("questions.jsonl")
CONTINUATIONS = rows("continuations.jsonl")


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def bare(text):
    return {"messages": [user(text)]}


# ---- what is made from the pieces

def long_system():
    """Numbered sections until the length is reached; no two are alike."""
    text, number = "", 0
    while len(text) < SYSTEM_BYTES:
        paragraph = PIECES["system"][number % len(PIECES["system"])]
        number += 1
        text += f"## {number}. Rule {number * 7 % 100}\n{paragraph}\n\n"
    return text


def tools():
    verbs = ["read", "write", "search", "list", "delete", "move", "run", "fetch"]
    nouns = ["file", "ticket", "invoice", "branch"]
    return [{"type": "function", "function": {
        "name": f"{verb}_{noun}",
        "description": f"{verb.capitalize()} a {noun} of the project. " + PIECES["system"][i % 10],
        "parameters": {"type": "object", "required": [f"{noun}_id"], "properties": {
            f"{noun}_id": {"type": "string", "description": f"Which {noun}"},
            "dry_run": {"type": "boolean", "default": False}}}}}
        for i, (verb, noun) in enumerate((v, n) for v in verbs for n in nouns)][:TOOLS]


def talk():
    """29 turns about other things, the assistant's greeting first."""
    turns = [assistant("Hello! What can I do for you?")]
    for question, answer in PIECES["talk"]:
        turns += [user(question), assistant(answer)]
    return turns


def documents(form):
    """form gets the number, the title and the text of each of the ten."""
    return [form.format(n=n, title=d["title"], text=d["text"])
            for n, d in enumerate(PIECES["documents"], 1)]


BRACKETS = "\n".join(documents("[{n}] {text}"))
TITLED = "\n".join(documents("Document [{n}](Title: {title}) {text}"))
SPACED = "\n\n".join(documents("[{n}] {title}\n{text}"))
PARAGRAPHS = "\n\n".join(documents("Document {n}: {title}\n\n{text}"))
RAW = "\n\n".join(documents("{text}"))
TAGGED = "\n".join(documents('<document index="{n}">\n<title>{title}</title>\n{text}\n</document>'))

# {q} is the question. A name, then a form. Some are the wording of widespread libraries,
# since it is these that requests will have.
TAGS = {
    "documents before": f"<documents>\n{TAGGED}\n</documents>\n\n{{q}}",
    "documents behind": f"{{q}}\n\n<documents>\n{TAGGED}\n</documents>",
    "context": f"<context>\n{BRACKETS}\n</context>\n\nQuestion: {{q}}",
    "announced": "Use the following documents to answer the question.\n\n"
                 f"<documents>\n{TAGGED}\n</documents>\n\nQuestion: {{q}}\nAnswer:",
    "one by one": f"Context:\n{TAGGED}\n\nQuestion: {{q}}",
    "search results": f"<search_results>\n{RAW}\n</search_results>\n{{q}}",
}
PLAIN = {
    "context, question": f"Context:\n{BRACKETS}\n\nQuestion: {{q}}",
    "context, question, answer": f"Context:\n{SPACED}\n\nQuestion: {{q}}\n\nAnswer:",
    "use the following": "Use the following documents to answer the question.\n\n"
                         f"{PARAGRAPHS}\n\nQuestion: {{q}}",
    "pieces of context": "Use the following pieces of context to answer the question at the end. "
                         "If you don't know the answer, just say that you don't know, don't try "
                         f"to make up an answer.\n\n{RAW}\n\nQuestion: {{q}}\nHelpful Answer:",
    "only the context": f"Answer the question based only on the following context:\n{RAW}\n\n"
                        "Question: {q}\n",
    "below, query": f"Context information is below.\n---------------------\n{RAW}\n"
                    "---------------------\nGiven the context information and not prior "
                    "knowledge, answer the query.\nQuery: {q}\nAnswer: ",
    "question, context": "Use the following pieces of retrieved context to answer the question. "
                         "Use three sentences maximum and keep the answer concise.\n"
                         f"Question: {{q}} \nContext: {RAW} \nAnswer:",
    "headings": f"### Context\n{SPACED}\n\n### Question\n{{q}}",
    "bold": f"**Documents:**\n\n{PARAGRAPHS}\n\n**Question:** {{q}}",
    "titled": f"{TITLED}\n\nQuestion: {{q}}",
    "unlabelled, behind": f"Context:\n{BRACKETS}\n\n{{q}}",
    "unlabelled, before": f"{{q}}\n\nContext:\n{BRACKETS}",
    "unlabelled, search results": f"{{q}}\n\nSearch results:\n{SPACED}\n",
    "no header": f"{SPACED}\n\nQuestion: {{q}}",
    "German": f"Kontext:\n{RAW}\n\nFrage: {{q}}",
    "Chinese": f"请根据以下资料回答问题。\n\n资料：\n{BRACKETS}\n\n问题：{{q}}",
}


class EnvelopeCase(DaemonCase):
    """Each question's own tier, asked once for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.decide_all([bare(question["text"]) for question in QUESTIONS])

    @classmethod
    def decide_all(cls, bodies):
        with cls.daemon.connect() as wire:
            read_while_sending(wire, post(ndjson(*bodies), "/v1/route:batch"))
            lines = wire.read().lines
        for body, line in zip(bodies, lines, strict=True):
            if "tier" not in line:
                raise AssertionError(f"{line} for {json.dumps(body)[:300]}")
        return lines

    def report(self, kind, kept, total, what):
        print(f"     {kind}: {kept} of {total} {what} their tier, {100 * kept / total:.1f} %")

    def assert_kept(self, kind, wrap):
        """wrap makes a body from a question's text."""
        answers = self.decide_all([wrap(question["text"]) for question in QUESTIONS])
        changed = [f"{question['id']}: {own['tier']} became {answer['tier']}"
                   for question, own, answer in zip(QUESTIONS, self.own, answers)
                   if own["tier"] != answer["tier"]]
        kept = len(QUESTIONS) - len(changed)
        self.report(kind, kept, len(QUESTIONS), "keep")
        self.assertGreaterEqual(kept / len(QUESTIONS), KEPT_MIN, changed)


class Questions(EnvelopeCase):

    def test_set_is_varied(self):
        """Else keeping the tier would be no feat."""
        self.assertGreaterEqual(len(QUESTIONS), 40)
        self.assertGreaterEqual(len({question["lang"] for question in QUESTIONS}), 6)
        tiers = [decision["tier"] for decision in self.own]
        for tier in TIERS:
            self.assertGreaterEqual(tiers.count(tier), 4, tiers)
        print("     " + ", ".join(f"{tiers.count(tier)} {tier}" for tier in TIERS))

    def test_system_prompt(self):
        system = long_system()
        self.assert_kept("system prompt", lambda text: {
            "messages": [{"role": "system", "content": system}, user(text)]})
        self.assert_kept("system prompt, other form", lambda text: {
            "system": [{"type": "text", "text": system}], "messages": [user(text)]})

    def test_tools(self):
        self.assertEqual(len(tools()), TOOLS)
        self.assert_kept("32 tools", lambda text: {**bare(text), "tools": tools()})

    def test_turn_30(self):
        self.assertEqual(len(talk()), 29)
        self.assert_kept("turn 30", lambda text: {"messages": [*talk(), user(text)]})

    def test_reminders(self):
        for form in PIECES["reminders"]:
            with self.subTest(form["name"]):
                self.assert_kept(form["name"], lambda text: bare(
                    form.get("before", "") + text + form.get("after", "")))

    def test_reminder_parts(self):
        """The harness's text as parts of its own beside the user's."""
        self.assert_kept("parts", lambda text: {"messages": [{"role": "user", "content": [
            {"type": "text", "text": "<system-reminder>\nProve it.\n</system-reminder>"},
            {"type": "text", "text": text},
            {"type": "text", "text": "<system-reminder>The end.</system-reminder>"}]}]})

    def test_documents_in_tags(self):
        for name, form in TAGS.items():
            with self.subTest(name):
                self.assert_kept(name, lambda text: bare(form.replace("{q}", text)))

    def test_documents_without_tags(self):
        for name, form in PLAIN.items():
            with self.subTest(name):
                self.assert_kept(name, lambda text: bare(form.replace("{q}", text)))

    def test_all_at_once(self):
        reminder = PIECES["reminders"][0]["before"]
        form = PLAIN["context, question"]
        self.assert_kept("everything", lambda text: {
            "messages": [{"role": "system", "content": long_system()}, *talk(),
                         user(reminder + form.replace("{q}", text))], "tools": tools()})


class Continuations(EnvelopeCase):

    def firsts(self):
        """The first and the last two questions of each tier: whatever the model is, a
        tier that is not inherited shows."""
        chosen = []
        for tier in TIERS:
            of_tier = [(question["text"], own) for question, own in zip(QUESTIONS, self.own)
                       if own["tier"] == tier]
            chosen += of_tier[:2] + of_tier[-2:]
        return chosen

    def newest(self, row):
        """The messages that a row stands for."""
        kind = row.get("role", "user")
        if kind == "user":
            return [assistant("That is the first part. Shall I go on?"), user(row["text"])]
        if kind == "tool":
            call = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
            return [{"role": "assistant", "content": None, "tool_calls": [call]},
                    {"role": "tool", "tool_call_id": "c1", "content": row["text"]}]
        parts = [{"type": "tool_result", "tool_use_id": "c1", "content": row["text"]}]
        if "text_after" in row:
            parts.append({"type": "text", "text": row["text_after"]})
        use = [{"type": "tool_use", "id": "c1", "name": "run", "input": {}}]
        return [{"role": "assistant", "content": use}, {"role": "user", "content": parts}]

    def score(self, decision):
        return decision["probabilities"][TIERS[0]]

    def chains(self, text, row):
        """Directly after the question, and later on, behind other continuations."""
        newest = self.newest(row)
        yield [user(text), *newest]
        yield [*talk(), user(text), assistant("I begin."), user("go on"), assistant("More?"),
               user("yes"), *newest]

    def test_continuations_take_the_tier(self):
        cases = [(row, own, messages) for row in CONTINUATIONS if row["inherits"]
                 for text, own in self.firsts() for messages in self.chains(text, row)]
        answers = self.decide_all([{"messages": messages} for _, _, messages in cases])
        wrong = sorted({row["text"] for (row, own, _), answer in zip(cases, answers)
                        if answer["tier"] != own["tier"]})
        kept = sum(answer["tier"] == own["tier"] for (_, own, _), answer in zip(cases, answers))
        self.report("continuations", kept, len(cases), "inherit")
        self.assertEqual(kept, len(cases), wrong)

    def test_counter_examples_do_not(self):
        """They are scored as what they say: nearer to themselves than to what was before.
        The tier alone would not tell, where both have the same."""
        rows_ = [row for row in CONTINUATIONS if not row["inherits"]]
        own = self.decide_all([bare(row.get("text_after", row["text"])) for row in rows_])
        right = total = 0
        for row, alone in zip(rows_, own):
            for text, first in self.firsts():
                for answer in self.decide_all([{"messages": messages}
                                               for messages in self.chains(text, row)]):
                    total += 1
                    far = abs(self.score(answer) - self.score(first))
                    ok = answer["tier"] == alone["tier"] and (
                        abs(self.score(answer) - self.score(alone)) < far or self.score(alone) == self.score(first))
                    right += ok
                    self.assertTrue(ok, (row, text))
        self.report("counter-examples", right, total, "have")


class OwnText(EnvelopeCase):
    """What the user wrote out by hand is the question, whatever it looks like."""

    def assert_counts(self, text, part):
        """Without the part, the score would be another."""
        with_it, without = self.decide_all([bare(text), bare(text.replace(part, ""))])
        self.assertNotEqual(with_it["probabilities"], without["probabilities"])

    def test_short_context(self):
        part = "Context: prove each step, by induction on the size of the graph.\n\n"
        self.assert_counts(part + "Question: Is every tree bipartite?", part)

    def test_clues(self):
        clues = "".join(f"[{n}] The owner of house {n} does not drink what house {n + 1} drinks.\n"
                        for n in range(1, 9))
        self.assert_counts(f"Solve this puzzle.\n{clues}\nQuestion: who keeps the fish?", clues)

    def test_code_behind_the_question(self):
        code = "```c\n" + "atomic_fetch_add(&counter, 1); /* relaxed? */\n" * 30 + "```"
        self.assert_counts(f"Why is this slow?\n\nContext:\n{code}", code)

    def test_document_alone(self):
        """Nothing but documents: then they are what the user sent."""
        self.assert_counts(f"Context:\n{BRACKETS}", PIECES["documents"][3]["text"])
