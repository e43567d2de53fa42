// The wording page: which text, what it says, how it reads on a phone, and what it said before.
import './wording.css';
import { useEffect } from 'preact/hooks';
import { Header } from '../Header';
import { language } from '../i18n';
import { Editor } from './Editor';
import { History } from './History';
import { Phone } from './Phone';
import { choose, drafts, groups, load, template, templates, trouble } from './state';
import { words } from './words';
import type { messaging } from '../../generated/contract';

export function WordingPage() {
  const w = words();
  useEffect(() => void load(), []);
  return (
    <div class="m-page">
      <Header />
      <main class="m-main w-main" aria-busy={templates.value === null && trouble.value === null}>
        <div class="w-head">
          <h1>{w.title}</h1>
          <p class="muted">{w.lead}</p>
        </div>
        {trouble.value !== null && (
          <div class="note warn row" role="status" data-testid="wording-trouble">
            <span class="grow">{w.cannotLoad[trouble.value]}</span>
            <button type="button" class="btn" onClick={() => void load()}>{w.tryAgain}</button>
          </div>
        )}
        {templates.value === null && trouble.value === null && <p class="muted">{w.loading}</p>}
        {template.value !== null && (
          <div class="w-grid">
            <Purposes />
            <div class="w-editing">
              <Editor />
              <History />
            </div>
            <Phone />
          </div>
        )}
      </main>
    </div>
  );
}

function Purposes() {
  const w = words();
  return (
    <nav class="w-purposes" aria-label={w.title}>
      {groups.value.map(([group, purposes]) => (
        <section key={group}>
          <h2 class="label">{w.groups[group]}</h2>
          <ul>
            {purposes.map((purpose) => <li key={purpose}><Purpose purpose={purpose} /></li>)}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function Purpose({ purpose }: { purpose: messaging.Purpose }) {
  const w = words();
  const now = template.value;
  const unsaved = Object.keys(drafts.value).some((each) => each.startsWith(`${purpose}/`));
  return (
    <button type="button" class="btn w-purpose" data-testid={`purpose-${purpose}`}
      {...(now?.purpose === purpose ? { 'aria-current': 'true' } : {})}
      onClick={() => choose(purpose, now?.language ?? language.value)}>
      {w.purposes[purpose]}
      {unsaved && <span class="w-dot" title={w.changed} role="img" aria-label={w.changed} />}
    </button>
  );
}
