import { useLayoutEffect, useRef } from 'preact/hooks';
import type { VisitView } from '../core/fold';
import { go } from '../core/route';
import { me, myOpenVisits, todaysVisits, zone } from '../core/state';
import { startVisit } from '../core/verbs';
import { clockTime, t } from '../i18n';
import * as ids from '../testids';
import { Icon } from './Icon';
import { Timer } from './Timer';

/** What a guest is called before anybody knows a name: the number of the day, or until then the time they came. */
export function guest(view: VisitView): string {
  if (view.customer?.name) return view.customer.name;
  if (view.number !== null) return t('visit_guest', { n: view.number });
  const minute = view.started_at.slice(0, 'yyyy-mm-ddThh:mm'.length);
  const place = todaysVisits.value.filter((other) => other.started_at.startsWith(minute)).indexOf(view);
  const time = clockTime(view.started_at, zone());
  return t('visit_guest_new', { time }) + (place > 0 ? ` (${place + 1})` : '');
}

/** Open visits in the order they began. Never sorted anew: a finger remembers places. */
export function VisitTabs({ open }: { open: VisitView }) {
  const mine = myOpenVisits.value;
  const tabs = mine.some((view) => view.id === open.id) ? mine : [...mine, open];
  const row = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const bringIntoView = (): void =>
      row.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    bringIntoView();
    // A tablet that is turned has less room beside each other.
    addEventListener('resize', bringIntoView);
    return () => removeEventListener('resize', bringIntoView);
  }, [open.id, tabs.length]);
  return (
    <nav class="tabs" aria-label={t('visit_tabs')} ref={row}>
      {tabs.map((view) => (
        <a
          key={view.id}
          class="btn tab"
          href={`/visits/${view.id}`}
          aria-current={view.id === open.id ? 'page' : undefined}
          data-testid={ids.tab(view.id)}
          onClick={(event) => {
            event.preventDefault();
            go(`/visits/${view.id}`);
          }}
        >
          <span class="tab-name">{guest(view)}</span>
          <Timer from={view.started_at} label={t('visit_total')} />
        </a>
      ))}
      {me.value === null ? null : (
        <button type="button" class="btn quiet tab-new" onClick={() => startVisit()}>
          <Icon name="plus" />
          <span>{t('visit_new')}</span>
        </button>
      )}
    </nav>
  );
}
