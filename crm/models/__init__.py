"""People, places and tablets. Each table carries its organisation; no query crosses it."""

from crm.models.callbacks import Task
from crm.models.clock import ClockShift
from crm.models.devices import Device, EnrolmentCode, PinGuard, PinSession, SignInGuard
from crm.models.people import Consent, ContactPoint, Customer
from crm.models.shops import Organization, Store, StoreFeed
from crm.models.staff import Staff, StaffRole

__all__ = [
    "ClockShift",
    "Consent",
    "ContactPoint",
    "Customer",
    "Device",
    "EnrolmentCode",
    "Organization",
    "PinGuard",
    "PinSession",
    "SignInGuard",
    "Staff",
    "StaffRole",
    "Store",
    "StoreFeed",
    "Task",
]
