// What can happen to a visit, one verb each. Screens call these and nothing below them.
import { t } from '../i18n';
import { noon, serverNow } from './clock';
import type { PersonRow } from './db';
import type { VisitView } from './fold';
import { uuid7 } from './ids';
import { record, recordFirst, type Draft } from './outbox';
import { go } from './route';
import { config, dayOf, me, outbox, people, playbookOf, stagesOf, textWaits, unsaved, zone } from './state';
import { say } from './toast';
import type { Json, Playbook, Stage } from './wire';

export type StartOptions = { playbook?: Playbook; party_size?: number; source?: string; kind?: string; practice?: boolean };

const enter = (visit: string, stage: string): Draft => ({ type: 'stage.entered', visit, data: { stage } });

/** One tap: the visit begins and the greeting is entered, by whoever holds the tablet. */
export function startVisit(options: StartOptions = {}): void {
  const book = options.playbook ?? playbookOf(undefined);
  const [first] = stagesOf(book);
  if (!book || !first || !me.value) return;
  const visit = uuid7();
  const { party_size = 1, source = 'walk_in', kind = 'selling', practice = false } = options;
  const data = { playbook: book.id, party_size, source, kind, descriptors: [], practice };
  record({ type: 'visit.started', visit, data, hint: { business_date: dayOf(serverNow()) } }, enter(visit, first.key));
  go(`/visits/${visit}`);
}

export function enterStage(view: VisitView, stage: Stage): void {
  if (view.stage !== stage.key) record(enter(view.id, stage.key));
}

export function tick(view: VisitView, item: string): void {
  record({ type: 'item.ticked', visit: view.id, data: { item, on: !view.ticks.includes(item) } });
}

/** The second tap on the same answer takes it back. */
export function setNeed(view: VisitView, field: string, value: string): void {
  const next = view.needs[field] === value ? null : value;
  record({ type: 'need.recorded', visit: view.id, data: { field, value: next } });
}

export function toggleObjection(view: VisitView, code: string): void {
  const raised = view.raised[code];
  if (!view.objections.includes(code)) {
    record({ type: 'objection.raised', visit: view.id, data: { code } });
  } else if (raised !== undefined) {
    const { [code]: _gone, ...left } = view.raised;
    const restore = { objections: view.objections.filter((known) => known !== code), raised: left };
    record({ type: 'event.voided', visit: view.id, data: { event: raised }, hint: { restore } });
  }
}

export function handOver(view: VisitView, staff: string): void {
  record({ type: 'visit.assigned', visit: view.id, data: { staff, as: 'owner', reason: 'handover' } });
}

const sendOffOf = (view: VisitView): Stage | undefined =>
  stagesOf(playbookOf(view)).findLast((stage) => stage.role === 'always');

/** At the send-off: an outcome is known and the last stage that a person does is entered. */
export function atSendOff(view: VisitView): boolean {
  return view.status !== 'open' && view.stage !== null && view.stage === sendOffOf(view)?.key;
}

/** Take events back and show the visit as it was; the log keeps both. */
async function undo(before: VisitView, events: readonly string[]): Promise<void> {
  const { status, reason, amount_minor, currency, category, stage, stages, departed_at, closing } = before;
  const restore = { status, reason, amount_minor, currency, category, stage, stages, departed_at, closing };
  await recordFirst(
    events.toReversed().map((event) => ({ type: 'event.voided', visit: before.id, data: { event }, hint: { restore } })),
  );
  go(`/visits/${before.id}`);
}

export type Outcome = {
  result: 'bought' | 'not_bought' | 'left_early';
  reason?: string;
  amount_minor?: number;
  currency?: string;
  category?: string;
  deposit?: boolean;
  /** The day they said they would be back, as the input gives it. */
  back_on?: string;
};

/** Whoever means to come back has not bought, and is called otherwise. */
export function endedAs(status: VisitView['status'], reason: string | null | undefined): string {
  const comesBack = config.value?.reasons.some(({ code, asks_date }) => asks_date && code === reason);
  return t(comesBack ? 'outcome_coming_back' : `status_${status}`);
}

/** How it ended. The send-off is entered with it, so that nobody has to tap it. */
export async function recordOutcome(view: VisitView, outcome: Outcome): Promise<void> {
  const { back_on, ...data } = outcome;
  const drafts: Draft[] = [{ type: 'outcome.recorded', visit: view.id, data: data as Record<string, Json> }];
  if (back_on) {
    // They named a day and no hour.
    drafts.push({ type: 'promise.made', visit: view.id, data: { kind: 'appointment', at: noon(back_on, zone()) } });
  }
  const last = sendOffOf(view);
  if (last && view.stage !== last.key) drafts.push(enter(view.id, last.key));
  const rows = await recordFirst(drafts);
  const mine = rows.filter((row) => row.event.visit === view.id).map((row) => row.id);
  say(t('outcome_said', { what: endedAs(outcome.result, outcome.reason) }), () => void undo(view, mine));
}

/** Started by mistake, a duplicate, or a try: it goes, and can be brought back for six seconds. */
export async function voidVisit(view: VisitView, reason: 'duplicate' | 'test' | 'mistake'): Promise<void> {
  const rows = await recordFirst([{ type: 'visit.voided', visit: view.id, data: { reason } }]);
  go('/');
  say(t('visit_removed'), () => void undo(view, rows.filter((row) => row.event.visit === view.id).map((row) => row.id)));
}

/** Where asking for the number is a step of its own, who got as far as the price and left one was asked. */
function askedFor(view: VisitView): Draft[] {
  const stages = stagesOf(playbookOf(view));
  const entered = new Set(view.stages.map(({ key }) => key));
  if (!stages.some(({ key, standard }) => standard === 'closing' && entered.has(key))) return [];
  return stages
    .filter(({ key, role, standard }) => role === 'progress' && standard === 'send_off' && !entered.has(key))
    .map(({ key }) => enter(view.id, key));
}

/** The customer leaves: who they are and what they agreed to, and the departure, all in one piece. */
export async function depart(view: VisitView, person: PersonRow | null): Promise<void> {
  const drafts: Draft[] = [];
  if (person !== null) {
    const customer = { id: person.id, name: person.address_as || person.name, last4: person.last4 };
    drafts.push({ type: 'customer.identified', visit: view.id, data: { customer: person.id }, hint: { customer } });
    if (person.last4 !== '') drafts.push(...askedFor(view));
  }
  drafts.push({ type: 'visit.departed', visit: view.id, data: {} });
  await recordFirst(drafts, { people: person === null ? [] : [person] });
  go('/');
}

/** The customer came back within the day: the text stops, and the visit goes on where the decision is made. */
export async function reopen(view: VisitView): Promise<void> {
  const drafts: Draft[] = [{ type: 'visit.reopened', visit: view.id, data: {} }];
  const stages = stagesOf(playbookOf(view)).filter((stage) => stage.role === 'progress');
  const closing = stages.find((stage) => stage.standard === 'closing') ?? stages.at(-1);
  if (closing) drafts.push(enter(view.id, closing.key));
  await recordFirst(drafts);
  go(`/visits/${view.id}`);
}

export async function cancelText(view: VisitView): Promise<void> {
  await recordFirst([{ type: 'text.cancelled', visit: view.id, data: {} }]);
}

/** True while a cancel is only this tablet's wish: it binds when the server has it. */
export function cancelWaiting(visit: string): boolean {
  return [...outbox.value, ...unsaved.value].some(({ event }) => event.visit === visit && event.type === 'text.cancelled');
}

/** A wrong number is corrected by sending the person again; what was agreed to goes with it. */
export async function correctPerson(view: VisitView, person: PersonRow): Promise<void> {
  await recordFirst([], { people: [textWaits(view.id) ? { ...person, in_time: view.id } : person] });
}

export const personOf = (view: VisitView): PersonRow | undefined => people.value.get(view.customer?.id ?? '');

/** Digits after the decimal point that a currency has: 2 for most, 0 for yen, 3 for a few. */
export function minorDigits(currency: string): number {
  const options = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return options.maximumFractionDigits ?? 2;
}

/** "1,234.5" -> 123450. Undefined when it is not an amount. */
export function toMinor(text: string, currency: string): number | undefined {
  const clean = text.replace(/[\s,，]/g, '');
  if (!/^\d{1,10}(\.\d*)?$/.test(clean)) return undefined;
  const digits = minorDigits(currency);
  const [whole = '0', fraction = ''] = clean.split('.');
  if (fraction.replace(/0+$/, '').length > digits) return undefined;
  return Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

export const shopCurrency = (): string => config.value?.store.currency ?? 'USD';
