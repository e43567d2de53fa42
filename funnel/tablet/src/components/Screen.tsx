import type { ComponentChildren } from 'preact';

type Props = { children: ComponentChildren; actions?: ComponentChildren; class?: string };

/** What scrolls, and below it the bar whose primary button is always in the same corner. */
export function Screen({ children, actions, class: name = '' }: Props) {
  return (
    <main class="screen">
      <div class={`scroll ${name}`}>{children}</div>
      {actions === undefined ? null : <div class="actions">{actions}</div>}
    </main>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p class="muted">{children}</p>
    </div>
  );
}
