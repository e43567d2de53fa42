// Composes the texts of a table that arrives on standard input, as one JSON list on standard output: the server's side
// of the house asks for them, and compares.
import { readFileSync } from 'node:fs';
import { render, segments, type Asked } from '../src/core/text.ts';
import type { TextRules } from '../src/core/wire.ts';

const { rules, table } = JSON.parse(readFileSync(0, 'utf8')) as { rules: TextRules; table: Asked[] };
const composed = table.map((asked) => render(asked, rules));
process.stdout.write(JSON.stringify(composed.map((body) => ({ body, segments: segments(body) }))));
