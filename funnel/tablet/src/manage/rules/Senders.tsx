// The numbers that texts leave from: whether they work, and how much of today's limit they have used.
import { count, dayAndTime } from '../format';
import { language } from '../i18n';
import { Bar } from '../parts';
import type { Policy, Sender } from './form';
import { pauseSender, reasons, resumeSender, switching } from './switching';
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
            <One sender={sender} limit={policy.settings.daily_budget ?? null} may={policy.may_change} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type Pause = NonNullable<Sender['pause']>;

function pausedBy(pause: Pause): string {
  const w = words();
  const when = dayAndTime(language.value, pause.at, null);
  return pause.of_all ? w.pausedForAll(when) : w.pausedBy(pause.by ?? w.somebody, when);
}

/** Pausing asks why, since whoever finds texts switched off must be able to read it. */
function Switch({ sender }: { sender: Sender }) {
  const w = words();
  const { provider } = sender;
  const told = switching.value[provider];
  const resume = (
    <button type="button" class="btn" data-testid={`resume-${provider}`} aria-disabled={told === 'busy'} onClick={() => void resumeSender(provider)}>
      {sender.state === 'paused' ? w.resume : w.askAgain}
    </button>
  );
  return (
    <div class="stack">
      {sender.state === 'paused' ? (sender.pause?.of_all ? null : resume) : (
        <form class="r-pause" onSubmit={(event) => { event.preventDefault(); void pauseSender(provider); }}>
          <label class="grow">
            <span class="meta">{w.pauseWhy}</span>
            <input class="input" maxLength={200} autocomplete="off" value={reasons.value[provider] ?? ''} data-testid={`pause-why-${provider}`}
              onInput={(event) => (reasons.value = { ...reasons.value, [provider]: event.currentTarget.value })} />
          </label>
          <button type="submit" class="btn" data-testid={`pause-${provider}`} aria-disabled={told === 'busy'}>{w.pause}</button>
          {sender.state === 'stopped' && resume}
        </form>
      )}
      {told !== undefined && told !== 'busy' && <p class="note warn" role="status" data-testid="switch-told">{w.switchFaults[told]}</p>}
    </div>
  );
}

function One({ sender, limit, may }: { sender: Sender; limit: number | null; may: boolean }) {
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
      {sender.why !== '' && <p data-testid="sender-why">{w.why(sender.why)}</p>}
      {sender.pause !== null && <p class="meta" data-testid="paused-by">{pausedBy(sender.pause)}</p>}
      {may && <Switch sender={sender} />}
      <p class="num" data-testid="used-today">{limit === null ? w.used(n(used)) : w.usedOf(n(used), n(limit))}</p>
      {limit !== null && <Bar part={Math.min(used, limit)} whole={limit} tone={nearly ? 'r-nearly' : ''} />}
      {limit !== null && nearly && <p class="note warn" data-testid="budget-warning">{used >= limit ? w.full : w.nearly}</p>}
    </div>
  );
}
