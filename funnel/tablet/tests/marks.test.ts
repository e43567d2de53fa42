import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spaced } from '../src/manage/wording/marks.ts';

test('a field that is put in stands apart from the words around it, as its language writes', () => {
  assert.equal(spaced('', '{name|there}', ''), '{name|there}');
  assert.equal(spaced('Hello', '{name|there}', ''), ' {name|there}');
  assert.equal(spaced('Your choices:', '{page}', ''), ' {page}');
  assert.equal(spaced('Hello ', '{name|there}', ', thank you'), '{name|there}');
  assert.equal(spaced('See ', '{page}', 'soon'), '{page} ');
  assert.equal(spaced('Hello\n', '{name|there}', '!'), '{name|there}');
  assert.equal(spaced('您好，', '{name|您}', '欢迎光临'), '{name|您}');
  assert.equal(spaced('您好', '{name|您}', '，欢迎光临'), '{name|您}');
  assert.equal(spaced('详情：', '{page}', '欢迎光临'), '{page} ');
});
