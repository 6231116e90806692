// chart.js - small drawings as SVG: each is an image with a name that tells its figures.

const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// A line of counts over the last minute. It is stretched to its box.
function sparkline(counts) {
  const top = Math.max(1, ...counts);
  const last = counts.length - 1;
  const at = (count, i) => `${((i / last) * 100).toFixed(2)},${(28 - (count / top) * 26).toFixed(2)}`;
  const points = counts.map(at).join(" ");
  const most = Math.max(...counts);
  return draw("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img",
    "aria-label": `Decisions in each of the last ${counts.length} seconds, at most ${most}` },
    draw("polygon", { class: "under", points: `0,28 ${points} 100,28` }),
    draw("polyline", { class: "spark", points }));
}

// The value below which a share of what was counted in equal bins of 0 to 1 lies.
function binQuantile(bins, share) {
  const all = bins.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let i = 0; i < bins.length; i++) {
    if (bins[i] > 0 && seen + bins[i] >= share * all)
      return (i + (share * all - seen) / bins[i]) / bins.length;
    seen += bins[i];
  }
  return null;
}

// How many of the bins' values are at least this one, as a share.
function binShareFrom(bins, value) {
  const all = bins.reduce((sum, count) => sum + count, 0);
  let above = 0;
  bins.forEach((count, i) => {
    const low = i / bins.length, high = (i + 1) / bins.length;
    above += count * Math.min(1, Math.max(0, (high - value) / (high - low)));
  });
  return all > 0 ? above / all : null;
}

const PLOT = { width: 360, height: 170, left: 4, right: 4, top: 18, bottom: 22 };

function plotX(value) {
  return PLOT.left + value * (PLOT.width - PLOT.left - PLOT.right);
}

// Where four of five thresholds lie, which is to stand behind the bars, and the one in
// the middle, before them.
function thresholdMarks(thresholds) {
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => binQuantile(thresholds, share));
  if (middle === null)
    return { band: "", line: [] };
  const y = PLOT.top, height = PLOT.height - PLOT.top - PLOT.bottom;
  const anchor = middle > 0.75 ? "end" : middle < 0.25 ? "start" : "middle";
  const name = draw("text", { x: plotX(middle), y: y - 6, "text-anchor": anchor });
  name.textContent = `threshold ${chance(middle)}`;
  return {
    band: draw("rect", { class: "band", x: plotX(low), y, width: Math.max(1, plotX(high) - plotX(low)), height }),
    line: [draw("line", { class: "median", x1: plotX(middle), x2: plotX(middle), y1: y, y2: y + height }), name] };
}

// Bars of probabilities from 0 to 1, against the thresholds that they had to reach.
function histogram(bins, thresholds, name) {
  const base = PLOT.height - PLOT.bottom, room = base - PLOT.top;
  const top = Math.max(1, ...bins);
  const bars = bins.map((count, i) => {
    const x = plotX(i / bins.length) + 0.5;
    const height = count > 0 ? Math.max(1.5, (count / top) * room) : 0;
    return draw("rect", { class: "bin", x, y: base - height, height,
      width: plotX((i + 1) / bins.length) - plotX(i / bins.length) - 1 });
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((value) => {
    const anchor = value === 0 ? "start" : value === 1 ? "end" : "middle";
    const tick = draw("text", { x: plotX(value), y: base + 15, "text-anchor": anchor });
    tick.textContent = String(value);
    return tick;
  });
  const marks = thresholdMarks(thresholds);
  return draw("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": name },
    marks.band, ...bars, ...marks.line,
    draw("line", { class: "axis", x1: plotX(0), x2: plotX(1), y1: base, y2: base }), ...ticks);
}
