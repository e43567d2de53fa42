import { title } from '../i18n';
import type { Coded, Titled } from '../core/wire';

type Props = {
  label: Titled | string;
  values: readonly Coded[];
  chosen: readonly string[];
  testid: (code: string) => string;
  onPick: (code: string) => void;
};

/** A few answers side by side, chosen by a tap and taken back by a second one. */
export function Chips({ label, values, chosen, testid, onPick }: Props) {
  const name = typeof label === 'string' ? label : title(label);
  return (
    <div class="chips" role="group" aria-label={name}>
      <span class="label" aria-hidden="true">
        {name}
      </span>
      <div class="chip-row">
        {values.map(({ code, title: titled }) => (
          <button
            key={code}
            type="button"
            class="btn chip"
            aria-pressed={chosen.includes(code)}
            data-testid={testid(code)}
            onClick={() => onPick(code)}
          >
            {title(titled)}
          </button>
        ))}
      </div>
    </div>
  );
}
