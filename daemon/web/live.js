// live.js - asks /v1/live each second while the page is looked at, and shows the answer.
//
// When the daemon does not answer, a banner says so, the figures stay as they were, and
// asking goes on, at longer and longer intervals.

const POLL_MS = 1000;
const AWAY_POLL_MAX_MS = 8000;
const ANSWER_PATIENCE_MS = 5000;
const RATE_SECONDS = 5; // the rate is the mean of so many
const LAST_SHORT = 10; // rows of the table until more are asked for

const live = { timer: 0, failures: 0, since: 0, newest: null, drawn: "" };

// ---- the tiles

// A mean over some seconds, as a single one jumps about.
function showRate(figures) {
  const counts = figures.per_second;
  const recent = counts.slice(-RATE_SECONDS).reduce((sum, count) => sum + count, 0) / RATE_SECONDS;
  const minute = counts.reduce((sum, count) => sum + count, 0);
  say(find("rate"), recent >= 100 ? whole(recent) : recent.toFixed(1));
  find("rate-chart").replaceChildren(sparkline(counts));
  say(find("rate-note"), `${whole(minute)} in the last minute, ${whole(figures.total.decisions)} in all`);
}

// What always asking the top tier would have cost is the cost and the saving together.
function showSaving(id, sums) {
  const top = sums.cost + sums.saving;
  const parts = [];
  say(find(id), sums.decisions === 0 ? "–" : usd(sums.saving));
  if (top > 0)
    parts.push(`${percent(sums.saving / top)} of ${usd(top)}`);
  if (sums.unpriced > 0)
    parts.push(`${whole(sums.unpriced)} of unknown cost left out`);
  say(find(id + "-note"), parts.join("; ") || "nothing decided yet");
}

// What holds now, or where nothing has been decided for a minute, what has held so far.
function showLatency(latency) {
  const minute = latency.minute;
  say(find("latency"), micros(minute.count > 0 ? minute.p50_us : latency.ever.p50_us));
  const told = (of, when) => `p50 ${when}; p90 ${micros(of.p90_us)}, p99 ${micros(of.p99_us)}`;
  if (minute.count > 0)
    say(find("latency-note"), told(minute, "of the last minute"));
  else if (latency.ever.count > 0)
    say(find("latency-note"), told(latency.ever, "since the start"));
  else
    say(find("latency-note"), "p50, p90 and p99");
}

// Many of them mean that the traffic is unlike what the model was trained on.
function showAbstained(figures) {
  const { decisions, abstained } = figures.total;
  say(find("abstained"), whole(abstained));
  say(find("abstained-note"), decisions > 0
    ? `${percent(abstained / decisions, 1)} of decisions; ${whole(figures.today.abstained)} today`
    : "prompts unlike anything learned");
}

// ---- the charts

// The bar is an image with the shares as its name; the legend has them for everybody.
function mixFigure(tiers) {
  const all = tiers.reduce((sum, tier) => sum + tier.decisions, 0);
  const bar = make("div", { class: "mix", role: "img", "aria-label": all === 0 ? "No decisions yet"
    : tiers.map((tier) => `${tier.tier} ${percent(tier.decisions / all)}`).join(", ") });
  const legend = make("ul", { class: "legend" });
  tiers.forEach((tier, at) => {
    if (tier.decisions > 0)
      bar.append(sized(make("span", { class: tierClass(at) }), "flex-grow", String(tier.decisions)));
    legend.append(make("li", { class: tierClass(at) }, make("span", { class: "dot" }), tier.tier,
      make("span", { class: "share" }, all > 0 ? percent(tier.decisions / all, 1) : "–"),
      make("span", { class: "soft" }, whole(tier.decisions))));
  });
  return make("figure", { class: "card" }, make("h3", {}, "Tiers chosen"), bar, legend,
    make("figcaption", {}, "Since the start, or the last reload of models and prices."));
}

// The same in words, for who cannot see the bars and for who wonders what they say.
function scoreText(tier) {
  const middle = binQuantile(tier.probabilities, 0.5);
  const threshold = binQuantile(tier.thresholds, 0.5);
  if (middle === null)
    return "No decisions yet.";
  return `Probability that ${tier.tier} is good enough: ${chance(middle)} in the middle. ` +
    `${percent(binShareFrom(tier.probabilities, threshold))} reach the middle threshold, ${chance(threshold)}. ` +
    "Shaded: where four of five thresholds lie.";
}

function scoreFigure(tier, at) {
  return make("figure", { class: `card ${tierClass(at)}` },
    make("h3", {}, `Is ${tier.tier} good enough?`),
    histogram(tier.probabilities, tier.thresholds, scoreText(tier)),
    make("figcaption", {}, scoreText(tier)));
}

// Drawn anew only when a decision has been added.
function showCharts(figures) {
  const drawn = JSON.stringify(figures.tiers);
  if (drawn === live.drawn)
    return;
  live.drawn = drawn;
  find("charts").replaceChildren(mixFigure(figures.tiers),
    ...figures.tiers.slice(0, -1).map(scoreFigure));
}

// ---- the table

const REASONS = {
  good_enough: "good enough", worth_it: "worth its cost", best_allowed: "best that is allowed",
  max_risk: "the risk asked for", abstained: "abstained", passed_over: "a model was passed over",
  cost_cap: "the cost cap", cost_cap_missed: "no tier meets the cost cap", budget: "a budget",
  budget_missed: "a budget that nothing meets", images_assumed: "images of unknown size",
};

// A code without words of its own is shown as it is, without its underscores.
function whyText(entry) {
  return entry.reasons.map((code) => REASONS[code] ?? code.replaceAll("_", " ")).join(", ");
}

// On a telephone model and reason stand below the tier instead of in columns.
function lastRow(entry, tiers) {
  const at = tiers.findIndex((tier) => tier.tier === entry.tier);
  const why = whyText(entry);
  const name = make("td", { class: at >= 0 ? tierClass(at) : "" }, make("span", { class: "dot" }),
    entry.tier, make("small", { class: "thin" }, entry.model), make("small", { class: "thin" }, why));
  return make("tr", { title: entry.id }, make("td", { class: "nowrap" }, clock(entry.time_ms)), name,
    make("td", { class: "wide" }, entry.model), make("td", { class: "wide number" }, chance(entry.probability)),
    make("td", { class: "number" }, usd(entry.cost)), make("td", { class: "number" }, usd(entry.saving)),
    make("td", { class: "wide" }, why));
}

// A long table would hide what follows it; the rest is a button away.
function limitLast() {
  const open = find("more").getAttribute("aria-expanded") === "true";
  const rows = [...find("last").rows];
  rows.forEach((row, at) => show(row, open || at < LAST_SHORT));
  show(find("more"), rows.length > LAST_SHORT);
  say(find("more"), open ? "Show fewer" : `Show all ${rows.length}`);
}

function startLast() {
  find("more").addEventListener("click", () => {
    const open = find("more").getAttribute("aria-expanded") === "true";
    find("more").setAttribute("aria-expanded", String(!open));
    limitLast();
  });
}

// Left alone while there is nothing new, so that text can be selected in it.
function showLast(figures) {
  const newest = figures.last[0]?.id ?? null;
  if (newest === live.newest)
    return;
  live.newest = newest;
  find("last").replaceChildren(...(newest
    ? figures.last.map((entry) => lastRow(entry, figures.tiers))
    : [make("tr", {}, make("td", { colspan: "7", class: "soft" }, "None yet."))]));
  limitLast();
}

// ---- asking

function showAbout(figures) {
  say(find("about"), `version ${figures.version} · model ${figures.model_version} · prices ` +
    `${figures.catalog_version || UNKNOWN} · up ${lasting(figures.now - figures.started)}`);
}

function showFigures(figures) {
  showAbout(figures);
  show(find("empty"), figures.total.decisions === 0);
  showRate(figures);
  showSaving("saved-total", figures.total);
  showSaving("saved-today", figures.today);
  showLatency(figures.latency);
  showAbstained(figures);
  showCharts(figures);
  showLast(figures);
}

function showAway() {
  live.since ||= Date.now();
  say(find("away"), `tierd does not answer since ${clock(live.since)}. The figures are from before; ` +
    "this page goes on asking and will catch up by itself.");
  show(find("away"), true);
}

function showBack() {
  if (live.since === 0)
    return;
  live.since = 0;
  show(find("away"), false);
  decideAgain();
}

// Never two at once: the next is only set off when this one has ended.
async function poll() {
  try {
    const response = await fetch("/v1/live", { cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
    if (!response.ok)
      throw new Error(`status ${response.status}`);
    showFigures(await response.json());
    live.failures = 0;
    showBack();
  } catch {
    live.failures++;
    showAway();
  }
  pollAgain(Math.min(AWAY_POLL_MAX_MS, POLL_MS * 2 ** Math.max(0, live.failures - 1)));
}

// A page that nobody sees asks nothing.
function pollAgain(after_ms) {
  clearTimeout(live.timer);
  if (!document.hidden)
    live.timer = setTimeout(poll, after_ms);
}

function startLive() {
  say(find("example"), `curl ${location.origin}/v1/route -d '{"prompt": "What is the capital of Portugal?"}'`);
  document.addEventListener("visibilitychange", () => pollAgain(0));
  startLast();
  poll();
}
