// Settings of this tablet that mean nothing to the server. In localStorage, because they are wanted before the first paint.
import { effect, signal } from '@preact/signals';
import { htmlLang, lang } from '../i18n';

export type Theme = 'auto' | 'light' | 'dark';
export type Hand = 'right' | 'left';

const stored = (key: string): string => localStorage.getItem(`sendoff.${key}`) ?? '';

export const theme = signal<Theme>(stored('theme') === 'light' ? 'light' : stored('theme') === 'dark' ? 'dark' : 'auto');
export const hand = signal<Hand>(stored('hand') === 'left' ? 'left' : 'right');

export function startPrefs(): void {
  effect(() => {
    document.documentElement.lang = htmlLang(lang.value);
  });
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === 'auto') delete dataset['theme'];
    else dataset['theme'] = theme.value;
    dataset['hand'] = hand.value;
    localStorage.setItem('sendoff.theme', theme.value);
    localStorage.setItem('sendoff.hand', hand.value);
  });
}
