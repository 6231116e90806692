// fit.mjs - fits the tables of daemon/router/tokens_tables.inc to exact o200k counts.
//
//   node fit.mjs TEXTS.jsonl > tokens_tables.inc      (gpt-tokenizer beside it)
//
// TEXTS holds rows {"text", "kind", "lang"}. Every text is cut as o200k cuts it; each piece
// is split into units the way tokens_scan.c does, and each unit knows how many tokens start
// in it. Two tables of context costs are fitted to that, then a table of words that the
// context costs get wrong. Every tenth row is left out and measured on; stderr has the table.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const need = createRequire(join(process.cwd(), 'package.json'));
const { encode } = need('gpt-tokenizer/cjs/encoding/o200k_base');
const { default: ranks } = need('gpt-tokenizer/cjs/bpeRanks/o200k_base');

// log2 of the sizes; every entry is a byte. The same figures stand in tokens_tables.h.
const BITS = { ascii: +(process.env.A ?? 12), alpha: +(process.env.L ?? 12) };
const WORD_BITS = +(process.env.W ?? 12);
const UNIT = 64; // costs are in 1/64 token

const byteLength = new Map();
function tokenBytes(token) {
  let n = byteLength.get(token);
  if (n === undefined) {
    const r = ranks[token];
    n = typeof r === 'string' ? Buffer.byteLength(r) : r.length;
    byteLength.set(token, n);
  }
  return n;
}

const PIECES = new RegExp(
  [
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?:'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL]))?",
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?:'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL]))?",
    '\\p{N}{1,3}', ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*', '\\s*[\\r\\n]+', '\\s+(?!\\S)', '\\s+',
  ].join('|'), 'gu');

const isCjk = (c) =>
  (c >= 0x1100 && c < 0x1200) || (c >= 0x2e80 && c < 0x3000) || (c >= 0x3040 && c < 0x3200) ||
  (c >= 0x3400 && c < 0xa000) || (c >= 0xa960 && c < 0xa980) || (c >= 0xac00 && c < 0xe000) ||
  (c >= 0xf900 && c < 0xfb00) || (c >= 0xff66 && c < 0xffe0) || (c >= 0x20000 && c < 0x40000);

export function contextHash(a, b, c, bits) {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h >>> (32 - bits);
}

const MASK = (1n << 64n) - 1n;
function wordHash(word, form) {
  const b = Buffer.from(word.toLowerCase(), 'latin1');
  const n = b.length;
  let x = 0n, y = 0n;
  for (let i = 0; i < Math.min(n, 8); i++) x |= BigInt(b[i]) << BigInt(8 * i);
  if (n > 8) for (let i = 0; i < 8; i++) y |= BigInt(b[n - 8 + i]) << BigInt(8 * i);
  let z = ((x ^ (BigInt(form) << 5n)) * 0x9e3779b97f4a7c15n) & MASK;
  z ^= z >> 32n;
  z = ((z ^ y ^ BigInt(n)) * 0xd6e8feb86659fd93n) & MASK;
  return z;
}

// A word of any other alphabet, by code point; form is 0 behind a space, else 1.
function otherHash(word, form) {
  let z = BigInt(form + 1);
  for (const c of word) z = ((z ^ BigInt(c.codePointAt(0))) * 0x9e3779b97f4a7c15n) & MASK;
  z ^= z >> 32n;
  return (z * 0xd6e8feb86659fd93n) & MASK;
}

// Marks that stand for what came before a run of letters or marks.
const SPACE = 1, NONE = 2, OTHER = 3;

// A piece as units: {table, keys: [[a,b,c]...], tokens, word?, form?} or a fixed cost.
function units(piece) {
  const starts = [];
  let at = 0;
  for (const t of encode(piece)) { starts.push(at); at += tokenBytes(t); }
  const chars = [...piece];
  const offsets = [];
  at = 0;
  for (const ch of chars) { offsets.push(at); at += Buffer.byteLength(ch); }
  offsets.push(at);
  const within = (i, k) => starts.filter((s) => s >= offsets[i] && s < offsets[k]).length;
  const out = [];
  if (/^\p{N}/u.test(piece)) return [{ kind: 'digits', tokens: starts.length, fixed: 1 }];
  if (/^\s+$/u.test(piece)) return [{ kind: 'space', tokens: starts.length, fixed: 1 }];
  const letters = /[\p{L}\p{M}]/u;
  let i = 0;
  let before = NONE;
  const isWord = chars.some((c) => letters.test(c)) && /^.?[\p{L}\p{M}]/su.test(piece);
  if (isWord && !letters.test(chars[0])) {
    i = 1;
    before = chars[0] === ' ' ? SPACE : OTHER;
  }
  const prefixed = i;
  if (!isWord) {
    const points = chars.map((c) => c.codePointAt(0));
    if (points.some((c) => c >= 128)) return [spelledUnit(starts.length)];
    return [contextUnit('mark', 'ascii', points, NONE, starts.length)];
  }
  let end = chars.length;
  let suffix = 0;
  const m = /'(?:s|t|m|d|re|ve|ll)$/iu.exec(piece);
  if (m && end > prefixed + m[0].length) { suffix = m[0].length; end -= suffix; }
  let first = true;
  while (i < end) {
    const cjk = isCjk(chars[i].codePointAt(0));
    let k = i;
    while (k < end && isCjk(chars[k].codePointAt(0)) === cjk) k++;
    const from = first ? 0 : i;
    const points = chars.slice(i, k).map((c) => c.codePointAt(0));
    const to = k === end ? chars.length : k;
    const tokens = within(from, to);
    const word = chars.slice(i, k).join('');
    if (cjk || /^[\p{Script=Cyrillic}\p{Script=Arabic}]/u.test(word)) out.push(spelledUnit(tokens));
    else if (/^[A-Za-z]+$/.test(word)) {
      const u = contextUnit('word', 'ascii', points, before, tokens);
      const shape = /^[a-z]+$/.test(word) ? 0 : /^[A-Z][a-z]+$/.test(word) ? 1 : /^[A-Z]+$/.test(word) ? 2 : 3;
      u.word = word; u.form = shape * 2 + (before === SPACE ? 0 : 1);
      // Nearly all short words are one token; the table of words has those that are not.
      u.short = word.length <= (shape < 2 ? (before === SPACE ? 4 : 3) : 2);
      out.push(u);
    } else {
      const u = contextUnit('alpha', 'alpha', points, before, tokens);
      u.word = word; u.form = before === SPACE ? 0 : 1;
      out.push(u);
    }
    const u = out[out.length - 1];
    if (first && before === OTHER) u.prefix = chars[0].codePointAt(0);
    if (k === end && suffix) u.suffix = true;
    before = NONE; first = false; i = k;
  }
  return out;
}

// What tokens_spellings.c prices, which is not fitted here.
function spelledUnit(tokens) {
  return { kind: 'spelled', tokens, fixed: 0 };
}

function contextUnit(kind, table, points, before, tokens) {
  const keys = [];
  let a = 0, b = before === SPACE ? SPACE : NONE;
  for (const c of points) {
    keys.push(contextHash(a, b, c, BITS[table]));
    a = b; b = c;
  }
  return { kind, table, keys: Uint16Array.from(keys), tokens, fixed: 0 };
}

// What a row weighs, per byte: every kind of text has a say, whatever its share of the files.
const WEIGHT = { en: 1.6, train: 2.5, code: 1.4, json: 0.25, zh: 1, zht: 0.3, ja: 1, ko: 0.4, ru: 1.6, ar: 1.6 };
const rows = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const group = (r) => (r.kind === 'train' && r.lang === 'en' ? 'train' : r.kind === 'train' ? r.lang : r.kind === 'code' || r.kind === 'json' ? r.kind : r.lang);
const sizes = {};
// Sayings and stories are nearer to what people ask than manuals are.
const boost = (r) => (/fortunes|wesnoth/.test(r.src) ? 6 : 1);
rows.forEach((r) => (sizes[group(r)] = (sizes[group(r)] ?? 0) + r.text.length * boost(r)));
const cache = new Map(); // piece -> {units, weight}
const dev = [];
rows.forEach((r, n) => {
  const pieces = r.text.match(PIECES) ?? [];
  const g = group(r);
  const isDev = n % 10 === 0;
  if (isDev) dev.push({ r, g, pieces });
  const w = isDev ? 0 : (boost(r) * (WEIGHT[g] ?? 0.2) * 1e6) / Math.max(sizes[g], 2e5);
  for (const p of pieces) {
    let e = cache.get(p);
    if (!e) cache.set(p, (e = { piece: p, weight: 0, units: null }));
    e.weight += w;
  }
});
// Words of the vocabulary itself, by rank, as everyday language would have them: the
// files at hand are mostly manuals, and rates from those alone come out too high.
const vocabulary = { ascii: [], other: [] };
const shares = { ascii: 8e3, other: 3e4 };
for (const r of ranks) {
  if (typeof r !== 'string' || !/^ ?[\p{L}\p{M}]{2,}$/u.test(r) || r.match(PIECES).length !== 1) continue;
  const script = /^[ A-Za-z]+$/.test(r) ? 'ascii' : 'other';
  if (/[\p{Script=Cyrillic}\p{Script=Arabic}]/u.test(r) || isCjk(r.codePointAt(0))) continue;
  // Without a space before it, it is more often the end of a word than a word.
  if (r[0] === ' ') vocabulary[script].push(r);
}
for (const script in vocabulary) {
  const share = vocabulary[script].map((_, i) => 1 / (i + 100));
  const sum = share.reduce((x, y) => x + y);
  vocabulary[script].forEach((r, i) => {
    let e = cache.get(r);
    if (!e) cache.set(r, (e = { piece: r, weight: 0, units: null }));
    e.weight += (shares[script] * share[i]) / sum;
  });
}
for (const e of cache.values()) e.units = units(e.piece);
console.error('pieces', cache.size, process.uptime());

// Context costs: averages first, then gradient steps on whole units.
const tables = {};
for (const name of ['ascii', 'alpha']) tables[name] = new Float64Array(1 << BITS[name]).fill(0.4);
const prefixes = new Float64Array(128).fill(0.9);
let suffixCost = 0.9;
const all = [];
for (const e of cache.values()) if (e.weight > 0) for (const u of e.units) { u.w = (u.w ?? 0) + e.weight; if (u.keys) all.push(u); }
const extra = (u) => (u.prefix !== undefined ? prefixes[Math.min(u.prefix, 127)] : 0) + (u.suffix ? suffixCost : 0);
function contextCost(u) {
  if (u.short) return 1;
  let s = 0;
  const t = tables[u.table];
  for (const k of u.keys) s += t[k];
  return Math.max(1, s);
}
const kept = new Set();
function fitContexts(rounds, skip) {
  for (let round = 0; round < rounds; round++) {
    const step = {}, norm = {};
    for (const name in tables) { step[name] = new Float64Array(tables[name].length); norm[name] = new Float64Array(tables[name].length); }
    const ps = new Float64Array(128), pn = new Float64Array(128).fill(1e-9);
    let ss = 0, sn = 1e-9;
    for (const u of all) {
      if (skip.has(u)) continue;
      const error = u.tokens - extra(u) - contextCost(u);
      const w = u.kind === 'word' ? Math.pow(u.w, +(process.env.P ?? 1)) : u.w;
      if (!u.short) for (const k of u.keys) { step[u.table][k] += w * error; norm[u.table][k] += w * u.keys.length; }
      if (u.prefix !== undefined) { const c = Math.min(u.prefix, 127); ps[c] += w * error; pn[c] += w; }
      if (u.suffix) { ss += w * error; sn += w; }
    }
    for (const name in tables) for (let k = 0; k < step[name].length; k++)
      if (norm[name][k] > 0) tables[name][k] = Math.min(3.98, Math.max(0, tables[name][k] + (1.3 * step[name][k]) / (norm[name][k] + 0.02)));
    for (let c = 0; c < 128; c++) prefixes[c] = Math.max(0, prefixes[c] + (0.3 * ps[c]) / (pn[c] + 0.5));
    suffixCost += (0.3 * ss) / sn;
  }
}

// Words that the contexts get wrong: per bucket the one that saves most.
const words = new Uint8Array(1 << WORD_BITS);
function wordEntry(u) {
  if (u.hash === undefined) u.hash = (u.kind === 'word' ? wordHash : otherHash)(u.word, u.form);
  return { at: Number(u.hash >> BigInt(64 - WORD_BITS)), check: Number((u.hash >> BigInt(64 - WORD_BITS - 5)) & 31n) };
}
function fitWords() {
  const byWord = new Map();
  for (const u of all) {
    if (!u.word) continue;
    const key = u.form + (u.kind === 'word' ? u.word.toLowerCase() : u.word);
    let e = byWord.get(key);
    if (!e) byWord.set(key, (e = { u, w: 0, sum: 0, context: contextCost(u) }));
    e.w += u.w;
    e.sum += u.w * (u.tokens - extra(u));
  }
  // All words of one bucket and check read the same entry, so they share gain and harm.
  const entries = new Map();
  for (const e of byWord.values()) {
    const { at, check } = wordEntry(e.u);
    const key = at * 32 + check;
    let gains = entries.get(key);
    if (!gains) entries.set(key, (gains = new Float64Array(8)));
    const mean = e.sum / e.w;
    for (let v = 1; v < 8; v++) gains[v] += e.w * (Math.abs(e.context - mean) - Math.abs(v - mean));
  }
  const best = new Map();
  for (const [key, gains] of entries) {
    for (let value = 1; value < 8; value++)
      if (gains[value] > (best.get(key >> 5)?.gain ?? 0)) best.set(key >> 5, { gain: gains[value], value, check: key & 31 });
  }
  words.fill(0);
  for (const [at, b] of best) words[at] = (b.check << 3) | b.value;
}
function known(u) {
  const { at, check } = wordEntry(u);
  return words[at] & 7 && words[at] >> 3 === check ? words[at] & 7 : 0;
}
fitContexts(30, new Set());
for (let i = 0; i < 2; i++) {
  fitWords();
  fitContexts(20, new Set(all.filter((u) => u.word && known(u))));
}
fitWords();
const rounded = (x) => Math.round(x * UNIT) / UNIT;
for (const name in tables) tables[name] = tables[name].map(rounded);
console.error('fitted', process.uptime());

// The error that is left, on the rows that were left out.
function cost(u) {
  if (!u.keys) return u.fixed || u.tokens;
  return extra(u) + (u.word && known(u) ? known(u) : contextCost(u));
}
const table = {};
for (const d of dev) {
  let exact = 0, estimate = 0;
  for (const p of d.pieces) for (const u of cache.get(p).units) { exact += u.tokens; estimate += cost(u); }
  const name = d.r.kind + ' ' + (d.r.kind === 'train' ? d.r.src : d.r.lang);
  const t = (table[name] ??= { n: 0, mape: 0, bias: 0 });
  t.n++; t.mape += Math.abs(Math.round(estimate) - exact) / exact; t.bias += (estimate - exact) / exact;
}
for (const name of Object.keys(table).sort()) {
  const t = table[name];
  console.error(name.padEnd(34), String(t.n).padStart(5), (100 * t.mape / t.n).toFixed(1).padStart(6), (100 * t.bias / t.n).toFixed(1).padStart(6));
}

function dump(name, values) {
  const lines = [];
  for (let i = 0; i < values.length; i += 24) lines.push('    ' + Array.from(values.slice(i, i + 24)).join(','));
  return `const unsigned char ${name}[${values.length}] = {\n${lines.join(',\n')}};\n`;
}
const bytes = (t) => Array.from(t, (x) => Math.min(255, Math.round(x * UNIT)));
process.stdout.write('/* Made by bench/tokens/fit.mjs; tokens_tables.h says what it holds. Do not edit. */\n');
for (const name in tables) process.stdout.write(dump('tokens_' + name, bytes(tables[name])));
process.stdout.write(dump('tokens_prefix', bytes(prefixes)));
process.stdout.write(dump('tokens_words', words));
process.stdout.write(`const unsigned char tokens_suffix = ${Math.round(suffixCost * UNIT)};\n`);
