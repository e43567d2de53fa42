import { checkOf, edit, optedOut, type Form } from '../core/sendoff';
import type { VisitView } from '../core/fold';
import { config } from '../core/state';
import { lang, noTextReason, numberProblem, t } from '../i18n';
import * as ids from '../testids';

function countryName(code: string): string {
  return new Intl.DisplayNames([lang.value === 'zh' ? 'zh-Hans' : 'en'], { type: 'region' }).of(code) ?? code;
}

function State({ id, missing }: { id: string; missing: boolean }) {
  const check = checkOf(id);
  if (optedOut(id)) return <span class="meta">{noTextReason('opted_out')}</span>;
  if (check.state === 'told') {
    const { ok, national, code } = check.answer;
    return <span class={ok ? 'ok' : 'error'}>{ok ? t('sendoff_number_ok', { number: national }) : numberProblem(code)}</span>;
  }
  if (missing) return <span class="error">{t('sendoff_missing_number')}</span>;
  if (check.state === 'asking') return <span class="meta">{t('sendoff_checking')}</span>;
  if (check.state === 'offline') return <span class="meta">{t('sendoff_number_later')}</span>;
  return null;
}

/** The mobile number with its country, and what is known about it while it is typed. */
export function NumberField({ view, form, missing }: { view: VisitView; form: Form; missing: boolean }) {
  const countries = config.value?.countries ?? [];
  const example = countries.find((country) => country.code === form.country)?.example ?? '';
  return (
    <div class="field number-field">
      <label for="number">{t('sendoff_number')}</label>
      <div class="number-row">
        <select
          class="input country"
          aria-label={t('sendoff_country')}
          data-testid={ids.country}
          value={form.country}
          onChange={(event) => edit(view, { country: event.currentTarget.value })}
        >
          {countries.map(({ code, calling }) => (
            <option key={code} value={code}>
              {`+${calling.replace('+', '')} ${countryName(code)}`}
            </option>
          ))}
        </select>
        <input
          id="number"
          class="input grow"
          type="tel"
          inputMode="tel"
          autocomplete="off"
          maxLength={32}
          placeholder={example}
          data-testid={ids.number}
          aria-invalid={missing}
          aria-describedby="number-state"
          value={form.number}
          onInput={(event) => edit(view, { number: event.currentTarget.value })}
        />
      </div>
      <p id="number-state" class="number-state" role="status" data-testid={ids.numberState} data-state={checkOf(view.id).state}>
        <State id={view.id} missing={missing} />
      </p>
    </div>
  );
}
