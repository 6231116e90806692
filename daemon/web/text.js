// text.js - numbers and times as people read them, and elements made of them.
//
// All text gets into the page by way of these, as text: names of models come from a
// catalogue and never become HTML. What is unknown says so and is not 0.

const UNKNOWN = "unknown";

function find(id) {
  return document.getElementById(id);
}

// An element with attributes and children, which are elements or text.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The page's policy allows no style attributes, but it does allow this.
function sized(element, property, value) {
  element.style.setProperty(property, value);
  return element;
}

function show(element, shown) {
  element.hidden = !shown;
}

// Only what has changed is written, so that nothing is redrawn, or read out, in vain.
function say(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

// Small amounts keep three digits that count, large ones have cents.
function usd(value) {
  if (value === null || value === undefined)
    return UNKNOWN;
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0)
    return "$0";
  if (size >= 0.1)
    return sign + "$" + size.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  if (size < 1e-9)
    return sign + "<$0.000000001";
  const places = Math.min(9, 2 - Math.floor(Math.log10(size))); // what a nano-dollar has
  return sign + "$" + size.toFixed(places);
}

function whole(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 0 });
}

function percent(share, places = 0) {
  if (!Number.isFinite(share))
    return UNKNOWN;
  return (share * 100).toFixed(places) + " %";
}

function chance(probability) {
  return probability.toFixed(2);
}

// The number and its unit stay on one line.
function micros(value) {
  if (value === null)
    return "–";
  if (value < 1000)
    return (value < 10 ? value.toFixed(1) : value.toFixed(0)) + "\u00a0µs";
  return value < 1e6 ? (value / 1000).toFixed(1) + "\u00a0ms" : (value / 1e6).toFixed(1) + "\u00a0s";
}

// How long something lasts, in its two largest units.
function lasting(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0)
    return "0 s";
  const [name, size] = units[first];
  const text = `${Math.floor(seconds / size)} ${name}`;
  const next = units[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return rest > 0 ? `${text} ${rest} ${next[0]}` : text;
}

function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

function signed(value) {
  return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);
}
