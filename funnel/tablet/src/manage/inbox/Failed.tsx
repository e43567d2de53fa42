// Texts that did not arrive, or of which nobody can be sure: why, and what a person may decide.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { API, json, Problem, UNATTENDED } from '../../core/http';
import { messaging } from '../../generated/contract';
import type { components } from '../../generated/api';
import { CallInstead } from '../../talk/CallInstead';
import { when } from '../../talk/List';
import { aside, show } from '../../talk/state';
import { language } from '../i18n';
import { endingOf, isAway, manager, signedOut } from '../store';
import { words } from './words';

type Text = components['schemas']['MessageOut'];

const texts = signal<readonly Text[] | null>(null);
const trouble = signal(false);
const told = signal<string | null>(null);

const ended = (refused: Problem): void => signedOut(endingOf(refused));

async function load(headers: Record<string, string> = {}): Promise<void> {
  try {
    const found = await json<{ items: Text[] }>(`${API}/messages?attention=true&limit=100`, { headers });
    texts.value = found.items;
    trouble.value = false;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return ended(error);
    trouble.value = isAway(error) || texts.value === null;
  }
}

async function decide(id: string, decision: 'sent' | 'again' | 'drop'): Promise<void> {
  try {
    await json(`${API}/messages/${id}/resolve`, { method: 'POST', body: { decision } });
    told.value = null;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return ended(error);
    told.value = error instanceof Problem && error.status === 409 ? words().decided : words().notDecided;
  }
  await load();
}

export function FailedTab() {
  const open = (): void => {
    aside.value = true;
    show(null);
  };
  return (
    <button type="button" class="btn" aria-pressed={aside.value} data-testid="box-failed" onClick={open}>
      {words().failed}
    </button>
  );
}

export function Failed() {
  const w = words();
  useEffect(() => {
    void load();
    const timer = setInterval(() => { if (!document.hidden) void load(UNATTENDED); }, 5_000);
    return () => clearInterval(timer);
  }, []);
  const zone = manager.value?.stores[0]?.zone ?? 'UTC';
  if (trouble.value) return <p class="note warn" role="status">{w.unreachable}</p>;
  if (texts.value === null) return <p class="muted t-none">{w.loading}</p>;
  if (texts.value.length === 0) {
    return <div class="t-none" data-testid="failed-empty"><strong>{w.none}</strong><p class="muted">{w.noneHint}</p></div>;
  }
  return (
    <>
      {told.value !== null && <p class="note warn" role="status">{told.value}</p>}
      <ul class="t-list" data-testid="failed">
        {texts.value.map((text) => <li key={text.id} class="i-failed card"><Row text={text} zone={zone} /></li>)}
      </ul>
    </>
  );
}

function Row({ text, zone }: { text: Text; zone: string }) {
  const w = words();
  const reasons: Readonly<Record<string, Record<'en' | 'zh', string>>> = messaging.REASONS;
  return (
    <>
      <span class="t-line">
        <strong class="t-name">{text.to_name === '' ? w.nobody : text.to_name}</strong>
        <span class="meta num">··{text.to_last4}</span>
        <time class="meta num t-when" dateTime={text.send_at}>{when(text.send_at, zone)}</time>
      </span>
      <span>{reasons[text.reason ?? '']?.[language.value]}</span>
      <span class="meta i-body">{text.body}</span>
      {text.can_call && <CallInstead id={text.id} headers={{}} ended={ended} />}
      {text.can_resolve && (
        <span class="row">
          <button type="button" class="btn" data-testid="resolve-sent" onClick={() => void decide(text.id, 'sent')}>{w.sent}</button>
          {text.can_send_again && <button type="button" class="btn" data-testid="resolve-again" onClick={() => void decide(text.id, 'again')}>{w.again}</button>}
          <button type="button" class="btn quiet" data-testid="resolve-drop" onClick={() => void decide(text.id, 'drop')}>{w.drop}</button>
        </span>
      )}
    </>
  );
}
