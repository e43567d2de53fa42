// A new business day: yesterday's people leave the tablet, with everything but what still waits to be sent or to go out.
import { effect } from '@preact/signals';
import { nothing, show } from './answer';
import { getMeta, saveAnswer, setMeta } from './db';
import { facts, messages, outbox, people, ready, today, unsaved, visitRows, visits } from './state';
import { startOver } from './sync';

function kept(): Set<string> {
  const waiting = [...outbox.value, ...unsaved.value].map((row) => row.event.visit ?? '');
  const due = [...messages.value.values()].filter((message) => message.can_cancel).map((message) => message.visit);
  const fresh = [...visits.value.values()].filter((view) => view.business_date >= today.value).map((view) => view.id);
  return new Set([...waiting, ...due, ...fresh]);
}

async function clear(): Promise<void> {
  const stay = kept();
  const met = new Set([...stay].map((id) => visits.value.get(id)?.customer?.id));
  const answered = nothing();
  answered.gone.visits = [...visitRows.value.keys()].filter((id) => !stay.has(id));
  answered.gone.facts = [...facts.value.values()]
    .filter((fact) => fact.kind !== 'message' || !stay.has((fact.data as { visit: string }).visit))
    .map((fact) => fact.key);
  answered.gone.people = [...people.value.values()]
    .filter((row) => row.rev <= row.acked && !met.has(row.id))
    .map((row) => row.id);
  await saveAnswer(answered);
  show(answered);
}

/** Done once for each day, also when the tablet was off at the cutoff. What is of today is then read again. */
export function startNewDay(): void {
  effect(() => {
    const day = today.value;
    if (!ready.value || day === '') return;
    void (async () => {
      const before = await getMeta<string>('day');
      if (before === day) return;
      if (before !== undefined) await clear();
      await setMeta('day', day);
      if (before !== undefined) await startOver();
    })().catch(() => undefined);
  });
}
