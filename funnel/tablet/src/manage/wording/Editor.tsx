// Where the words are written: faults and expensive letters are marked in place, and nothing typed is ever taken away.
import { createRef } from 'preact';
import { messaging } from '../../generated/contract';
import { language } from '../i18n';
import type { Language } from '../types';
import { marksOf, piecesOf, place, spaced } from './marks';
import {
  choose, decide, discard, drafts, htmlLanguage, isChanged, mayChange, outcome, save, saving, shown, template, text, type, type Fault, type Letter,
} from './state';
import { fallbackFor, words } from './words';

const area = createRef<HTMLTextAreaElement>();

export function Editor() {
  const w = words();
  const now = template.value;
  if (now === null) return null;
  // Marks of older words would stand in the wrong places.
  const about = shown.value;
  const fresh = about !== null && about.key === `${now.purpose}/${now.language}` && about.body === text.value ? about.preview : null;
  return (
    <section class="card stack w-card" data-testid="editor">
      <div class="w-title">
        <h2>{w.purposes[now.purpose]}</h2>
        <Languages />
      </div>
      <p class="muted">{w.when[now.purpose]}</p>
      <Words faults={fresh?.faults ?? []} letters={fresh?.foreign ?? []} />
      {mayChange.value ? <Fields /> : <p class="note">{w.readOnly}</p>}
      <Faults faults={about?.key === `${now.purpose}/${now.language}` ? about.preview.faults : []} fresh={fresh !== null} />
      {fresh !== null && <Letters letters={fresh.foreign} />}
      {fresh !== null && <Elsewhere />}
      <p class="meta">{w.added}</p>
      <Told />
      {mayChange.value && (
        <div class="row">
          <button type="button" class="btn primary" data-testid="wording-save" aria-disabled={!isChanged.value || saving.value}
            onClick={() => { if (isChanged.value) void save(); }}>
            {saving.value ? w.saving : w.save}
          </button>
          {isChanged.value && <button type="button" class="btn quiet" data-testid="wording-discard" onClick={discard}>{w.discard}</button>}
        </div>
      )}
    </section>
  );
}

const NAMES: Record<Language, string> = { en: 'English', zh: '中文' };

function Languages() {
  const now = template.value;
  if (now === null) return null;
  return (
    <div class="segments" role="group" aria-label={words().languageOfText}>
      {(Object.keys(NAMES) as Language[]).map((each) => (
        <button type="button" class="btn" key={each} lang={htmlLanguage(each)} aria-pressed={now.language === each}
          data-testid={`wording-language-${each}`} onClick={() => choose(now.purpose, each)}>
          {NAMES[each]}
          {drafts.value[`${now.purpose}/${each}`] !== undefined && <span class="w-dot" role="img" aria-label={words().changed} />}
        </button>
      ))}
    </div>
  );
}

/** The textarea lies over a copy of its words that carries the marks: a textarea itself cannot. */
function Words({ faults, letters }: { faults: readonly Fault[]; letters: readonly Letter[] }) {
  const w = words();
  const lang = htmlLanguage(template.value?.language ?? 'en');
  const pieces = piecesOf(text.value, marksOf(text.value, faults, letters));
  return (
    <div class="field">
      <label for="wording-text">{w.text}</label>
      <div class="w-words" lang={lang}>
        <div class="input w-behind" aria-hidden="true">
          {pieces.map((piece, n) => (piece.tone === null ? piece.text : <mark key={n} class={`w-${piece.tone}`}>{piece.text}</mark>))}
          {'\u200b'}
        </div>
        <textarea id="wording-text" class="input" ref={area} data-testid="wording-text" value={text.value} readOnly={!mayChange.value}
          spellcheck={true} aria-invalid={faults.length > 0} aria-describedby="wording-faults"
          onInput={(event) => type(event.currentTarget.value)} />
      </div>
    </div>
  );
}

/** Puts a field where the caret stands, and the caret behind it. */
function insert(written: string): void {
  const field = area.current;
  if (field === null) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  const [before, after] = [text.value.slice(0, from), text.value.slice(to)];
  const piece = spaced(before, written, after);
  type(before + piece + after);
  requestAnimationFrame(() => select(from + piece.length, from + piece.length));
}

function select(from: number, to: number): void {
  area.current?.focus();
  area.current?.setSelectionRange(from, to);
}

function Fields() {
  const w = words();
  const now = template.value;
  if (now === null) return null;
  const written = (field: messaging.Field): string => {
    const fallback = fallbackFor(field, now.language);
    return fallback === '' ? `{${field}}` : `{${field}|${fallback}}`;
  };
  return (
    <div class="w-fields" role="group" aria-label={w.insert}>
      {now.fields.map((field) => (
        <button type="button" class="btn w-field" key={field} data-testid={`field-${field}`} onClick={() => insert(written(field))}>
          <span aria-hidden="true">+</span> {w.fields[field]}
        </button>
      ))}
    </div>
  );
}

function Faults({ faults, fresh }: { faults: readonly Fault[]; fresh: boolean }) {
  const w = words();
  return (
    <ul id="wording-faults" class="w-list" aria-live="polite" data-testid="wording-faults">
      {faults.map((fault) => (
        <li key={`${fault.code}-${fault.offset}`} class="note bad row" data-testid={`fault-${fault.code}`}>
          <span class="grow">{fault.sentence[language.value]}</span>
          {fresh && fault.length > 0 && fault.code !== 'empty' && (
            <button type="button" class="btn quiet" onClick={() => { const { from, to } = place(text.value, fault.offset, fault.length); select(from, to); }}>
              {w.showFault}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Each expensive letter once, and what could stand there instead. */
function Letters({ letters }: { letters: readonly Letter[] }) {
  const w = words();
  const once = [...new Map(letters.map((letter) => [letter.character, letter])).values()];
  if (once.length === 0) return null;
  return (
    <ul class="w-list" data-testid="wording-letters">
      {once.map(({ character, plain_form, offset }) => (
        <li key={character} class="note warn row">
          <span class="grow">{w.letter(character)}</span>
          <button type="button" class="btn quiet" onClick={() => { const { from, to } = place(text.value, offset, 1); select(from, to); }}>
            {w.showFault}
          </button>
          {plain_form !== '' && (
            <button type="button" class="btn" data-testid="wording-replace" onClick={() => type(text.value.replaceAll(character, plain_form))}>
              {w.replace(plain_form)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A letter that no template can take out: it stands in the brand's or the store's own name. */
function Elsewhere() {
  const w = words();
  const found = shown.value?.preview;
  const usual = found?.samples.find((sample) => sample.kind === 'usual');
  const own = new Set(found?.foreign.map((letter) => letter.character));
  const others = [...new Set(usual?.foreign.map((letter) => letter.character))].filter((character) => !own.has(character));
  return others.length === 0 ? null : <p class="note warn">{w.letterElsewhere(others.join(' '))}</p>;
}

function Told() {
  const w = words();
  const told = outcome.value;
  if (told === null) return <p class="sr-only" role="status" />;
  if (told.kind === 'saved') return <p class="note" role="status" data-testid="wording-told">{w.saved(told.version)}</p>;
  if (told.kind !== 'changed') return <p class="note bad" role="alert" data-testid="wording-told">{w[told.kind]}</p>;
  return (
    <div class="note warn stack" role="alert" data-testid="wording-told">
      <strong>{w.theirsTitle(told.theirs.version)}</strong>
      <p lang={htmlLanguage(template.value?.language ?? 'en')}>{told.theirs.body}</p>
      <div class="row">
        <button type="button" class="btn" data-testid="keep-mine" onClick={() => { decide(told.theirs, 'mine'); void save(); }}>{w.keepMine}</button>
        <button type="button" class="btn quiet" data-testid="take-theirs" onClick={() => decide(told.theirs, 'theirs')}>{w.takeTheirs}</button>
      </div>
    </div>
  );
}
