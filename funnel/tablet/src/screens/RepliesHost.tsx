// The conversations are a part of their own, fetched when they are first opened; the service worker keeps it.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { net } from '../core/state';
import { t } from '../i18n';

const part = signal<ComponentType | null>(null);
const missing = signal(false);

async function fetchPart(): Promise<void> {
  try {
    part.value = (await import('./Replies')).Replies;
    missing.value = false;
  } catch {
    missing.value = true;
  }
}

export function RepliesHost() {
  const reachable = net.value;
  useEffect(() => {
    if (part.value === null) void fetchPart();
  }, [reachable]);
  const Part = part.value;
  if (Part !== null) return <Part />;
  return <main class="screen"><p class="alone muted">{t(missing.value ? 'replies_missing' : 'loading')}</p></main>;
}
