import type { VisitView } from '../core/fold';
import { tick } from '../core/verbs';
import type { Stage } from '../core/wire';
import { title } from '../i18n';
import * as ids from '../testids';
import { Icon } from './Icon';

export function Checklist({ view, stage, heading }: { view: VisitView; stage: Stage; heading: string }) {
  if (stage.items.length === 0) return null;
  return (
    <section class="card checklist">
      <h2>{heading}</h2>
      <ul>
        {stage.items.map((item) => {
          const on = view.ticks.includes(item.key);
          return (
            <li key={item.key}>
              <button
                type="button"
                class="check"
                role="checkbox"
                aria-checked={on}
                data-testid={ids.item(item.key)}
                onClick={() => tick(view, item.key)}
              >
                <span class="box">{on ? <Icon name="check" size={22} /> : null}</span>
                <span>{title(item.title)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
