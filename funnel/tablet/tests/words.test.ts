// What is said of one must not be said in the plural: every sentence that counts has two forms, and is asked for by both.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../src/i18n/en.ts';
import { zh } from '../src/i18n/zh.ts';

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf-8' }).filter((name) => /\.tsx?$/.test(name) && !name.startsWith('generated'));
const read = (name: string): string => readFileSync(`src/${name}`, 'utf-8');
/** Never one: hours that are set once for all, the parts of a long text, and people of whom one alone is not mentioned. */
const MANY = ['signin_never', 'edit_parts', 'visit_party'];
const COUNTS = /\{n\} (of at most \{\w+\} |\w+ )?(\w+s|people|are|need)\b/;

test('a sentence of the tablet that counts has a form for one', () => {
  const counting = Object.entries(en).filter(([key, words]) => COUNTS.test(words) && !MANY.includes(key)).map(([key]) => key);
  assert.ok(counting.length >= 9, String(counting));
  assert.deepEqual(counting.filter((key) => !(`${key}_one` in en)), []);
});

test('a sentence with a form for one is asked for with its number', () => {
  const one = Object.keys(en).filter((key) => key.endsWith('_one')).map((key) => key.slice(0, -'_one'.length));
  const asked = SOURCES.flatMap((name) => one.filter((key) => new RegExp(`\\bt\\('${key}'`).test(read(name))).map((key) => `${name}: ${key}`));
  assert.deepEqual(asked, []);
  assert.deepEqual(Object.keys(zh).filter((key) => key.endsWith('_one')), []);
});

/** Where the number stands fixed in the code, and is not one. */
const FIXED = ['full: (n: number) => `A plan has at most ${n} steps.`', 'days: (n: number) => `${n} days`'];
const NOUNS = /\$\{\w+\} (lost |more )?(visits|people|texts|messages|pictures|minutes|days|steps|characters|answers|calls|customers|hours|parts)\b/;

test('a sentence of a page that counts has a form for one', () => {
  const files = SOURCES.filter((name) => /(^|\/)(words|i18n)\.ts$/.test(name));
  assert.ok(files.length >= 8, String(files));
  const lines = files.flatMap((name) => read(name).split('\n')).map((line) => line.trim()).filter((line) => NOUNS.test(line));
  assert.ok(lines.length >= 10);
  assert.deepEqual(lines.filter((line) => !/=== '?1'?/.test(line) && !FIXED.some((known) => line.startsWith(known))), []);
});
