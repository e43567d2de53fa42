import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyFor, fill, greetingName, purposeFor, render, safeName } from '../src/core/text.ts';

const OPT_OUT = { en: ' Reply STOP to opt out', zh: ' 回T退订' };
const fields = { name: 'Maria', associate: 'Ana', brand: 'Lumen', store: 'Riverside' };

test('a field takes its value, or its fallback when it is empty or only spaces', () => {
  assert.equal(fill('Hi {name|there} of {store}', fields), 'Hi Maria of Riverside');
  assert.equal(fill('Hi {name|there}', { name: '  ' }), 'Hi there');
  assert.equal(fill('{name|您好}，', {}), '您好，');
});

test('a field that nobody knows disappears, and braces in a value are not filled again', () => {
  assert.equal(fill('a{other}b', fields), 'ab');
  assert.equal(fill('Hi {name}', { name: '{brand}' }), 'Hi {brand}');
});

test('how they asked to be addressed goes before their name', () => {
  assert.equal(greetingName({ name: 'Maria Rivera', address_as: 'Ms Rivera' }), 'Ms Rivera');
  assert.equal(greetingName({ name: ' Maria ', address_as: ' ' }), 'Maria');
});

test('every text ends with how to opt out, and a Chinese one begins with the brand', () => {
  assert.equal(render('Hi {name|there}.', 'en', fields, OPT_OUT), 'Hi Maria. Reply STOP to opt out');
  assert.equal(render('{name|您好}，谢谢。', 'zh', fields, OPT_OUT), '【Lumen】Maria，谢谢。 回T退订');
});

test('a brand that the wording carries already is not said twice', () => {
  assert.equal(render('【{brand}】{name|您好}', 'zh', fields, OPT_OUT), '【Lumen】Maria 回T退订');
});

test('a name with a link, markup or a number in it is not said', () => {
  for (const name of ['http://evil', 'see evil.com', '<b>', '{brand}', 'a@b', '415 555 0100', '...']) assert.equal(safeName(name), '');
  assert.equal(safeName('  Maria\n O\u2019Neill '), "Maria O'Neill");
  assert.equal(safeName('陈女士'), '陈女士');
  assert.equal(safeName('x'.repeat(60)).length, 40);
});

test('each outcome has its own wording', () => {
  assert.equal(purposeFor('bought'), 'departure_bought');
  assert.equal(purposeFor('left_early'), 'departure_left_early');
  assert.equal(purposeFor('not_bought'), 'departure_not_bought');
  assert.equal(bodyFor([{ purpose: 'departure_bought', language: 'en', body: 'x' }], 'bought', 'en'), 'x');
  assert.equal(bodyFor([], 'bought', 'zh'), '');
});
