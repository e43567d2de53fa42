"""The words of the texts: templates, what is added to each of them, and the versions every organisation has."""

from messaging.wording.composing import (
    Rendered,
    Values,
    by_hand,
    most_segments,
    opt_out,
    render,
    rules_for_tablets,
    words_alone,
)
from messaging.wording.syntax import BadTemplate, Fault
from messaging.wording.versions import check_template, load_default_templates, template_for, texts_for

__all__ = [
    "BadTemplate",
    "Fault",
    "Rendered",
    "Values",
    "by_hand",
    "check_template",
    "load_default_templates",
    "most_segments",
    "opt_out",
    "render",
    "rules_for_tablets",
    "template_for",
    "texts_for",
    "words_alone",
]
