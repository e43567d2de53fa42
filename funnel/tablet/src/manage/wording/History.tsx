// What the text said before, who wrote it and when: any of it can be taken up again.
import { useEffect } from 'preact/hooks';
import { locale } from '../format';
import { language } from '../i18n';
import { history, htmlLanguage, key, mayChange, template, text, type, versions, type Version } from './state';
import { words } from './words';

export function History() {
  const w = words();
  const which = key.value;
  useEffect(() => void history(which), [which]);
  const known = versions.value?.key === which ? versions.value : null;
  // One version alone is no history.
  if (known === null || known.items.length < 2) return null;
  return (
    <section class="card stack w-card" data-testid="wording-history">
      <h2>{w.history}</h2>
      <ol class="w-versions">
        {known.items.map((version) => <li key={version.version}><Past version={version} /></li>)}
      </ol>
      {known.next !== null && (
        <button type="button" class="btn" onClick={() => void history(which, known.next ?? undefined)}>{w.older}</button>
      )}
    </section>
  );
}

function moment(at: string): string {
  return new Intl.DateTimeFormat(locale(language.value), { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(new Date(at));
}

function Past({ version }: { version: Version }) {
  const w = words();
  const now = template.value;
  const current = version.version === now?.current.version;
  const when = version.created_at == null ? '' : moment(version.created_at);
  return (
    <article class="w-version" data-testid={`version-${version.version}`}>
      <div class="w-version-head">
        <strong>{w.version(version.version)}</strong>
        {current && <span class="pill plain good">{w.inUse}</span>}
        <span class="meta">{version.author == null ? w.shipped : w.by(version.author, when)}</span>
      </div>
      <p lang={htmlLanguage(now?.language ?? 'en')}>{version.body}</p>
      {mayChange.value && version.body !== text.value && (
        <button type="button" class="btn quiet" data-testid={`use-${version.version}`} onClick={() => type(version.body)}>{w.useAgain}</button>
      )}
    </article>
  );
}
