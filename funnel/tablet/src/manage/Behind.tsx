import { Sheet } from '../components/Sheet';
import { t, title } from '../i18n';
import { funnel } from '../generated/contract';
import { close, failed, figure, histories, listed, open, readOn, tell, type Figure, type Line } from './behind';
import { count, dayAndTime, money } from './format';
import { language, textReason, textState, words } from './i18n';
import { manager } from './store';
import { words as fateWords } from './trust/words';
import type { VisitRow } from './types';

/** A figure that opens what it counts. Nothing is behind a nought. */
export function Open({ n, ...of }: Figure & { n: number }) {
  const shown = count(language.value, n);
  if (n === 0) return <>{shown}</>;
  return (
    <button type="button" class="m-open" data-testid="open-figure" onClick={() => open(of)}>
      {shown}
      <span class="sr-only"> {words().listOf(of.title)}</span>
    </button>
  );
}

const TONES: Readonly<Record<string, string>> = { bought: 'good', open: 'info' };

const FATE_TONES: Readonly<Record<string, string>> = { sent_once: 'good', sent_twice: 'bad', lost: 'bad', in_doubt: 'warn', waiting: 'info' };

const storeOf = (id: string | undefined) => manager.value?.stores.find((each) => each.id === id);

/** Beside a text the times of two things are read: then it is said which one is the visit's. */
function factsOf(visit: VisitRow, besideText: boolean): string {
  const lang = language.value;
  const began = dayAndTime(lang, visit.started_at, storeOf(visit.store)?.zone ?? null);
  const stores = manager.value?.stores ?? [];
  return [
    besideText ? words().visitAt(began) : began,
    visit.owner_name,
    stores.length > 1 ? visit.store_name : '',
    reasonOf(visit.reason),
    visit.amount_minor != null && visit.currency != null ? money(lang, visit.amount_minor, visit.currency) : '',
    visit.score == null ? '' : words().scoredVisit(visit.score),
  ]
    .filter(Boolean)
    .join(' · ');
}

function reasonOf(code: string | null | undefined): string {
  const reasons: Readonly<Record<string, { en: string; zh: string }>> = funnel.REASONS;
  const reason = code == null ? undefined : reasons[code];
  return reason === undefined ? '' : title(reason);
}

/** What was asked about a sale, by whom and when. */
function askedOf(visit: VisitRow): string {
  const asked = visit.asked_lost;
  if (asked === undefined) return '';
  const when = dayAndTime(language.value, asked.at, storeOf(visit.store)?.zone ?? null);
  const what = [t(`status_${asked.result}`), reasonOf(asked.reason)].filter(Boolean).join(' · ');
  return words().askedLost(visit.asked_lost_by ?? '', when, what);
}

/** Everything that happened to one text, in the order it did. It is asked for when somebody wants to read it. */
function History({ id, zone }: { id: string; zone: string | null }) {
  const w = words();
  const lang = language.value;
  const told = histories.value[id];
  if (told === undefined) {
    return <button type="button" class="m-open" data-testid="history" onClick={() => void tell(id)}>{w.history}</button>;
  }
  if (told === 'failed') {
    return <button type="button" class="m-open" data-testid="history" onClick={() => void tell(id)}>{w.unreachable} {w.tryAgain}</button>;
  }
  return (
    <ol class="m-history" data-testid="history-lines">
      {told.map((line, n) => (
        <li key={n} class="meta">
          <span class="num">{dayAndTime(lang, line.at, zone)}</span> {line.words[lang]}
          {line.by === null ? null : ` (${line.by})`}
        </li>
      ))}
    </ol>
  );
}

function Row({ line: { visit, text, alone } }: { line: Line }) {
  const w = words();
  const last4 = visit?.customer?.last4 ?? alone?.to_last4 ?? '';
  const store = storeOf(visit?.store ?? alone?.store);
  const left = alone === null ? '' : w.leftAt(dayAndTime(language.value, alone.left_at, store?.zone ?? null));
  const where = (manager.value?.stores.length ?? 0) > 1 ? store?.name : '';
  const asked = visit === null ? '' : askedOf(visit);
  const said = text === null ? '' : text.reason == null ? textState(text.state) : textReason(text.reason);
  return (
    <li class="m-behind-row" data-testid="behind-row">
      <span class="grow">
        <strong>{visit?.customer?.name || alone?.to_name || w.noName}</strong>
        {last4 === '' ? null : <span class="meta"> {t('follow_ending', { last4 })}</span>}
        <span class="meta block">{visit === null ? [left, where].filter(Boolean).join(' · ') : factsOf(visit, text !== null)}</span>
        {asked === '' ? null : <span class="block" data-testid="asked-lost">{asked}</span>}
        {said === '' ? null : <span class="meta block">{said}</span>}
        {text === null ? null : <History id={text.id} zone={store?.zone ?? null} />}
      </span>
      {visit === null ? null : <span class={`pill ${TONES[visit.status] ?? ''}`}>{t(`status_${visit.status}`)}</span>}
      {alone === null ? null : <span class={`pill ${FATE_TONES[alone.fate] ?? ''}`} data-testid="behind-fate">{fateWords().fates[alone.fate]}</span>}
    </li>
  );
}

export function Behind() {
  const w = words();
  const asked = figure.value;
  const known = listed.value;
  if (asked === null) return null;
  return (
    <Sheet title={asked.title} onClose={close}>
      <p class="meta" role="status" data-testid="behind-count" data-count={known?.count}>
        {known === null ? (failed.value ? '' : w.loadingList) : (asked.of === 'visits' ? w.nVisits : w.nTexts)(known.count)}
      </p>
      {known === null ? null : (
        <ul class="m-behind">
          {known.lines.map((line) => (
            <Row key={line.id} line={line} />
          ))}
        </ul>
      )}
      {failed.value ? <p class="note warn">{w.unreachable}</p> : null}
      {failed.value || (known !== null && known.next !== null) ? (
        <button type="button" class="btn" data-testid="behind-more" onClick={() => void readOn()}>
          {failed.value ? w.tryAgain : w.showMore}
        </button>
      ) : null}
    </Sheet>
  );
}
