// The numbers that texts leave from: whether they work, and how much of today's limit they have used.
import { count } from '../format';
import { language } from '../i18n';
import { Bar } from '../parts';
import type { Policy, Sender } from './form';
import { words } from './words';

// Where the server warns, too.
const WARN_AT = 0.8;
const TONES: Record<Sender['state'], string> = { ok: 'good', slow: 'warn', paused: 'bad', stopped: 'bad' };

export function Senders({ policy }: { policy: Policy }) {
  const w = words();
  return (
    <section class="card r-card" data-testid="senders">
      <h2>{w.senders}</h2>
      <p class="muted">{w.sendersLead}</p>
      {policy.senders.length === 0 && <p>{w.noSenders}</p>}
      <ul class="r-list">
        {policy.senders.map((sender) => (
          <li key={sender.provider} data-testid={`sender-${sender.provider}`}>
            <One sender={sender} limit={policy.settings.daily_budget ?? null} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ sender, limit }: { sender: Sender; limit: number | null }) {
  const w = words();
  const n = (value: number): string => count(language.value, value);
  const used = sender.used_today;
  const nearly = limit !== null && used >= WARN_AT * limit;
  return (
    <div class="r-sender">
      <div class="r-line">
        <strong>{sender.provider}</strong>
        <span class={`pill ${TONES[sender.state]}`}>{w.states[sender.state]}</span>
      </div>
      <p class="meta">
        {w.kinds[sender.kind] ?? sender.kind}
        {sender.segments_per_second !== null && <> · {w.rate(n(sender.segments_per_second))}</>}
      </p>
      {sender.why !== '' && <p>{w.why(sender.why)}</p>}
      <p class="num" data-testid="used-today">{limit === null ? w.used(n(used)) : w.usedOf(n(used), n(limit))}</p>
      {limit !== null && <Bar part={Math.min(used, limit)} whole={limit} tone={nearly ? 'r-nearly' : ''} />}
      {limit !== null && nearly && <p class="note warn" data-testid="budget-warning">{used >= limit ? w.full : w.nearly}</p>}
    </div>
  );
}
