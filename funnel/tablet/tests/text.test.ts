import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyFor, calledBy, countryOf, purposeFor, render, safeName, segments } from '../src/core/text.ts';
import type { Country, Lang, TextRules } from '../src/core/wire.ts';

// That the words are the server's to the letter is tested from its side (tests/funnel/test_client.py).
const RULES: TextRules = {
  opt_out: { en: ' Reply STOP to opt out', zh: ' 回复退订停收' },
  opt_out_by_country: { CN: { zh: ' 回T退订' } },
  full_stop: { en: '.', zh: '' },
  sentence_ends: '.!?…',
  fallback_name: { en: 'there', zh: '您好' },
  name_lengths: [40, 12, 0],
  max_segments: 3,
};
const COUNTRIES: Country[] = [
  { code: 'GB', calling: '+44', example: '' },
  { code: 'US', calling: '+1', example: '' },
  { code: 'CA', calling: '+1', example: '' },
  { code: 'CN', calling: '+86', example: '' },
];
const fields = { name: 'Maria', associate: 'Ana', brand: 'Lumen', store: 'Riverside' };
const text = (body: string, language: Lang = 'en', country = 'US', given = fields): string =>
  render({ body, language, fields: given, country }, RULES);

test('a field takes its value, its fallback when it is empty or only spaces, and else the last resort', () => {
  assert.equal(text('Hi {name|there} of {store}!'), 'Hi Maria of Riverside! Reply STOP to opt out');
  assert.equal(text('Hi {name|you}!', 'en', 'US', { ...fields, name: '  ' }), 'Hi you! Reply STOP to opt out');
  assert.equal(text('Hi {name}! {associate}', 'en', 'US', { ...fields, name: '', associate: '' }), 'Hi there! Lumen. Reply STOP to opt out');
});

test('braces in a value are not filled again', () => {
  assert.equal(text('{store}.', 'en', 'US', { ...fields, store: '{brand}' }), '{brand}. Reply STOP to opt out');
});

test('the opt-out words are those of the number’s country, and never run into the signature', () => {
  assert.equal(text('Bye - {associate}, {brand}'), 'Bye - Ana, Lumen. Reply STOP to opt out');
  assert.equal(text('【{brand}】{name|您好}，谢谢。', 'zh', 'CN'), '【Lumen】Maria，谢谢。 回T退订');
  assert.equal(text('【{brand}】{associate} 敬上', 'zh', 'US'), '【Lumen】Ana 敬上 回复退订停收');
  assert.equal(text('Bye!', 'en', 'CN'), 'Bye! Reply STOP to opt out');
});

test('a name is shortened, and at last left out, until the text fits', () => {
  const long = { ...fields, name: '陈'.repeat(40) };
  const body = `${'x'.repeat(150)} {name|you}`;
  assert.match(text(body, 'en', 'US', long), /x 陈{12}\. Reply/);
  assert.match(text('x'.repeat(460) + ' {name|you}', 'en', 'US', long), /x you\. Reply/);
});

test('a number says its own country, and the one that was chosen counts for the others', () => {
  assert.equal(countryOf('138 0013 8000', 'US', COUNTRIES, ''), 'US');
  assert.equal(countryOf('+86 138 0013 8000', 'US', COUNTRIES, ''), 'CN');
  assert.equal(countryOf('00 86 138 0013 8000', 'GB', COUNTRIES, ''), 'CN');
  assert.equal(countryOf('＋８６ 138', 'GB', COUNTRIES, ''), 'CN');
  assert.equal(countryOf('+1 604 555 0100', 'CA', COUNTRIES, ''), 'CA');
  assert.equal(countryOf('+1 604 555 0100', 'US', COUNTRIES, 'CA'), 'CA');
  assert.equal(countryOf('+39 333', 'GB', COUNTRIES, ''), 'GB');
});

test('how they asked to be addressed goes before their name', () => {
  assert.equal(calledBy({ name: 'Maria Rivera', address_as: 'Ms Rivera' }), 'Ms Rivera');
  assert.equal(calledBy({ name: ' Maria ', address_as: ' ' }), 'Maria');
});

test('a name with a link, markup or a number in it is not said', () => {
  for (const name of ['http://evil', 'see evil.com', '<b>', '{brand}', 'a@b', '415 555 0100', '...']) assert.equal(safeName(name, 40), '');
  assert.equal(safeName('  Maria\n O\u2019Neill ', 40), "Maria O'Neill");
  assert.equal(safeName('陈女士', 40), '陈女士');
  assert.equal(safeName('x'.repeat(60), 40).length, 40);
  assert.equal(safeName(`${'x'.repeat(39)}e\u0301\u0302`, 40), 'x'.repeat(39));
});

test('segments are counted as the networks count them', () => {
  assert.equal(segments('x'.repeat(160)), 1);
  assert.equal(segments('x'.repeat(161)), 2);
  assert.equal(segments('€'.repeat(80)), 1);
  assert.equal(segments('字'.repeat(70)), 1);
  assert.equal(segments('字'.repeat(71)), 2);
  assert.equal(segments('字'.repeat(66) + '😀' + '字'.repeat(65)), 2);
  assert.equal(segments('字'.repeat(66) + '😀' + '字'.repeat(66)), 3);
});

test('each outcome has its own wording', () => {
  assert.equal(purposeFor('bought', false), 'departure_bought');
  assert.equal(purposeFor('left_early', false), 'departure_left_early');
  // Who came back is told so, unless there is something to thank for.
  assert.equal(purposeFor('left_early', true), 'departure_came_back');
  assert.equal(purposeFor('not_bought', true), 'departure_came_back');
  assert.equal(purposeFor('bought', true), 'departure_bought');
  assert.equal(purposeFor('not_bought', false), 'departure_not_bought');
  assert.equal(bodyFor([{ purpose: 'departure_bought', language: 'en', body: 'x' }], 'bought', false, 'en'), 'x');
  assert.equal(bodyFor([], 'bought', false, 'zh'), '');
});
