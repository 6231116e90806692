// spellings.mjs - makes daemon/router/tokens_spellings.inc: which o200k tokens the
// estimate knows letter by letter, as a filter, and what single symbols cost.
//
//   node spellings.mjs KEYS TEXTS.jsonl... > tokens_spellings.inc    (gpt-tokenizer beside it)
//
// TEXTS hold rows {"text", "lang"}. Of the tokens with letters of the alphabets that
// tokens_spellings.c spells, those are kept that the texts need most: each language has the
// same say, and so has the vocabulary's own order, because it was learned from everyday
// language. The filter is an xor filter (Graf and Lemire, 2020): a key is in when its three
// places give its fingerprint of ten bits. The hash is that of tokens_spellings.c.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const need = createRequire(join(process.cwd(), 'package.json'));
const { encode } = need('gpt-tokenizer/cjs/encoding/o200k_base');
const { default: ranks } = need('gpt-tokenizer/cjs/bpeRanks/o200k_base');
const keysMax = +process.argv[2];

// A space or mark may stand before the letters; beside them there are runs of marks that
// are not all ASCII, with the line ends behind, and lone digits. The longest are mostly junk.
const letters = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー\\p{Script=Hangul}\\p{Script=Cyrillic}\\p{Script=Arabic}\\p{Mn}]';
const spelled = new RegExp(`^([^\\r\\n\\p{L}\\p{N}]?${letters}+| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\p{N})$`, 'u');
const longest = (token) => (/[\p{Script=Han}\p{Script=Hangul}\u3040-\u30ff]/u.test(token) ? 5 : 12);
const needs = new Float64Array(ranks.length);
const keys = [];
ranks.forEach((token, rank) => {
  if (typeof token === 'string' && spelled.test(token) && /[^\x00-\x7f]/.test(token) && [...token].length <= longest(token)) keys.push(rank);
});
const isKey = new Set(keys);
const alphabet = (s) => (/\p{Script=Cyrillic}/u.test(s) ? 'cyrillic' : /\p{Script=Arabic}/u.test(s) ? 'arabic' : /\p{Script=Hangul}/u.test(s) ? 'hangul' : /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(s) ? 'kana' : /\p{Script=Han}/u.test(s) ? 'han' : 'marks');

// How often the texts need each token, per token of their language.
const counts = {};
const pieces = [];
for (const file of process.argv.slice(3)) {
  const cache = new Map();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line) continue;
    const { text, lang, count } = JSON.parse(line);
    if (!spelledLanguages().has(lang)) continue;
    for (const piece of text.match(/[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*/gu) ?? []) {
      if (!/[^\x00-\x7f]/.test(piece)) continue;
      const key = lang + '\t' + piece;
      cache.set(key, (cache.get(key) ?? 0) + (count ?? 1));
    }
  }
  const ofFile = {};
  for (const [key, n] of cache) {
    const lang = key.split('\t')[0];
    const c = (ofFile[lang] ??= { sum: 0, tokens: new Map() });
    for (const t of encode(key.slice(lang.length + 1), { disallowedSpecial: new Set() })) {
      c.sum += n;
      if (isKey.has(t)) c.tokens.set(t, (c.tokens.get(t) ?? 0) + n);
    }
  }
  pieces.push(cache);
  // A file counts as a whole, and so do the logarithms of its size.
  for (const lang in ofFile) (counts[lang] ??= []).push(ofFile[lang]);
}
function spelledLanguages() {
  return (spelledLanguages.set ??= new Set(['zh', 'zht', 'ja', 'ko', 'ru', 'uk', 'ar', 'fa', 'bg', 'sr']));
}
const SAY = { zh: 1, ja: 1, ru: 2, ar: 1.5, ko: 0.3, zht: 0.2, uk: 0.2, fa: 0.2, bg: 0.1, sr: 0.1 };
for (const lang in counts) {
  const weights = counts[lang].map((c) => Math.log(1 + c.sum / 1000));
  const all = weights.reduce((x, y) => x + y);
  counts[lang].forEach((c, i) => {
    for (const [t, n] of c.tokens) needs[t] += (SAY[lang] * (weights[i] / all) * n) / c.sum;
  });
}
const ORDER = { cyrillic: 1, arabic: 0.8, hangul: 0.2, kana: 0.5, han: 0.7, marks: 0.2 };
const seen = {};
for (const rank of keys) {
  const a = alphabet(ranks[rank]);
  seen[a] = (seen[a] ?? 0) + 1;
  needs[rank] += (ORDER[a] / 5) / (seen[a] + 200);
  // Its letters cost two tokens each without it.
  if ([...ranks[rank]].length === 1) needs[rank] *= 2;
}
const chosen = keys.sort((a, b) => needs[b] - needs[a]).slice(0, keysMax);
const kept = {};
for (const rank of chosen) kept[alphabet(ranks[rank])] = (kept[alphabet(ranks[rank])] ?? 0) + 1;
console.error('tokens', keys.length, 'of', seen, 'kept', chosen.length, kept);

// What the rarer tokens, left out, and the greedy cuts make too many: how much of what a
// piece costs beyond its first token is real, by alphabet, in 1/64.
const known = new Set(chosen.map((rank) => ranks[rank]));
const tables = [[0x2000, 0x2bff], [0x1f000, 0x1faff]];
function lone(c) {
  const point = c.codePointAt(0);
  if (known.has(c) || point < 0x80) return 1;
  if (tables.some(([first, last]) => point >= first && point <= last)) return encode(c).length;
  return point < 0x10000 ? 2 : 3;
}
function greedy(piece) {
  const chars = [...piece];
  let tokens = 0;
  for (let i = 0; i < chars.length; ) {
    let len = chars[i + 1] >= '\u1100' ? 5 : 12;
    while (len > 1 && !known.has(chars.slice(i, i + len).join(''))) len--;
    tokens += len > 1 ? 1 : lone(chars[i]);
    i += len;
  }
  return tokens;
}
const beyond = {};
for (const cache of pieces) {
  let all = 0;
  for (const n of cache.values()) all += n;
  for (const [key, n] of cache) {
    const piece = key.slice(key.indexOf('\t') + 1);
    const a = alphabet(piece);
    if (!/^.?[^\p{Script=Latin}]+$/su.test(piece) || a === 'marks') continue;
    const g = greedy(piece);
    const b = (beyond[a] ??= { exact: 0, greedy: 0 });
    b.exact += (n / all) * (encode(piece, { disallowedSpecial: new Set() }).length - 1);
    b.greedy += (n / all) * (g - 1);
  }
}
// The vocabulary's own words count as one more file, for the words that are in none.
for (const a in beyond) {
  const words = keys.filter((rank) => alphabet(ranks[rank]) === a && /^ \p{L}/u.test(ranks[rank])).sort((x, y) => x - y);
  const share = words.map((_, i) => 1 / (i + 200));
  const sum = share.reduce((x, y) => x + y, 0);
  words.forEach((rank, i) => (beyond[a].greedy += (0.15 * share[i] * (greedy(ranks[rank]) - 1)) / sum));
}
const rate = (a) => Math.round((64 * beyond[a].exact) / beyond[a].greedy);
console.error('rates', Object.keys(beyond).map((a) => `${a} ${rate(a)}`).join(' '));

const MASK = (1n << 64n) - 1n;
function hashOf(text) {
  let h = 0n;
  for (const c of text) h = ((h ^ BigInt(c.codePointAt(0))) * 0x9e3779b97f4a7c15n) & MASK;
  h ^= h >> 32n;
  h = (h * 0xd6e8feb86659fd93n) & MASK;
  return h ^ (h >> 32n);
}

// Three places, one in each third, from 18 bits of the hash each; the top ten bits are
// the fingerprint.
const third = Math.ceil((1.23 * chosen.length + 32) / 3);
const places = (h) => [0, 1, 2].map((i) => i * third + Number((((h >> BigInt(18 * i)) & 0x3ffffn) * BigInt(third)) >> 18n));
const entries = chosen.map((rank) => { const h = hashOf(ranks[rank]); return { at: places(h), print: Number(h >> 54n) }; });

// Peel off keys that have a place of their own, then fill the places in the reverse order.
function filterOf(list) {
  const load = Array.from({ length: 3 * third }, () => new Set());
  list.forEach((e, i) => e.at.forEach((p) => load[p].add(i)));
  const queue = load.flatMap((s, p) => (s.size === 1 ? [p] : []));
  const order = [];
  while (queue.length > 0) {
    const p = queue.pop();
    if (load[p].size !== 1) continue;
    const [i] = load[p];
    order.push([i, p]);
    for (const q of list[i].at) { load[q].delete(i); if (load[q].size === 1) queue.push(q); }
  }
  if (order.length < list.length) throw new Error(`${list.length - order.length} keys found no place; take another number of keys`);
  const places = new Uint16Array(3 * third);
  for (const [i, p] of order.reverse()) {
    const [x, y, z] = list[i].at;
    places[p] = 0;
    places[p] = list[i].print ^ places[x] ^ places[y] ^ places[z];
  }
  return places;
}

// Exact costs of lone symbols, two bits each: four a byte, the lowest bits first.
function symbolCosts(first, last) {
  const bytes = new Uint8Array((last + 1 - first) / 4);
  for (let c = first; c <= last; c++) bytes[(c - first) >> 2] |= Math.min(3, encode(String.fromCodePoint(c)).length) << (2 * (c & 3));
  return bytes;
}

function dump(name, values, type = 'static const unsigned char') {
  const lines = [];
  for (let i = 0; i < values.length; i += 24) lines.push('    ' + Array.from(values.slice(i, i + 24)).join(','));
  return `${type} ${name}[${values.length}] = {\n${lines.join(',\n')}};\n`;
}
process.stdout.write('/* Made by bench/tokens/spellings.mjs; tokens_spellings.c says what it holds. Do not edit. */\n');
process.stdout.write(`enum { FILTER_THIRD = ${third} };\n`);
process.stdout.write(`enum { RATE_CYRILLIC = ${rate('cyrillic')}, RATE_ARABIC = ${rate('arabic')}, RATE_HANGUL = ${rate('hangul')} };\n`);
// Eight bits of each place are a byte, the other two lie four to a byte beside.
const filter = filterOf(entries);
const more = new Uint8Array(Math.ceil(filter.length / 4));
filter.forEach((x, p) => (more[p >> 2] |= (x >> 8) << (2 * (p & 3))));
process.stdout.write(dump('filter', filter.map((x) => x & 255)));
process.stdout.write(dump('filter_more', more));
process.stdout.write(dump('symbols_low', symbolCosts(0x2000, 0x2bff)));
process.stdout.write(dump('symbols_high', symbolCosts(0x1f000, 0x1faff)));
