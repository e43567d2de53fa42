// A visit as this tablet sees it: the server's last word with the taps on top that the server has not confirmed yet.
// The server folds the whole log; this is only the small part a screen needs at once, and it is thrown away as soon as
// the server's own state arrives.
import type { Json, VisitData, WireEvent } from './wire';

/** What the tablet knows beside an event and must not send: personal data, and what an undo takes back. */
export type Hint = {
  business_date?: string;
  customer?: { id: string; name: string; last4: string };
  /** For an undo: what the visit looked like before the event that is taken back. */
  restore?: Partial<VisitView>;
  /** Tapped while, as far as this tablet knew, the visit's text could still be changed. */
  in_time?: true;
};

export type LocalEvent = { event: WireEvent; hint?: Hint };

/** What the server's public state of a visit may not carry back, kept beside it. */
export type Extras = {
  playbook: string;
  needs: Readonly<Record<string, string>>;
  objections: readonly string[];
  /** Objection code -> the event of this tablet that raised it, so that a second tap can take it back. */
  raised: Readonly<Record<string, string>>;
};
export type VisitView = VisitData & Extras;

export const NO_EXTRAS: Extras = { playbook: '', needs: {}, objections: [], raised: {} };

export function extrasOf(view: VisitView): Extras {
  const { playbook, needs, objections, raised } = view;
  return { playbook, needs, objections, raised };
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const whole = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

function started({ event, hint }: LocalEvent, at: string): VisitView {
  const { data } = event;
  return {
    id: event.visit ?? '',
    number: null,
    business_date: hint?.business_date ?? at.slice(0, 10),
    status: 'open',
    stage: null,
    stages: [],
    ticks: [],
    owner: event.actor,
    helpers: [],
    party_size: whole(data['party_size']) ?? 1,
    source: text(data['source']),
    kind: text(data['kind']),
    started_at: at,
    departed_at: null,
    closing: 0,
    reason: null,
    amount_minor: null,
    currency: null,
    category: null,
    customer: null,
    practice: data['practice'] === true,
    sold_kept: false,
    parked: false,
    ...NO_EXTRAS,
    playbook: text(data['playbook']),
  };
}

function outcome(view: VisitView, data: Readonly<Record<string, Json>>): VisitView {
  const result = text(data['result']);
  // Sold stays sold (ruling 7): a later loss is for a manager to look at, not for this screen to show.
  if (view.status === 'bought' && result !== 'bought') return { ...view, sold_kept: true };
  const status = result === 'bought' || result === 'left_early' ? result : 'not_bought';
  return {
    ...view,
    status,
    reason: text(data['reason']) || null,
    amount_minor: whole(data['amount_minor']),
    currency: text(data['currency']) || null,
    category: text(data['category']) || null,
  };
}

function need(view: VisitView, field: string, value: string): VisitView {
  const { [field]: _before, ...others } = view.needs;
  return { ...view, needs: value === '' ? others : { ...others, [field]: value } };
}

function objection(view: VisitView, code: string, event: string): VisitView {
  if (view.objections.includes(code)) return view;
  return { ...view, objections: [...view.objections, code], raised: { ...view.raised, [code]: event } };
}

/** One more event on top of a visit. An event for a visit nobody has seen yet changes nothing that can be shown. */
export function apply(view: VisitView | null, local: LocalEvent, offsetMs: number): VisitView | null {
  const { event, hint } = local;
  const { data } = event;
  const at = new Date(Date.parse(event.at) + offsetMs).toISOString();
  if (event.type === 'visit.started') return view ?? started(local, at);
  if (view === null) return null;
  switch (event.type) {
    case 'visit.assigned': {
      const staff = text(data['staff']);
      if (data['as'] === 'owner') return { ...view, owner: staff };
      return view.helpers.includes(staff) ? view : { ...view, helpers: [...view.helpers, staff] };
    }
    case 'stage.entered': {
      const key = text(data['stage']);
      return { ...view, stage: key, stages: [...view.stages, { key, at, actor: event.actor }] };
    }
    case 'item.ticked': {
      const item = text(data['item']);
      const ticks = view.ticks.filter((key) => key !== item);
      return { ...view, ticks: data['on'] === true ? [...ticks, item] : ticks };
    }
    case 'need.recorded':
      return need(view, text(data['field']), text(data['value']));
    case 'objection.raised':
      return objection(view, text(data['code']), event.id);
    case 'customer.identified':
      return { ...view, customer: hint?.customer ?? { id: text(data['customer']), name: '', last4: '' } };
    case 'outcome.recorded':
      return outcome(view, data);
    case 'visit.departed':
      return view.departed_at === null ? { ...view, departed_at: at, closing: view.closing + 1 } : view;
    case 'visit.reopened':
      return { ...view, departed_at: null };
    case 'visit.voided':
      return { ...view, status: 'voided' };
    case 'event.voided':
      return { ...view, ...hint?.restore };
    default:
      return view;
  }
}

/** The server's state (if any), what it does not carry, and the events it has not confirmed, in the order of the taps. */
export function fold(
  base: (VisitData & Partial<Extras>) | null,
  extras: Extras,
  pending: readonly LocalEvent[],
  offsetMs: number,
): VisitView | null {
  // What the server does carry is newer than what this tablet remembers.
  const start: VisitView | null = base === null ? null : { ...extras, ...base };
  return pending.reduce((state, local) => apply(state, local, offsetMs), start);
}

/** Not gone yet: it belongs to the tabs, though its outcome may be known already. */
export function isOpen(view: VisitData): boolean {
  return view.departed_at === null && view.status !== 'voided' && view.status !== 'not_closed_out';
}
