// A plan in plain words, in the order of its times.
import { go } from '../../core/route';
import type { messaging } from '../../generated/contract';
import { language } from '../i18n';
import { pathTo } from '../pages';
import { words } from './words';

type Shown = { kind: messaging.StepKind; days: string | number; hour: number; purpose: string; what: string };

export function Timeline({ steps }: { steps: readonly Shown[] }) {
  const w = words();
  // A day that is not chosen yet comes last.
  const ordered = steps
    .map((step) => ({ ...step, day: Number(step.days) || Infinity }))
    .sort((a, b) => (a.day === b.day ? a.hour - b.hour : a.day - b.day));
  return (
    <ol class="p-line" data-testid="timeline">
      <li class="muted">{w.visitEnds}</li>
      {ordered.length === 0 && <li class="muted">{w.nothing}</li>}
      {ordered.map((step, n) => (
        <li key={n} class={step.kind}>
          <strong>{step.day === Infinity ? w.unknownDay : w.when(step.day, step.hour)}</strong>
          {language.value === 'zh' ? '：' : ': '}
          {step.kind === 'text' ? w.aText(w.purposes[step.purpose] ?? '…') : w.aCall(step.what.trim())}
          {step.kind === 'text' && <Words purpose={step.purpose} />}
        </li>
      ))}
    </ol>
  );
}

function Words({ purpose }: { purpose: string }) {
  const path = `${pathTo('wording')}/${purpose}/${language.value}`;
  const open = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(path);
  };
  return <a class="p-words" href={path} onClick={open}>{words().seeWords}</a>;
}
