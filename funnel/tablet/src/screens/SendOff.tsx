import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Checklist } from '../components/Checklist';
import { NumberField } from '../components/NumberField';
import { Screen } from '../components/Screen';
import { Segments } from '../components/Segments';
import { StageRail } from '../components/StageRail';
import { Gap } from '../components/Toast';
import { VisitTabs } from '../components/VisitTabs';
import type { VisitView } from '../core/fold';
import { edit, finish, formOf, insisted, missing, numberCountry, optedOut, recall, type Choice, type Form } from '../core/sendoff';
import { cameBack, config, nameOf, net, playbookOf, stagesOf } from '../core/state';
import { bodyFor, calledBy, render } from '../core/text';
import { say } from '../core/toast';
import { endedAs, personOf } from '../core/verbs';
import type { Bootstrap } from '../core/wire';
import { htmlLang, t, title, tn } from '../i18n';
import * as ids from '../testids';

const CHOICES: readonly Choice[] = ['thanks', 'offers', 'none'];
const minutes = (): number => Math.max(1, Math.round((config.value?.limits.delay_seconds ?? 300) / 60));
const ANSWERS_ON_CHOICE: Record<Choice, readonly string[]> = { thanks: ['visit_text'], offers: ['visit_text', 'offers'], none: [] };

/** The customer reads these words, in the language of their text, before anybody records a yes. */
function Words({ form }: { form: Form }) {
  const purposes = ANSWERS_ON_CHOICE[form.choice ?? 'thanks'];
  if (form.choice === 'none') return <p class="meta words">{t('sendoff_none_words')}</p>;
  const wordings = (config.value?.consent_wording ?? []).filter(
    (wording) => wording.language === form.language && purposes.includes(wording.purpose),
  );
  return (
    <div class="words" data-testid={ids.consentWords}>
      <p class="meta">{t('sendoff_show')}</p>
      {wordings.map((wording) => (
        <p key={wording.purpose} lang={htmlLang(form.language)}>
          {wording.text}
        </p>
      ))}
    </div>
  );
}

function Consent({ view, form }: { view: VisitView; form: Form }) {
  const gap = insisted.value.has(view.id) && missing(view) === 'choice';
  return (
    <section class="card stack" aria-labelledby="agree">
      <h2 id="agree">{t('sendoff_agree')}</h2>
      <div class="choices" role="group" aria-labelledby="agree">
        {CHOICES.map((choice) => (
          <button
            key={choice}
            type="button"
            class="btn big"
            aria-pressed={form.choice === choice}
            data-testid={ids.consent(choice)}
            onClick={() => edit(view, { choice })}
          >
            {t(`sendoff_${choice}`)}
          </button>
        ))}
      </div>
      <p class="error" role="alert">
        {gap ? t('sendoff_missing_choice') : ''}
      </p>
      <Words form={form} />
    </section>
  );
}

/** What will be sent as far as this tablet knows, with this customer's name in it. */
function wordsOf(shop: Bootstrap, view: VisitView, form: Form): string {
  const fields = { name: calledBy(form), associate: nameOf(view.owner), brand: shop.store.brand, store: shop.store.name };
  const { language } = form;
  const body = bodyFor(shop.texts, view.status, cameBack(view), language);
  return render({ body, language, fields, country: numberCountry(view.id, form) }, shop.wording);
}

function Preview({ view, form }: { view: VisitView; form: Form }) {
  const shop = config.value;
  const number = form.number.trim() !== '' || (personOf(view)?.last4 ?? '') !== '';
  const yes = form.choice === 'thanks' || form.choice === 'offers';
  const none = form.choice === 'none' || optedOut(view.id);
  // Only the server knows what this number bought, and in which store: a tablet must not learn it by typing numbers.
  const mayBeKnown = number && yes && !none && view.status !== 'bought' && !cameBack(view);
  return (
    <section class="card preview" data-testid={ids.preview}>
      <div class="row language-row">
        <h2 class="label">{tn('sendoff_preview', minutes())}</h2>
        <Segments
          label={t('sendoff_language')}
          value={form.language}
          choices={(shop?.languages ?? ['en', 'zh']).map((value) => ({
            value,
            label: t(`sendoff_lang_${value}`),
            testid: ids.textLanguage(value),
            lang: htmlLang(value),
          }))}
          onPick={(language) => edit(view, { language })}
        />
      </div>
      {none ? <p>{t('sendoff_no_preview')}</p> : <p class="bubble" lang={htmlLang(form.language)}>{shop ? wordsOf(shop, view, form) : ''}</p>}
      {!none && !(number && yes) ? <p class="meta">{t('sendoff_preview_wait')}</p> : null}
      {mayBeKnown ? <p class="meta">{t('sendoff_preview_back')}</p> : null}
    </section>
  );
}

function Contact({ view, form }: { view: VisitView; form: Form }) {
  const known = personOf(view)?.last4 ?? '';
  const gap = insisted.value.has(view.id) && missing(view) === 'number';
  const first = useRef<HTMLInputElement>(null);
  // A form that nobody has begun may be typed into at once, and Enter leads on to the number: two taps less.
  useLayoutEffect(() => {
    if (form.name + form.address_as + form.number + known === '') first.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section class="card stack contact">
      <div class="pair">
        <div class="field">
          <label for="name">{t('sendoff_name')}</label>
          <input
            ref={first}
            id="name"
            class="input"
            autocomplete="off"
            enterKeyHint="next"
            onKeyDown={(event) => { if (event.key === 'Enter' && !event.isComposing) document.getElementById('number')?.focus(); }}
            maxLength={80}
            data-testid={ids.name}
            value={form.name}
            onInput={(event) => edit(view, { name: event.currentTarget.value })}
          />
        </div>
        <div class="field">
          <label for="address-as">{t('sendoff_address')}</label>
          <input
            id="address-as"
            class="input"
            autocomplete="off"
            maxLength={40}
            placeholder={t('sendoff_address_hint')}
            data-testid={ids.addressAs}
            value={form.address_as}
            onInput={(event) => edit(view, { address_as: event.currentTarget.value })}
          />
        </div>
      </div>
      <NumberField view={view} form={form} missing={gap} />
      {known === '' ? null : <p class="meta">{t('sendoff_known', { last4: known })}</p>}
    </section>
  );
}

const soon = (): string =>
  net.value === 'offline' ? t('sendoff_saved_later') : tn('sendoff_saved_text', minutes());

async function leave(view: VisitView, skip: boolean): Promise<void> {
  const form = formOf(view);
  const reachable = form.number.trim() !== '' || (personOf(view)?.last4 ?? '') !== '';
  const text = !skip && reachable && form.choice !== 'none' && !optedOut(view.id);
  if (await finish(view, skip)) say(text ? soon() : t('sendoff_saved'));
  else document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

export function SendOff({ view }: { view: VisitView }) {
  useEffect(() => void recall(view), [view.id]);
  const form = formOf(view);
  const stage = stagesOf(playbookOf(view)).find((candidate) => candidate.key === view.stage);
  const actions = (
    <>
      <button type="button" class="btn big" data-testid={ids.skipContact} onClick={() => void leave(view, true)}>
        {t('sendoff_skip')}
      </button>
      <Gap />
      <button type="button" class="btn primary big main-action" data-testid={ids.saveFinish} onClick={() => void leave(view, false)}>
        {t('sendoff_save')}
      </button>
    </>
  );
  return (
    <Screen
      class="visit sendoff"
      place={view.id}
      head={
        <>
          <div class="head-line">
            <VisitTabs open={view} />
            <span class={`pill ${view.status === 'bought' ? 'good' : 'info'}`}>{endedAs(view.status, view.reason)}</span>
          </div>
          <StageRail view={view} />
        </>
      }
      actions={actions}
    >
      <h1 class="sr-only">{stage ? title(stage.title) : t('sendoff_title')}</h1>
      <div class="two even">
        <div class="stack">
          <Contact view={view} form={form} />
          <Preview view={view} form={form} />
        </div>
        <div class="stack">
          <Consent view={view} form={form} />
          {stage ? <Checklist view={view} stage={stage} heading={t('sendoff_checklist')} /> : null}
        </div>
      </div>
    </Screen>
  );
}
