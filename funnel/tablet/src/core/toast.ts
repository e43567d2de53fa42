// The bar at the foot: what just happened, and for six seconds the way back. The undo itself stays in the visit's history.
import { signal } from '@preact/signals';

export type Toast = { id: number; text: string; undo?: () => void };

const SHOWN_MS = 6_000;
export const toast = signal<Toast | null>(null);
let timer = 0;
let count = 0;

export function say(text: string, undo?: () => void): void {
  clearTimeout(timer);
  count += 1;
  toast.value = undo === undefined ? { id: count, text } : { id: count, text, undo };
  timer = window.setTimeout(dismiss, SHOWN_MS);
}

export function dismiss(): void {
  clearTimeout(timer);
  toast.value = null;
}
