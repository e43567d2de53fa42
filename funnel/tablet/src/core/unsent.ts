// A copy of what has not been sent, for the day a tablet has to be reset. It holds no names and no numbers.
import type { OutboxRow } from './db';

export function exportUnsent(rows: readonly OutboxRow[]): void {
  const text = JSON.stringify({ saved_at: new Date().toISOString(), events: rows.map((row) => row.event) }, null, 2);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = 'sendoff-unsent.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
