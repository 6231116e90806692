// count.mjs - adds exact o200k_base counts to rows of prompts.
//
//   npm install gpt-tokenizer        in any directory outside the tree, then there
//   node count.mjs FILE.jsonl... > counted.jsonl
//
// Reads rows with "text", "prompt" or "messages" (their string contents, one after the
// other) and writes rows {"id"?, "kind", "script", "text", "o200k"} that `tier-bench tokens`
// reads. "kind" is the row's own, else its "task", else the file's name; "script" is the
// row's own, else its "lang", else the commonest of the text.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

// From the current directory, so that nothing has to be installed beside this file.
const { encode } = createRequire(join(process.cwd(), 'package.json'))('gpt-tokenizer/encoding/o200k_base');

const scripts = ['Latin', 'Han', 'Hiragana', 'Katakana', 'Hangul', 'Cyrillic', 'Arabic', 'Hebrew', 'Devanagari', 'Thai', 'Greek']
  .map((name) => [name.toLowerCase(), new RegExp(`\\p{Script=${name}}`, 'gu')]);

function commonestScript(text) {
  let best = 'none';
  let most = 0;
  const counts = {};
  for (const [name, pattern] of scripts) {
    counts[name] = (text.match(pattern) ?? []).length;
    if (counts[name] > most) [best, most] = [name, counts[name]];
  }
  // Japanese is written with Han too; any real share of kana tells it from Chinese.
  const kana = counts.hiragana + counts.katakana;
  return kana * 10 > most && best !== 'latin' ? 'japanese' : best;
}

function textOf(row) {
  if (typeof row.text === 'string') return row.text;
  if (typeof row.prompt === 'string') return row.prompt;
  if (Array.isArray(row.messages)) return row.messages.map((m) => m.content).filter((c) => typeof c === 'string').join('\n');
  return null;
}

for (const file of process.argv.slice(2)) {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++;
    if (!line.trim()) continue;
    const row = JSON.parse(line);
    const text = textOf(row);
    if (text === null) {
      console.error(`count.mjs: ${file}:${number}: expected "text", "prompt" or "messages"; row left out`);
      continue;
    }
    const out = {
      id: row.id, kind: row.kind ?? row.task ?? basename(file, '.jsonl'),
      script: row.script ?? row.lang ?? commonestScript(text), text,
      // Special tokens in a prompt are text, as they are to the provider.
      o200k: encode(text, { disallowedSpecial: new Set() }).length,
    };
    process.stdout.write(JSON.stringify(out) + '\n');
  }
}
