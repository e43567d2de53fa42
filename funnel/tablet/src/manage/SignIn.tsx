import { signal } from '@preact/signals';
import { Problem, type Silence } from '../core/http';
import { LanguageSwitch, Mark } from './Header';
import { words } from './i18n';
import { ended, signIn } from './store';

const email = signal('');
const password = signal('');
const visible = signal(false);
const busy = signal(false);
const refusal = signal<Problem | Silence | 'empty' | null>(null);

function sentence(why: Problem | Silence | 'empty'): string {
  const w = words();
  if (why === 'empty') return w.fillBoth;
  if (!(why instanceof Problem)) return w.unreachable;
  if (why.code === 'too_often') return w.tooOften;
  if (why.code === 'sign_in_locked' || why.status === 429) return w.locked(Math.max(1, Math.ceil(why.retryAfter / 60)));
  return why.status < 500 ? w.wrongPassword : w.somethingWrong;
}

async function submit(event: Event): Promise<void> {
  event.preventDefault();
  if (busy.value) return;
  if (email.value.trim() === '' || password.value === '') {
    refusal.value = 'empty';
    return;
  }
  busy.value = true;
  refusal.value = null;
  try {
    refusal.value = await signIn(email.value.trim(), password.value);
    if (refusal.value === null) password.value = '';
  } finally {
    busy.value = false;
  }
}

export function SignIn() {
  const w = words();
  const why = refusal.value;
  const invalid = why !== null;
  const secret = {
    id: 'password',
    class: 'input',
    autocomplete: 'current-password',
    'data-testid': 'manager-password',
    'aria-invalid': invalid,
    'aria-describedby': 'sign-in-error',
    value: password.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => { password.value = event.currentTarget.value; },
  } as const;
  return (
    <main class="m-sign-in">
      <form class="card stack" onSubmit={(event) => void submit(event)} noValidate>
        <div class="m-brand"><Mark /> Sendoff</div>
        <h1>{w.signIn}</h1>
        <p class="muted" data-testid="sign-in-lead">{ended.value === null ? w.signInLead : w.signedOut[ended.value]}</p>
        <div class="field">
          <label for="email">{w.email}</label>
          <input id="email" class="input" type="email" autocomplete="username" inputMode="email" autocapitalize="none"
            data-testid="manager-email" aria-invalid={invalid} aria-describedby="sign-in-error" value={email.value}
            onInput={(event) => { email.value = event.currentTarget.value; }} />
        </div>
        <div class="field">
          <label for="password">{w.password}</label>
          <div class="m-password">
            {visible.value ? <input type="text" {...secret} /> : <input type="password" {...secret} />}
            <button type="button" class="btn quiet" onClick={() => { visible.value = !visible.value; }}>
              {visible.value ? w.hidePassword : w.showPassword}
            </button>
          </div>
        </div>
        <p id="sign-in-error" class={invalid ? 'note bad' : 'sr-only'} role="alert" data-testid="sign-in-error">
          {why === null ? '' : sentence(why)}
        </p>
        <button type="submit" class="btn primary big" data-testid="manager-sign-in" aria-disabled={busy.value}>
          {busy.value ? w.signingIn : w.signIn}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}
