type Choice<T extends string> = { value: T; label: string; testid?: string; lang?: string };
type Props<T extends string> = { label: string; choices: readonly Choice<T>[]; value: T; onPick: (value: T) => void };

/** One of a few, side by side. */
export function Segments<T extends string>({ label, choices, value, onPick }: Props<T>) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          class="btn"
          lang={choice.lang}
          aria-pressed={choice.value === value}
          data-testid={choice.testid}
          onClick={() => onPick(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
