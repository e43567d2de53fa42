import { batch, signal } from '@preact/signals';
import { TopBar } from '../components/Header';
import { Icon } from '../components/Icon';
import { mmss } from '../core/clock';
import { idleSeconds, leftAlone, previous, signIn, type SignIn as Answer } from '../core/session';
import { config, emptied, openVisits } from '../core/state';
import type { Person } from '../core/wire';
import { t, tn } from '../i18n';
import * as ids from '../testids';

const DIGITS = 6;
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

// What is typed on the lock screen. It is gone with the next person.
const chosen = signal<string | null>(null);
const pin = signal('');
const busy = signal(false);
const refused = signal<(Answer & { ok: false }) | null>(null);

const people = (): Person[] => (config.value?.roster ?? []).filter((person) => person.active);

/** Whoever locked the tablet only needs the PIN; an empty string means: somebody else, please choose. */
function current(): Person | undefined {
  const id = chosen.value ?? previous();
  return people().find((person) => person.id === id);
}

function choose(id: string): void {
  batch(() => {
    chosen.value = id;
    pin.value = '';
    refused.value = null;
  });
}

async function type(person: Person, text: string): Promise<void> {
  if (busy.value) return;
  refused.value = null;
  pin.value = text.replace(/\D/g, '').slice(0, DIGITS);
  if (pin.value.length < DIGITS) return;
  busy.value = true;
  try {
    const answer = await signIn(person, pin.value);
    refused.value = answer.ok ? null : answer;
    if (answer.ok) chosen.value = null;
    if (emptied.value) choose('');
  } catch {
    refused.value = { ok: false, code: 'trouble', seconds: 0 };
  } finally {
    pin.value = '';
    busy.value = false;
  }
}

function words({ code, seconds }: Answer & { ok: false }): string {
  switch (code) {
    case 'pin_wrong':
      return t('signin_wrong');
    case 'pin_locked':
      return t('signin_locked', { time: mmss(seconds * 1_000) });
    case 'pin_blocked':
      return t('signin_blocked');
    case 'too_often':
      return t('signin_too_often');
    case 'never_here':
      return t('signin_never', { n: config.value?.limits.offline_hours ?? 12 });
    case 'device':
      return t('signin_device');
    case 'trouble':
      return t('signin_trouble');
  }
}

function Roster() {
  const list = people();
  if (list.length === 0) return <p class="muted">{t('signin_empty')}</p>;
  return (
    <ul class="roster">
      {list.map((person) => {
        const open = openVisits.value.filter((view) => view.owner === person.id).length;
        return (
          <li key={person.id}>
            <button type="button" class="btn big person" data-testid={ids.person(person.id)} onClick={() => choose(person.id)}>
              <span>{person.name}</span>
              {open > 0 ? <span class="meta">{tn('signin_open', open)}</span> : null}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Pad({ person }: { person: Person }) {
  const press = (key: string): void => void type(person, pin.value + key);
  return (
    <div class="pad-place">
      <label class="pin-label" for="pin">
        {t('signin_pin', { name: person.name })}
      </label>
      <input
        id="pin"
        class="input pin"
        type="password"
        // The keys below are the keyboard; pasting, a password manager and a real keyboard work too.
        inputMode="none"
        autocomplete="current-password"
        maxLength={DIGITS}
        placeholder={t('signin_hint')}
        autofocus
        data-testid={ids.pin}
        aria-invalid={refused.value !== null}
        aria-describedby="pin-error"
        value={pin.value}
        onInput={(event) => void type(person, event.currentTarget.value)}
      />
      <p id="pin-error" class="error" role="alert" data-testid={ids.signinError}>
        {refused.value === null ? '' : words(refused.value)}
      </p>
      <div class="pad">
        {KEYS.map((key) => (
          <button key={key} type="button" class="btn key" data-testid={ids.key(key)} onClick={() => press(key)}>
            {key}
          </button>
        ))}
        <button type="button" class="btn key quiet" data-testid={ids.key('delete')} onClick={() => (pin.value = pin.value.slice(0, -1))}>
          <Icon name="erase" />
          <span class="sr-only">{t('signin_delete')}</span>
        </button>
        <button type="button" class="btn key" data-testid={ids.key('0')} onClick={() => press('0')}>
          0
        </button>
        <span class="key-status meta" role="status">
          {busy.value ? t('signin_checking') : ''}
        </span>
      </div>
      <button type="button" class="btn quiet" data-testid={ids.signinOther} onClick={() => choose('')}>
        {t('signin_other')}
      </button>
      <p class="meta">{t('signin_forgot')}</p>
      {leftAlone ? <p class="meta">{tn('signin_idle', Math.round(idleSeconds() / 60))}</p> : null}
    </div>
  );
}

export function SignIn() {
  const person = current();
  return (
    <div class="alone">
      <TopBar>
        <span class="shop">{config.value?.store.name}</span>
      </TopBar>
      <main class="signin">
        {person === undefined ? <h1>{t('signin_title')}</h1> : <h1 class="sr-only">{t('signin_title')}</h1>}
        {emptied.value ? <p class="note warn" role="alert" data-testid={ids.emptied}>{t('signin_emptied')}</p> : null}
        {config.value === null ? null : person === undefined ? <Roster /> : <Pad key={person.id} person={person} />}
      </main>
    </div>
  );
}
