// What is waiting to be sent, as one queue: people first, because events name them, then notes, then events in order.
import type { NoteRow, OutboxRow, PersonRow } from './db';
import { numberedInMemory } from './outbox';
import { open } from './seal';
import { notes, notSaved, outbox, people } from './state';
import type { WireNote, WirePerson } from './wire';

export type Unit =
  | { kind: 'person'; id: string; row: PersonRow }
  | { kind: 'note'; id: string; row: NoteRow }
  | { kind: 'event'; id: string; row: OutboxRow };

export function waitingUnits(): Unit[] {
  const persons = [...people.value.values()].filter((row) => row.rev > row.acked && row.parked === undefined);
  const events = notSaved.value ? [...outbox.value, ...numberedInMemory()] : outbox.value;
  return [
    ...persons.map((row) => ({ kind: 'person', id: row.id, row }) as const),
    ...[...notes.value.values()].filter((row) => !row.parked).map((row) => ({ kind: 'note', id: row.id, row }) as const),
    ...events.filter((row) => row.parked === undefined).map((row) => ({ kind: 'event', id: row.id, row }) as const),
  ];
}

export async function wirePerson(row: PersonRow): Promise<WirePerson> {
  // A key that was lost with the browser's storage leaves a person without a number, not a queue that stands still. One
  // that cannot be read just now makes the queue wait: sent without the number, it would be forgotten here as well.
  const number = row.sealed === null ? null : await open<string>(row.sealed);
  const { id, name, address_as, language, consents } = row;
  return { id, name, address_as, number, country: row.country || null, language, consents };
}

export async function wireNote(row: NoteRow): Promise<WireNote> {
  return { id: row.id, visit: row.visit, text: (await open<string>(row.sealed)) ?? '?' };
}
