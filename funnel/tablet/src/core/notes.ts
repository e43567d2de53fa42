// A note goes beside its event, never in it: it can be erased, the log cannot. Unsent it lies encrypted on the tablet.
import { uuid7 } from './ids';
import { recordFirst } from './outbox';
import { hide } from './seal';

export async function addNote(visit: string, text: string): Promise<void> {
  const id = uuid7();
  const sealed = await hide(text);
  await recordFirst([{ type: 'note.added', visit, data: { note: id } }], { notes: [{ id, visit, sealed }] });
}
