"""Where a number may be: the zones of its area code."""

from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import timezone as number_zones

_KNOWN: Final = available_timezones()


def zones_of_number(*, e164: str, store_country: str) -> list[ZoneInfo]:
    """A number may be wherever its area code is. One without an area, such as a British mobile, is taken to be where
    the store is; if it is of another country, it may be anywhere in that.

    An empty answer is "nothing is known beyond the store's own zone".
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return []
    if phonenumbers.is_number_geographical(number):
        names = number_zones.time_zones_for_geographical_number(number)
    elif phonenumbers.region_code_for_number(number) not in (None, store_country):
        names = number_zones.time_zones_for_number(number)
    else:
        names = ()
    # "Etc/Unknown", and what a newer library may know and this machine does not.
    return [ZoneInfo(name) for name in names if name in _KNOWN]
