import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extrasOf, fold, isOpen, NO_EXTRAS, type LocalEvent } from '../src/core/fold.ts';

const VISIT = 'v1';
let count = 0;

function tapped(type: string, data: Record<string, unknown> = {}, hint: LocalEvent['hint'] = undefined): LocalEvent {
  count += 1;
  const at = new Date(Date.UTC(2026, 10, 23, 10, 0, count)).toISOString();
  const event = { id: `e${count}`, v: 1, type, visit: VISIT, actor: 'ana', at, boot: 'b', mono: count, seq: count, data };
  return (hint ? { event, hint } : { event }) as LocalEvent;
}

const start = (): LocalEvent[] => [
  tapped('visit.started', { playbook: 'jewellery_eight@1', party_size: 2 }, { business_date: '2026-11-23' }),
  tapped('stage.entered', { stage: 'greeting' }),
];
const seen = (...events: LocalEvent[]) => {
  const view = fold(null, NO_EXTRAS, [...start(), ...events], 0);
  assert.ok(view);
  return view;
};

test('a start makes an open visit of the one who tapped, standing at the greeting', () => {
  const view = seen();
  assert.equal(view.owner, 'ana');
  assert.equal(view.stage, 'greeting');
  assert.equal(view.party_size, 2);
  assert.equal(view.business_date, '2026-11-23');
  assert.ok(isOpen(view));
});

test('an event of a visit that nobody has seen shows nothing', () => {
  assert.equal(fold(null, NO_EXTRAS, [tapped('stage.entered', { stage: 'needs' })], 0), null);
});

test('times are shown by the corrected clock', () => {
  const [first] = start();
  assert.ok(first);
  const view = fold(null, NO_EXTRAS, [first], 60_000);
  assert.equal(Date.parse(view?.started_at ?? '') - Date.parse(first.event.at), 60_000);
});

test('a stage may be entered again and the last one counts', () => {
  const view = seen(tapped('stage.entered', { stage: 'closing' }), tapped('stage.entered', { stage: 'needs' }));
  assert.equal(view.stage, 'needs');
  assert.deepEqual(view.stages.map((entry) => entry.key), ['greeting', 'closing', 'needs']);
});

test('a tick taken back is gone', () => {
  const view = seen(tapped('item.ticked', { item: 'a', on: true }), tapped('item.ticked', { item: 'b', on: true }), tapped('item.ticked', { item: 'a', on: false }));
  assert.deepEqual(view.ticks, ['b']);
});

test('a need without a value is taken back', () => {
  const view = seen(tapped('need.recorded', { field: 'style', value: 'modern' }), tapped('need.recorded', { field: 'style', value: null }));
  assert.deepEqual(view.needs, {});
});

test('sold stays sold when a later tap says otherwise', () => {
  const view = seen(tapped('outcome.recorded', { result: 'bought' }), tapped('outcome.recorded', { result: 'not_bought', reason: 'price' }));
  assert.equal(view.status, 'bought');
  assert.ok(view.sold_kept);
});

test('a visit with an outcome stays among the open ones until the customer has left', () => {
  const closed = seen(tapped('outcome.recorded', { result: 'left_early' }));
  assert.ok(isOpen(closed));
  assert.ok(!isOpen(seen(tapped('outcome.recorded', { result: 'left_early' }), tapped('visit.departed'))));
});

test('an undo restores what the visit was, and a second departure changes nothing', () => {
  const restore = { status: 'open', stage: 'greeting' } as const;
  const view = seen(tapped('outcome.recorded', { result: 'bought' }), tapped('event.voided', { event: 'x' }, { restore }));
  assert.equal(view.status, 'open');
  const gone = seen(tapped('visit.departed'), tapped('visit.departed'));
  assert.equal(gone.closing, 1);
});

test('a customer who comes back is open again and keeps what was recorded', () => {
  const view = seen(tapped('outcome.recorded', { result: 'not_bought' }), tapped('visit.departed'), tapped('visit.reopened'));
  assert.equal(view.departed_at, null);
  assert.equal(view.status, 'not_bought');
});

test('what the server says replaces the local guess, and unsent taps stay on top of it', () => {
  const local = seen(tapped('objection.raised', { code: 'price' }));
  const server = { ...local, stage: 'proof', objections: ['price', 'not_now'], number: 7 };
  const view = fold(server, extrasOf(local), [tapped('item.ticked', { item: 'a', on: true })], 0);
  assert.equal(view?.number, 7);
  assert.equal(view?.stage, 'proof');
  assert.deepEqual(view?.objections, ['price', 'not_now']);
  assert.deepEqual(view?.ticks, ['a']);
  assert.deepEqual(Object.keys(view?.raised ?? {}), ['price']);
});
