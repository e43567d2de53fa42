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

/** What to call the customer: how they asked to be addressed, else the name they gave. */
export function greetingName(person: { name: string; address_as: string }): string {
  return person.address_as.trim() || person.name.trim();
}

/** Which wording a closing gets: a buyer's, a non-buyer's, or that of somebody who left early. */
export function purposeFor(status: string): string {
  return status === 'bought' || status === 'left_early' ? `departure_${status}` : 'departure_not_bought';
}

/** The whole text: Chinese carries the brand in front, and every text ends with how to say no to more. */
export function render(body: string, language: Lang, fields: TextFields, optOut: Titled): string {
  const text = fill(body, fields) + optOut[language];
  return language === 'zh' ? `【${fields.brand}】${text}` : text;
}

export function bodyFor(texts: readonly TextBody[], status: string, language: Lang): string {
  const purpose = purposeFor(status);
  return texts.find((text) => text.purpose === purpose && text.language === language)?.body ?? '';
}
