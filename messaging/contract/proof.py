"""What became of planned texts, and where our record and the provider's disagree."""

from typing import Final, Literal, get_args

from crm.contract import Language

# What became of a planned text; each has one fate.
Fate = Literal["sent_once", "sent_twice", "lost", "in_doubt", "waiting", "not_sent"]
FATES: Final[tuple[Fate, ...]] = get_args(Fate)
# Where our record of a day's texts and the provider's disagree, in one sentence each.
Incident = Literal["sent_twice", "sent_after_all", "unknown_to_us", "missing_at_provider"]
INCIDENTS: Final[dict[Incident, dict[Language, str]]] = {
    "sent_twice": {
        "en": "The provider has two texts where one was planned.",
        "zh": "服务商处有两条短信，而计划只发一条。",
    },
    "sent_after_all": {
        "en": "The provider has a text that was believed not to have been sent.",
        "zh": "服务商处有一条我们认为没有发出的短信。",
    },
    "unknown_to_us": {
        "en": "The provider has a text that nobody here planned.",
        "zh": "服务商处有一条不是由本系统计划的短信。",
    },
    "missing_at_provider": {
        "en": "The provider took a text and does not have it any more.",
        "zh": "服务商曾接收一条短信，现在却查不到了。",
    },
}
