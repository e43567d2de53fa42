// A text that an associate words by hand while it waits. It is the server that sends, so it is the server that is asked.
import { signal } from '@preact/signals';
import { api, Problem } from './api';
import { kick } from './sync';
import type { MessageData } from './wire';

export type Draft = { words: string; version: number };
export type Refusal = 'offline' | 'on_its_way' | 'changed' | 'empty' | 'too_long' | 'server';
export type Shown = { words: string; body: string; segments: number; most: number };

/** What was typed, by text: a closed sheet or a lost connection takes nothing away. */
export const drafts = signal<ReadonlyMap<string, Draft>>(new Map());
export const shown = signal<Shown | null>(null);

const REFUSALS: Readonly<Record<string, Refusal>> = {
  already_on_its_way: 'on_its_way',
  nothing_to_edit: 'on_its_way',
  text_changed: 'changed',
  text_empty: 'empty',
  text_too_long: 'too_long',
};
const ASK_AFTER_MS = 300;
let timer = 0;

export const draftOf = (message: MessageData): Draft =>
  drafts.value.get(message.id) ?? { words: message.words, version: message.version };

function put(id: string, draft: Draft | null): void {
  const left = [...drafts.value].filter(([known]) => known !== id);
  drafts.value = new Map(draft === null ? left : [...left, [id, draft]]);
}

export function write(message: MessageData, words: string): void {
  put(message.id, { ...draftOf(message), words });
  look(message);
}

/** Ask how it would read and what it costs; without an answer the words alone must do. */
export function look(message: MessageData): void {
  clearTimeout(timer);
  const { words } = draftOf(message);
  timer = window.setTimeout(() => {
    api.previewText(message.id, words).then(
      ({ body, segments, most_segments: most }) => {
        if (draftOf(message).words === words) shown.value = { words, body, segments, most };
      },
      () => undefined,
    );
  }, ASK_AFTER_MS);
}

/** Take the text as it stands now as the one to change: what was typed is kept. */
export function goOnFrom(message: MessageData): void {
  put(message.id, { words: draftOf(message).words, version: message.version });
}

export function discard(message: MessageData): void {
  put(message.id, null);
  shown.value = null;
}

/** Null when the text now has these words. */
export async function save(message: MessageData): Promise<Refusal | null> {
  const { words, version } = draftOf(message);
  try {
    await api.editText(message.id, words, version);
    discard(message);
    // The changed text comes the way of every change.
    kick();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) return 'offline';
    return REFUSALS[error.code] ?? 'server';
  }
}
