// Everything the screens read. Nothing here touches storage or the network; `outbox`, `sync` and `session` write it.
import { batch, computed, signal } from '@preact/signals';
import { businessDate, clock, now } from './clock';
import type { Everything, FactRow, NoteRow, OutboxRow, PersonRow, VisitRow } from './db';
import { fold, isOpen, NO_EXTRAS, type VisitView } from './fold';
import type { Bootstrap, MessageData, Person, Playbook, PresenceData, QuarantineData, Session, Stage } from './wire';

export type DeviceState = 'unknown' | 'enrolled' | 'missing' | 'revoked' | 'retired';

export const ready = signal(false);
export const config = signal<Bootstrap | null>(null);
export const etag = signal('');
export const session = signal<Session | null>(null);
export const device = signal<DeviceState>('unknown');
export const me = signal<Person | null>(null);

export const outbox = signal<readonly OutboxRow[]>([]);
/** Tapped, painted, and not yet on the disk. More than a moment here is the red bar's business. */
export const unsaved = signal<readonly OutboxRow[]>([]);
export const notSaved = signal(false);
export const visitRows = signal<ReadonlyMap<string, VisitRow>>(new Map());
export const people = signal<ReadonlyMap<string, PersonRow>>(new Map());
export const notes = signal<ReadonlyMap<string, NoteRow>>(new Map());
export const facts = signal<ReadonlyMap<string, FactRow>>(new Map());

export const net = signal<'unknown' | 'online' | 'offline'>('unknown');
export const lastSeen = signal(0);
export const updateReady = signal(false);
/** Too many wrong PINs came in a row: everything was forgotten, and nobody has signed in since. */
export const emptied = signal(false);

export function loaded(all: Everything): void {
  batch(() => {
    outbox.value = all.outbox;
    visitRows.value = new Map(all.visits.map((row) => [row.id, row]));
    people.value = new Map(all.people.map((row) => [row.id, row]));
    notes.value = new Map(all.notes.map((row) => [row.id, row]));
    facts.value = new Map(all.facts.map((row) => [row.key, row]));
    config.value = all.config?.data ?? null;
    etag.value = all.config?.etag ?? '';
    emptied.value = all.emptied;
    if (all.emptied) me.value = null;
  });
}

type Folded = { row: VisitRow | undefined; last: string; count: number; offset: number; view: VisitView | null };
const folded = new Map<string, Folded>();

/** Every visit this tablet knows. Only those whose row or taps changed are folded again. */
export const visits = computed<ReadonlyMap<string, VisitView>>(() => {
  const offset = clock.value.offset_ms;
  const pending = new Map<string, OutboxRow[]>();
  for (const row of [...outbox.value, ...unsaved.value]) {
    const { visit } = row.event;
    if (visit === null) continue;
    const list = pending.get(visit);
    if (list) list.push(row);
    else pending.set(visit, [row]);
  }
  const views = new Map<string, VisitView>();
  for (const id of new Set([...visitRows.value.keys(), ...pending.keys()])) {
    const row = visitRows.value.get(id);
    const events = pending.get(id) ?? [];
    const [last, count] = [events.at(-1)?.id ?? '', events.length];
    let known = folded.get(id);
    if (!known || known.row !== row || known.last !== last || known.count !== count || known.offset !== offset) {
      const view = fold(row?.base ?? null, row?.extras ?? NO_EXTRAS, events, offset);
      folded.set(id, (known = { row, last, count, offset, view }));
    }
    if (known.view !== null) views.set(id, known.view);
  }
  return views;
});

/** Times are the shop's: a tablet may be set to another zone. */
export const zone = (): string => config.value?.store.zone ?? 'UTC';

export function dayOf(at: number): string {
  const store = config.value?.store;
  return store ? businessDate(at, store.zone, store.cutoff_minutes) : '';
}
export const today = computed(() => dayOf(now.value));

const byStart = (a: VisitView, b: VisitView): number =>
  a.started_at < b.started_at ? -1 : a.started_at > b.started_at ? 1 : a.id < b.id ? -1 : 1;

/** A visit of an earlier day that was never closed is a manager's business, not a tab. */
export const openVisits = computed(() =>
  [...visits.value.values()].filter((view) => isOpen(view) && view.business_date === today.value).sort(byStart),
);
export const myOpenVisits = computed(() => {
  const id = me.value?.id ?? '';
  return openVisits.value.filter((view) => view.owner === id || view.helpers.includes(id));
});
export const todaysVisits = computed(() =>
  [...visits.value.values()].filter((view) => view.business_date === today.value && view.status !== 'voided').sort(byStart),
);

function factsOf<T>(kind: string): T[] {
  return [...facts.value.values()].filter((fact) => fact.kind === kind).map((fact) => fact.data as T);
}

/** The newest text of each visit: an older closing's row only explains the past. */
export const messages = computed<ReadonlyMap<string, MessageData>>(() => {
  const newest = new Map<string, MessageData>();
  for (const message of factsOf<MessageData>('message')) {
    const known = newest.get(message.visit);
    if (!known || message.closing >= known.closing) newest.set(message.visit, message);
  }
  return newest;
});

/** The customer has left and, as far as this tablet knows, what is tapped now still decides about their text. */
export const textWaits = (visit: string): boolean =>
  !!visits.value.get(visit)?.departed_at && (messages.value.get(visit)?.can_cancel ?? true);

/** Visits whose customer has left today, and older ones whose text still waits; the last to leave first. */
export const followUps = computed(() =>
  [...visits.value.values()]
    .filter((view) => view.departed_at !== null && view.status !== 'voided')
    .filter((view) => view.business_date === today.value || messages.value.get(view.id)?.state === 'scheduled')
    .sort((a, b) => ((a.departed_at ?? '') < (b.departed_at ?? '') ? 1 : -1)),
);
export const mineFollowUps = computed(() => followUps.value.filter((view) => view.owner === me.value?.id));

/** Whether the store knows them: it was tapped at the start, or they bought at an earlier visit that this tablet has. */
export function cameBack(view: VisitView): boolean {
  const boughtBefore = (other: VisitView): boolean =>
    other.status === 'bought' && !other.practice && other.customer?.id === view.customer?.id && other.started_at < view.started_at;
  return view.source === 'returning' || (view.customer !== null && [...visits.value.values()].some(boughtBefore));
}

const latestPresence = computed<ReadonlyMap<string, PresenceData>>(() => {
  const latest = new Map(factsOf<PresenceData>('presence').map((fact) => [fact.staff, fact]));
  for (const { event } of [...outbox.value, ...unsaved.value]) {
    if (event.type !== 'presence.changed') continue;
    const at = new Date(Date.parse(event.at) + clock.value.offset_ms).toISOString();
    const { state, reason } = event.data as { state: PresenceData['state']; reason?: string };
    latest.set(event.actor, { staff: event.actor, state, reason: reason ?? null, at });
  }
  return latest;
});
export const presence = (staff: string): PresenceData | undefined => latestPresence.value.get(staff);

export const quarantined = computed(() => factsOf<QuarantineData>('quarantine'));
export const parked = computed(() => [...outbox.value.filter((row) => row.parked !== undefined)]);
export const needsLook = computed(() => quarantined.value.length + parked.value.length);

export const waiting = computed(() => {
  const events = outbox.value.filter((row) => row.parked === undefined).length + unsaved.value.length;
  const persons = [...people.value.values()].filter((row) => row.rev > row.acked && row.parked === undefined).length;
  return events + persons + notes.value.size;
});

export function playbookOf(view: VisitView | undefined): Playbook | undefined {
  const books = config.value?.playbooks ?? [];
  const id = view?.playbook ?? '';
  // The very version, else a newer one of the same playbook, else the shop's own: a rail is better than none.
  return (
    books.find((book) => book.id === id) ??
    books.find((book) => book.key === id.split('@')[0]) ??
    books.find((book) => book.id === config.value?.playbook || book.key === config.value?.playbook) ??
    books[0]
  );
}

export const stagesOf = (book: Playbook | undefined): Stage[] =>
  [...(book?.stages ?? [])].sort((a, b) => a.position - b.position);

export const nameOf = (staff: string | null): string =>
  config.value?.roster.find((person) => person.id === staff)?.name ?? '';
