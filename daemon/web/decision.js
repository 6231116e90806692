// decision.js - one answer of /v1/route, with its explanation, as elements.

// Which tier a name is, cheapest first, for its colour.
function tierClass(at) {
  return `tier-${Math.max(0, at) % 8}`;
}

function tierIndex(decision, name) {
  return decision.alternatives.findIndex((option) => option.tier === name);
}

// Of the top tier, which is what costs and savings are measured against.
function baselineCost(decision) {
  return decision.cost.baseline.expected;
}

function savingOf(cost, baseline) {
  return cost === null || baseline === null ? null : baseline - cost;
}

// One sentence for everybody, which is also what is read out.
function summary(decision) {
  const saving = decision.cost.saving_ratio;
  const told = [`${decision.model}, expected to cost ${usd(decision.cost.expected)}`];
  if (saving !== null && saving > 0)
    told.push(`${percent(saving)} less than ${decision.cost.baseline.model}`);
  if (decision.abstained)
    told.push("abstained: the prompt is unlike anything learned");
  return told.join("; ");
}

function chosenPart(decision) {
  const tier = tierClass(tierIndex(decision, decision.tier));
  const tokens = decision.cost.output_tokens;
  return [
    make("p", { class: `chosen ${tier}` }, make("strong", { class: "big", id: "tier" }, decision.tier)),
    make("p", { class: "lead" }, summary(decision) + "."),
    make("p", { class: "hint" }, `${whole(decision.cost.input_tokens)} tokens in, ` +
      `${whole(tokens.p50)} out in the middle, ${whole(tokens.p90)} at most in nine of ten cases; ` +
      `difficulty ${chance(decision.score)} of 1.`)];
}

// The mark is drawn; who listens gets it as words.
function probabilityBar(option, at, needed) {
  const track = make("span", { class: `track ${tierClass(at)}`, "aria-hidden": "true" },
    sized(make("span", { class: "fill" }), "width", `${option.probability * 100}%`));
  if (needed !== undefined)
    track.append(sized(make("span", { class: "needed" }), "left", `${Math.min(1, needed) * 100}%`));
  const spoken = needed === undefined ? "" : `, needs ${chance(needed)}`;
  return make("li", {}, make("b", {}, option.tier), track,
    make("span", { class: "value" }, chance(option.probability),
      make("span", { class: "unseen" }, spoken)));
}

function probabilityPart(decision) {
  const thresholds = decision.explanation?.thresholds ?? {};
  const bars = decision.alternatives.map((option, at) =>
    probabilityBar(option, at, thresholds[option.tier]));
  return [make("h3", {}, "Probability of being good enough"),
    make("ul", { class: "bars", id: "probabilities" }, ...bars),
    make("p", { class: "hint" }, "The mark is what a tier needs for a dearer one not to be worth its cost.")];
}

// May break between the two, but not within one.
function rangeParts(cost) {
  return [make("span", { class: "nowrap" }, usd(cost.low)), " to ",
    make("span", { class: "nowrap" }, usd(cost.high))];
}

// A price that is not known has its reason in place of an amount.
function costRow(decision, option, at) {
  const cost = option.cost;
  const chosen = option.tier === decision.tier;
  const saving = cost ? savingOf(cost.expected, baselineCost(decision)) : null;
  const name = make("th", { scope: "row" }, option.tier,
    make("small", {}, (option.model ?? "no model fits") + (chosen ? ", chosen" : "")));
  const amounts = !cost || cost.expected === null
    ? [make("td", { class: "number", colspan: "2" }, cost?.unknown_reason ?? UNKNOWN)]
    : [make("td", { class: "number" }, usd(cost.expected),
        make("small", { class: "thin range" }, ...rangeParts(cost))),
       make("td", { class: "number range wide" }, ...rangeParts(cost))];
  const share = saving !== null && baselineCost(decision) > 0
    ? make("small", {}, percent(saving / baselineCost(decision))) : "";
  return make("tr", chosen ? { class: `chosen-row ${tierClass(at)}` } : {}, name, ...amounts,
    make("td", { class: "number" }, usd(saving), share));
}

function costPart(decision) {
  const head = make("tr", {}, make("th", { scope: "col" }, "Tier"),
    make("th", { scope: "col", class: "number" }, "Expected"),
    make("th", { scope: "col", class: "number wide" }, "Low to high"),
    make("th", { scope: "col", class: "number" }, "Saving"));
  return [make("h3", {}, "Cost on every tier"),
    make("table", { id: "costs" }, make("thead", {}, head),
      make("tbody", {}, ...decision.alternatives.map((option, at) => costRow(decision, option, at))))];
}

// "length of the question, far below the middle: speaks for standard" says at its end
// what its sign and its side of the bar say as well.
function featureText(reason) {
  return reason.text.replace(/: speaks (for|against) .*$/, "");
}

// As wide as its share of the strongest, on one side of the middle or the other.
function featureRow(reason, most) {
  const width = most > 0 ? (Math.abs(reason.weight) / most) * 50 : 0;
  const side = reason.weight >= 0 ? "for" : "against";
  const track = make("span", { class: "track", "aria-hidden": "true" },
    sized(make("span", { class: side }), "width", `${width}%`), make("span", { class: "middle" }));
  return make("li", {}, make("span", {}, featureText(reason)), track,
    make("span", { class: "value" }, make("span", { class: "unseen" }, `speaks ${side}, `),
      signed(reason.weight)));
}

function featurePart(decision) {
  const parts = decision.reasons.filter((reason) => reason.weight !== 0);
  const explanation = decision.explanation;
  if (!explanation || parts.length === 0)
    return [];
  const most = Math.max(...parts.map((reason) => Math.abs(reason.weight)));
  const enough = explanation.distance >= 0 ? "enough" : "not enough";
  return [make("h3", {}, `What spoke for and against ${explanation.tier}`),
    make("ul", { class: "features", id: "features" }, ...parts.map((part) => featureRow(part, most))),
    make("p", { class: "hint" }, `Green bars speak for ${explanation.tier}, red ones against it. ` +
      `They sum to ${signed(explanation.distance)}, which is ${enough}.`)];
}

// The policy's reasons, which have no weight.
function reasonPart(decision) {
  const reasons = decision.reasons.filter((reason) => reason.weight === 0);
  return [make("h3", {}, "Why"),
    make("ul", { class: "reasons", id: "reasons" },
      ...reasons.map((reason) => make("li", {}, reason.text)))];
}

// From what most want to know to what only some do.
function decisionParts(decision) {
  return [...chosenPart(decision), ...reasonPart(decision), ...probabilityPart(decision),
    ...costPart(decision), ...featurePart(decision)];
}
