// Places in a text. The server counts characters; a textarea counts UTF-16 units, of which an emoji has two.
import type { Fault, Letter } from './state';

export type Mark = { from: number; to: number; tone: 'fault' | 'letter' };
export type Piece = { text: string; tone: Mark['tone'] | null };

/** From the server's count, which begins after leading blanks, to the textarea's. */
export function place(text: string, offset: number, length: number): { from: number; to: number } {
  const signs = [...text];
  const blank = [...(/^\s*/.exec(text)?.[0] ?? '')].length;
  const units = (count: number): number => signs.slice(0, count).join('').length;
  return { from: units(blank + offset), to: units(blank + offset + length) };
}

export function marksOf(text: string, faults: readonly Fault[], letters: readonly Letter[]): Mark[] {
  const faulty = faults.map(({ offset, length }): Mark => ({ ...place(text, offset, length), tone: 'fault' }));
  const dear = letters.map(({ offset }): Mark => ({ ...place(text, offset, 1), tone: 'letter' }));
  return [...faulty, ...dear];
}

/** The text in pieces, each with its tone; where marks meet, a fault goes before a letter that only costs. */
export function piecesOf(text: string, marks: readonly Mark[]): Piece[] {
  const edges = [0, text.length, ...marks.flatMap(({ from, to }) => [from, to])];
  const sorted = [...new Set(edges)].filter((edge) => edge <= text.length).sort((a, b) => a - b);
  return sorted.slice(1).map((to, n) => {
    const from = sorted[n] ?? 0;
    const over = marks.filter((mark) => mark.from <= from && mark.to >= to && mark.to > mark.from);
    const tone = over.find((mark) => mark.tone === 'fault')?.tone ?? over[0]?.tone ?? null;
    return { text: text.slice(from, to), tone };
  });
}

const LETTER = /^[\p{L}\p{N}]/u;
const HAN = /^\p{Script=Han}/u;
// Behind these, and at the beginning, nothing needs to be kept apart: Chinese is written without spaces.
const CLOSE_BEHIND = /(?:^|[\s(\p{Script=Han}\u3000-\u303f\uff00-\uffef])$/u;

/** A field with the spaces that keep it from the words around it. */
export function spaced(before: string, field: string, after: string): string {
  // A phone takes whatever follows an address for a part of it, Chinese too.
  const apart = LETTER.test(after) && (!HAN.test(after) || field.startsWith('{page'));
  return `${CLOSE_BEHIND.test(before) ? '' : ' '}${field}${apart ? ' ' : ''}`;
}
