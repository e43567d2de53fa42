import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { mmss } from '../core/clock';
import { lang } from '../i18n';
import { Device } from './Device';
import { words } from './i18n';
import { LanguageButton } from './PhonePage';
import { PhoneList, Screen } from './Phones';
import { cut, join, toggle } from './wifi';
import { cast, enter, jump, jumpFailed, jumping, killed, killWorker, lost, now, stage, state, switchRules, zone, type Jump } from './state';

// On a large screen all three stand side by side, the tablets upright; below that the tablet lies above the rest.
const query = matchMedia('(min-width: 1440px) and (min-height: 880px)');
const wide = signal(query.matches);
query.addEventListener('change', () => { wide.value = query.matches; });

export function DemoPage() {
  const w = words();
  const ready = stage.value === 'ready';
  return (
    <div class="d-page">
      <header class="d-top">
        <Guide />
        <Clock />
      </header>
      <Trouble />
      {lost.value && <p class="note warn" role="status">{w.lost}</p>}
      {jumpFailed.value && <p class="note bad" role="alert">{w.jumpFailed}</p>}
      <main class="d-stage">
        <Part name={w.tablet} note={w.tabletNote} href="/?demo=1" area="tablet">
          {ready ? <Device title={w.tablet} src="/?demo=1" upright={wide.value} testId="tablet-frame" join={join} /> : <Starting />}
        </Part>
        <Part name={w.phone} href="/demo/phone" area="phone">
          <PhoneList />
          <Screen />
        </Part>
        <Part name={w.manager} note={w.managerNote} href="/manage" area="manager">
          {ready && <Device title={w.manager} src="/manage" upright={wide.value} testId="manager-frame" />}
        </Part>
      </main>
    </div>
  );
}

/** Everything keeps its promise before one's eyes. */
function Trouble() {
  const w = words();
  const alive = state.value?.worker ?? true;
  const rules = state.value?.rules ?? false;
  return (
    <section class="d-trouble row" aria-label={w.trouble}>
      <strong>{w.trouble}</strong>
      <button type="button" class="btn" data-testid="cut-wifi" aria-pressed={cut.value} onClick={toggle}>
        {cut.value ? w.mendWifi : w.cutWifi}
      </button>
      <button type="button" class="btn" data-testid="kill-worker" disabled={!alive} onClick={() => void killWorker()}>
        {w.killWorker}
      </button>
      <button type="button" class="btn" data-testid="switch-rules" aria-pressed={rules} onClick={() => void switchRules(!rules)}>
        {rules ? w.rulesOff : w.rulesOn}
      </button>
      <span class="meta grow" role="status" data-testid="trouble">
        {[...(cut.value ? [w.wifiCut] : []), rules ? w.rulesKept : '', alive ? (killed.value ? w.workerBack : '') : w.workerDown].filter(Boolean).join(' ')}
      </span>
    </section>
  );
}

function Guide() {
  const w = words();
  const who = cast.value;
  return (
    <div class="d-guide">
      <h1><img src="/app-assets/icon.svg" width="32" height="32" alt="" /> {w.title}</h1>
      <ol>
        <li data-testid="cast">{who === null ? w.step1Unknown : w.step1(who.staff, who.pin)}</li>
        <li>{w.step2}</li>
        <li>{w.step3}</li>
      </ol>
    </div>
  );
}

function Clock() {
  const w = words();
  const next = state.value?.next_text_at ?? null;
  const shift = state.value?.clock_shift_seconds ?? 0;
  return (
    <div class="d-clock">
      <p class="d-time">
        <span class="sr-only">{w.clock}</span>
        <span class="num" role="timer" data-testid="demo-clock">{state.value === null ? '–' : moment()}</span>
        {shift >= 1 && <span class="meta num">{w.ahead(mmss(shift * 1000))}</span>}
      </p>
      <p class="meta num" data-testid="next-text">
        {next === null ? w.noNextText : w.nextText(mmss(Date.parse(next) - now.value))}
      </p>
      <div class="row">
        <JumpButton to="minute">{w.minute}</JumpButton>
        <JumpButton to="next_text" primary off={next === null}>{w.toNextText}</JumpButton>
        <JumpButton to="tomorrow">{w.tomorrow}</JumpButton>
        <LanguageButton />
      </div>
    </div>
  );
}

function moment(): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: zone.value,
  };
  return new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', options).format(new Date(now.value));
}

type JumpProps = { to: Jump; primary?: boolean; off?: boolean; children: ComponentChildren };

function JumpButton({ to, primary = false, off = false, children }: JumpProps) {
  return (
    <button type="button" class={`btn${primary ? ' primary' : ''}`} data-testid={`jump-${to}`}
      disabled={off || jumping.value !== null} onClick={() => void jump(to)}>
      {children}
    </button>
  );
}

type PartProps = { name: string; note?: string; href: string; area: string; children: ComponentChildren };

function Part({ name, note, href, area, children }: PartProps) {
  return (
    <section class={`d-part d-${area}`} aria-label={name}>
      <div class="d-part-head">
        <h2>{name}</h2>
        {note !== undefined && <span class="meta">{note}</span>}
        <a class="meta" href={href} target="_blank" rel="noopener">{words().openAlone}</a>
      </div>
      {children}
    </section>
  );
}

function Starting() {
  const w = words();
  const failed = stage.value === 'failed';
  return (
    <div class="d-starting card" role="status">
      <p>{failed ? w.startFailed : w.starting}</p>
      {failed && (
        <button type="button" class="btn primary" data-testid="demo-start" onClick={() => void enter()}>{w.start}</button>
      )}
    </div>
  );
}
