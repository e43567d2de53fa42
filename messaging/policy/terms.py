"""What an owner may decide about texts, as one value; what is not decided is what a careful shop would choose."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from messaging.contract.purposes import Group
from messaging.policy.countries import default_week
from messaging.policy.quiet import Week, Window

Overnight = Literal["send", "suppress"]
OnAbsent = Literal["resend", "review"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
DAY_MINUTES = 24 * 60


class Hours(BaseModel):
    """The hours of one weekday in which texts may go, in minutes after midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: Annotated[int, Field(strict=True, ge=0, lt=DAY_MINUTES)]
    closes: Annotated[int, Field(strict=True, gt=0, le=DAY_MINUTES)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("the hours must end after they begin, on the same day")
        return self


class Terms(BaseModel):
    """The rules of one organisation. Hours are kept only for countries in which they differ from our defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet_hours: bool = True
    hours: Annotated[
        dict[Country, Annotated[list[Hours | None], Field(min_length=7, max_length=7)]], Field(max_length=250)
    ] = {}
    cap: bool = True
    cap_hours: Annotated[int, Field(strict=True, ge=1, le=24 * 7)] = 24
    # What becomes of a text that quiet hours put off until another day.
    overnight: Overnight = "send"
    # Segments a day from each sender, since segments are what is paid for; None is no limit.
    daily_budget: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    # What happens to a text that a provider, asked twice, does not have.
    on_absent: dict[Group, OnAbsent] = {}

    def week(self, country: str) -> Week:
        """The hours of a country, Monday to Sunday: the owner's, or else the country's own."""
        own = self.hours.get(country)
        if own is None:
            return default_week(country)
        return tuple(Window(hours.opens, hours.closes) if hours else None for hours in own)

    def when_absent(self, group: str) -> OnAbsent:
        """Whether a text that a provider certainly does not have is sent again by itself, or shown to a person."""
        return next((answer for name, answer in self.on_absent.items() if name == group), "resend")


OFF = Terms(quiet_hours=False, cap=False)
