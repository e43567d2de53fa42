// The text as the customer will read it. The server writes the real one (messaging/wording/composing.py); these are the same rules,
// so that the preview at the send-off is what will go out, to the letter. A test compares the two over a long table.
import type { messaging } from '../generated/contract';
import type { Country, Lang, TextBody, TextRules } from './wire';

export type TextFields = { name: string; associate: string; brand: string; store: string };

// What a phone would turn into a link, or a screen into markup: a name with that in it is not said at all.
const WORD = '[\\p{L}\\p{N}_]';
const LIVE = new RegExp(
  `://|(?<!${WORD})www(?!${WORD})|@|[<>{}[\\]|\`\\\\]|&#?${WORD}+;|[\\p{L}\\p{N}][.．。｡][A-Za-z]{2}|\\p{Nd}[\\p{Nd}\\s().-]{5,}\\p{Nd}`,
  'u',
);
// Needed inside the words of several scripts and inside emoji; every other invisible mark goes.
const JOINER = /[\u200c\u200d]/;

/** Text in NFC on one line, without control characters and without marks that turn the reading direction. */
function plain(text: string): string {
  return text
    .replace(/[\p{Z}\t-\r\x1c-\x1f\x85]/gu, ' ')
    .replace(/(?![\u200c\u200d])\p{C}/gu, '')
    .normalize('NFC')
    .replace(/ +/g, ' ')
    .replace(/^ | $/g, '');
}

/** The first `longest` characters; an accent or a joined emoji goes together with what it belongs to. */
function cut(name: string, longest: number): string {
  const signs = [...name];
  if (signs.length <= longest) return name;
  let end = longest;
  const splits = (): boolean =>
    /\p{M}/u.test(signs[end] ?? '') || JOINER.test((signs[end] ?? '') + (signs[end - 1] ?? ''));
  while (end > 0 && splits()) end -= 1;
  return signs.slice(0, end).join('').trimEnd();
}

/** A name as a text may carry it: one line, nothing live in it, at most `longest` characters. */
export function safeName(text: string, longest: number): string {
  // A curly apostrophe would make every segment half as long.
  const name = plain(text).replace(/[\u2018\u2019]/g, "'");
  if (LIVE.test(name.normalize('NFKC')) || !/[\p{L}\p{N}]/u.test(name)) return '';
  return cut(name, longest);
}

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/** What a text costs: GSM-7 as long as every character is in its alphabet, else UCS-2 for all of it. */
export function segments(body: string): number {
  const signs = [...body];
  const short = signs.every((sign) => BASIC.has(sign) || EXTENDED.has(sign));
  const widths = signs.map((sign) => (short ? (EXTENDED.has(sign) ? 2 : 1) : sign.length));
  const [alone, joined] = short ? [160, 153] : [70, 67];
  if (widths.reduce((sum, width) => sum + width, 0) <= alone) return 1;
  let [count, used] = [1, 0];
  for (const width of widths) {
    if (used + width > joined) [count, used] = [count + 1, 0];
    used += width;
  }
  return count;
}

/** What to call the customer: how they asked to be addressed, else the name they gave. */
export const calledBy = (person: { name: string; address_as: string }): string => person.address_as.trim() || person.name.trim();

/**
 * The country whose opt-out words the text ends with: the number's own, which a number that begins with + says itself.
 * Until the server has read the number, its calling code decides.
 */
export function countryOf(number: string, chosen: string, countries: readonly Country[], told: string): string {
  if (told !== '') return told;
  const typed = number.normalize('NFKC').replace(/[^\d+]/g, '').replace(/^00/, '+');
  if (!typed.startsWith('+')) return chosen;
  const fits = countries.filter(({ calling }) => typed.startsWith(calling));
  return fits.some(({ code }) => code === chosen) ? chosen : (fits[0]?.code ?? chosen);
}

/** Which wording a closing gets: a buyer's thanks, a welcome back, or what fits how a new face's visit ended. */
export function purposeFor(status: string, cameBack: boolean): messaging.Purpose {
  if (status === 'bought') return 'departure_bought';
  if (cameBack) return 'departure_came_back';
  return status === 'left_early' ? 'departure_left_early' : 'departure_not_bought';
}

export function bodyFor(texts: readonly TextBody[], status: string, cameBack: boolean, language: Lang): string {
  const purpose = purposeFor(status, cameBack);
  return texts.find((text) => text.purpose === purpose && text.language === language)?.body ?? '';
}

export type Asked = { body: string; language: Lang; fields: TextFields; country: string };

/** The whole text. Names are shortened, and at last left out, until it fits into the allowed segments. */
export function render(asked: Asked, rules: TextRules): string {
  let text = '';
  for (const longest of rules.name_lengths) {
    text = compose(asked, rules, longest);
    if (segments(text) <= rules.max_segments) break;
  }
  return text;
}

function compose({ body, language, fields, country }: Asked, rules: TextRules, longest: number): string {
  const brand = plain(fields.brand);
  const given: Record<string, string> = {
    name: safeName(fields.name, longest),
    associate: safeName(fields.associate, longest),
    brand,
    store: plain(fields.store),
  };
  const lastResort: Record<string, string> = { name: rules.fallback_name[language], associate: brand };
  // One pass: a value that looks like a field is left as it is.
  const said = body
    .replace(/\{([^{}|]*)(?:\|([^{}|]*))?\}/g, (_whole, name: string, fallback: string | undefined) => {
      return given[name] || (fallback ?? lastResort[name] ?? '');
    })
    .trimEnd();
  const ended = [...rules.sentence_ends].some((end) => said.endsWith(end));
  const optOut = rules.opt_out_by_country[country]?.[language] ?? rules.opt_out[language];
  return said + (ended ? '' : rules.full_stop[language]) + optOut;
}
