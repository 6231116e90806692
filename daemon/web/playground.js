// playground.js - from what is typed to a decision, as it is typed.
//
// Each pause in typing sends one dry run with its explanation; an answer that is no longer
// wanted is aborted. Nothing is kept, here or in the daemon.

const TYPING_PAUSE_MS = 150;
const SPEAKING_PAUSE_MS = 900; // nobody wants each letter commented on

const EXAMPLES = {
  "small talk": "Hi! How was your weekend?",
  "a proof": "Prove that there are infinitely many primes congruent to 3 modulo 4, and explain " +
    "why the same idea does not work for 1 modulo 4.",
  "a bug": "This function sometimes returns a stale value when two threads call it at once. " +
    "Find the race and mend it without a global lock.\n\n```c\nint cache_get(struct cache *c, int key) {\n" +
    "  if (c->key == key)\n    return c->value;\n  c->value = load(key);\n  c->key = key;\n  return c->value;\n}\n```",
  "a chat body": JSON.stringify({
    messages: [
      { role: "system", content: "You are a concise assistant." },
      { role: "user", content: "What is the capital of Portugal?" },
      { role: "assistant", content: "Lisbon." },
      { role: "user", content: "And of Spain?" }],
    max_tokens: 100 }, null, 2),
};

// What is typed as a request's body. JSON with messages or a prompt goes as it is, but for
// the options of the router that make it a dry run.
function requestBody(text, profile) {
  const routing = { explain: true, dry_run: true, ...(profile && { profile }) };
  let note = "";
  if (text.trimStart().startsWith("{")) {
    try {
      const body = JSON.parse(text);
      if ("messages" in body || "prompt" in body)
        return { body: { ...body, routing: withOptions(body.routing, routing) }, note: "Read as a chat body." };
      note = "JSON without messages or prompt: read as plain text.";
    } catch (error) {
      note = `Not yet JSON, so read as plain text (${error.message}).`;
    }
  }
  return { body: { prompt: text, routing }, note };
}

// Something else than an object is left for the daemon to complain about.
function withOptions(given, options) {
  if (given === undefined)
    return options;
  return typeof given === "object" && given !== null && !Array.isArray(given)
    ? { ...given, ...options } : given;
}

// A problem of RFC 9457, or what there is of one.
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return { title: problem.title ?? `The daemon answered ${response.status}`,
    detail: problem.detail ?? "", pointer: problem.pointer ?? "" };
}

// Either {decision} or {problem}; rejects when nobody answers or it was aborted.
async function askRoute(body, signal) {
  const response = await fetch("/v1/route", { method: "POST", signal, cache: "no-store",
    headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return response.ok ? { decision: await response.json() } : { problem: await problemOf(response) };
}

const playground = { asked: null, typing: 0, speaking: 0 };

function speak(text) {
  clearTimeout(playground.speaking);
  playground.speaking = setTimeout(() => say(find("spoken"), text), SPEAKING_PAUSE_MS);
}

// One of three is shown: nothing yet, a problem, a decision.
function showResult(part) {
  for (const id of ["result-empty", "result-error", "decision"])
    show(find(id), id === part);
  find("decision").classList.remove("stale");
}

function showProblem(problem) {
  const at = problem.pointer ? ` (at ${problem.pointer})` : "";
  find("result-error").replaceChildren(make("p", {}, make("strong", {}, problem.title)),
    make("p", {}, problem.detail + at));
  showResult("result-error");
  speak(`${problem.title}. ${problem.detail}`);
}

// The old decision stays, faint, until the new one is there: nothing jumps.
function showDecision(decision) {
  find("decision").replaceChildren(...decisionParts(decision));
  showResult("decision");
  speak(`${decision.tier}: ${summary(decision)}`);
}

function noteOf(text) {
  return text || "Decided here by this daemon as a dry run: nothing is sent elsewhere, logged, counted or kept.";
}

// What comes after an abort belongs to a text that is no longer there.
async function decide() {
  const text = find("prompt").value;
  playground.asked?.abort();
  if (!text.trim()) {
    say(find("prompt-note"), noteOf(""));
    showResult("result-empty");
    speak("");
    return;
  }
  const asked = playground.asked = new AbortController();
  const { body, note } = requestBody(text, find("profile").value);
  say(find("prompt-note"), noteOf(note));
  find("decision").classList.add("stale");
  try {
    const { decision, problem } = await askRoute(body, asked.signal);
    if (asked.signal.aborted)
      return;
    if (problem)
      showProblem(problem);
    else
      showDecision(decision);
  } catch (error) {
    if (!asked.signal.aborted)
      showProblem({ title: "tierd does not answer", pointer: "",
        detail: "The decision will come once it is back. Is it still running?" });
  }
}

function decideSoon() {
  clearTimeout(playground.typing);
  playground.typing = setTimeout(decide, TYPING_PAUSE_MS);
}

// For when the daemon is back, and what is shown may be a complaint that it was not.
function decideAgain() {
  if (!find("result-error").hidden)
    decide();
}

function startPlayground() {
  const prompt = find("prompt");
  prompt.addEventListener("input", decideSoon);
  find("profile").addEventListener("change", decide);
  find("try").addEventListener("submit", (event) => event.preventDefault());
  find("clear").addEventListener("click", () => {
    prompt.value = "";
    decide();
    prompt.focus();
  });
  for (const button of document.querySelectorAll("button.example"))
    button.addEventListener("click", () => {
      prompt.value = EXAMPLES[button.textContent];
      decide();
    });
}
