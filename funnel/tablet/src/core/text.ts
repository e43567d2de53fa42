// The text as the customer will read it. The server writes the real one; this is the same rule, so that the preview at
// the send-off shows exactly what will go out.
import type { Lang, TextBody, Titled } from './wire';

export type TextFields = { name: string; associate: string; brand: string; store: string };

/** `{field|fallback}` becomes the field, or the fallback when the field is empty. An unknown field is left empty. */
export function fill(body: string, fields: Readonly<Record<string, string>>): string {
  return body.replace(/\{([a-z_]+)(?:\|([^{}]*))?\}/g, (_whole, name: string, fallback: string | undefined) => {
    const value = (fields[name] ?? '').trim();
    return value === '' ? (fallback ?? '') : value;
  });
}

// What a phone would turn into a link, or a screen into markup: a name with that in it is not said at all.
const LIVE = /:\/\/|\bwww\b|@|[<>{}[\]|`\\]|&#?\w+;|[\p{L}\p{N}][.．。｡][A-Za-z]{2}|\d[\d\s().-]{5,}\d/u;
const LONGEST_NAME = 40;

/** A name as a text may carry it: one line, nothing live in it. */
export function safeName(text: string): string {
  const name = text
    .normalize('NFC')
    .replace(/\s/gu, ' ')
    .replace(/(?![\u200c\u200d])\p{C}/gu, '')
    .replace(/ +/g, ' ')
    .trim()
    // A curly apostrophe would make every segment half as long.
    .replace(/[\u2018\u2019]/g, "'");
  if (LIVE.test(name.normalize('NFKC')) || !/[\p{L}\p{N}]/u.test(name)) return '';
  return [...name].slice(0, LONGEST_NAME).join('').trimEnd();
}

/** What to call the customer: how they asked to be addressed, else the name they gave. */
export function greetingName(person: { name: string; address_as: string }): string {
  return safeName(person.address_as) || safeName(person.name);
}

/** Which wording a closing gets: a buyer's, a non-buyer's, or that of somebody who left early. */
export function purposeFor(status: string): string {
  return status === 'bought' || status === 'left_early' ? `departure_${status}` : 'departure_not_bought';
}

/** The whole text: Chinese carries the brand in front, and every text ends with how to say no to more. */
export function render(body: string, language: Lang, fields: TextFields, optOut: Titled): string {
  const signed = language !== 'zh' || body.startsWith('【') ? body : `【{brand}】${body}`;
  return fill(signed, { ...fields, associate: safeName(fields.associate) }) + optOut[language];
}

export function bodyFor(texts: readonly TextBody[], status: string, language: Lang): string {
  const purpose = purposeFor(status);
  return texts.find((text) => text.purpose === purpose && text.language === language)?.body ?? '';
}
