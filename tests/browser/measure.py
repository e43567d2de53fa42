"""What every screen is measured by, in whichever browser."""

LEAST_TARGET = 48
# With a customer beside it nobody looks closely: there a finger needs more.
LEAST_DURING_A_VISIT = 64
DURING_A_VISIT = {"needs", "visit", "more", "closing", "outcome", "bought", "reasons", "coming-back", "send-off"}
# What lies beside the screen, too small a target, words that do not fit into their button, or what moves before
# somebody who wants nothing to.
MEASURE = """([least, leastHigh]) => {
    const faults = [];
    const say = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 140)}`);
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} px wide`);
    const top = document.querySelector('dialog[open]') ?? document;
    for (const element of top.querySelectorAll('.scroll, .sheet, .sheet-body, .actions, .card')) {
        if (element.scrollWidth > element.clientWidth + 1) say('wider than its place', element);
    }
    const targets = 'button, a[href], input, select, textarea, summary, [role=checkbox]';
    for (const element of top.querySelectorAll(targets)) {
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const { width, height } = element.getBoundingClientRect();
        const size = `${width.toFixed(0)}x${height.toFixed(0)}`;
        const high = element.closest('.screen, dialog') ? leastHigh : least;
        if (width < least - 0.5 || height < high - 0.5) say(`a target of ${size}`, element);
        if (element.scrollWidth > element.clientWidth + 1) say('words do not fit', element);
    }
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
        document.getAnimations().forEach((animation) => say('moves', animation.effect.target));
    }
    return faults;
}"""
