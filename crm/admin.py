"""The set-up pages: people, their PINs, tablets and codes. Who is not a superuser meets only what they answer for."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from crm import access, employment, enrolment, pins, sessions
from crm.clock import db_now
from crm.models import Device, EnrolmentCode, Organization, Staff, StaffRole, Store
from crm.origins import address_of
from crm.problems import Problem
from crm.tokens import token_hash

if TYPE_CHECKING:
    # Django's own classes cannot be subscripted when the program runs.
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
    _UserAdmin = UserAdmin[Any]
    _ModelForm = forms.ModelForm[Staff]
    _FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    _ModelAdmin, _TabularInline, _UserAdmin = admin.ModelAdmin, admin.TabularInline, UserAdmin
    _ModelForm, _FormSet = forms.ModelForm, forms.BaseInlineFormSet


def _staff(request: HttpRequest) -> Staff:
    assert isinstance(request.user, Staff)
    return request.user


def _stores(request: HttpRequest) -> QuerySet[Store]:
    """The stores whose tablets and people somebody may set up."""
    staff = _staff(request)
    if staff.is_superuser:
        return Store.objects.all()
    # Each of these pages asks a dozen times, for every kind of row in its menu.
    known: list[UUID] | None = getattr(request, "sendoff_stores", None)
    if known is None:
        manager = access.manager_of(staff=staff)
        known = [store.id for store in manager.stores] if manager is not None and manager.may_change else []
        request.sendoff_stores = known  # type: ignore[attr-defined]
    return Store.objects.filter(id__in=known)


def _is_admin(request: HttpRequest) -> bool:
    staff = _staff(request)
    return staff.is_superuser or StaffRole.objects.filter(staff=staff, store=None, role="admin").exists()


class GuardedSignInForm(AdminAuthenticationForm):
    """The set-up pages are guarded against guessing by the same counters as the API."""

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            try:
                staff = sessions.check_password(
                    email=email, password=password, address=address_of(self.request), now=db_now()
                )
            except Problem as problem:
                raise ValidationError(problem.detail) from problem
            try:
                self.confirm_login_allowed(staff)
            except ValidationError:
                sessions.note_sign_in(staff=staff, admitted=False)
                raise
            sessions.note_sign_in(staff=staff, admitted=True)
            self.user_cache = staff
        return self.cleaned_data


admin.site.login_form = GuardedSignInForm
admin.site.login_template = "crm/sign_in.html"
admin.site.site_header = admin.site.site_title = "Sendoff"


class ScopedAdmin(_ModelAdmin):
    """Shows what its `scope` lets through; rows are made elsewhere and never deleted, unless a page says otherwise."""

    def scope(self, request: HttpRequest) -> Q:
        """Which rows this person may see, besides nothing at all."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows if _staff(request).is_superuser else rows.filter(self.scope(request)).distinct()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Staff) and _stores(request).exists()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request) and (
            obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    """Organisations begin with `manage.py create_store`, which makes them whole."""

    fields = ["name", "brand", "language", "currency", "text_countries"]
    list_display = ["brand", "language", "currency"]

    def scope(self, request: HttpRequest) -> Q:
        return Q(id=_staff(request).organization_id)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_admin(request)


@admin.register(Store)
class StoreAdmin(ScopedAdmin):
    """Stores begin with `manage.py create_store`, which makes them whole."""

    fields = ["organization", "name", "zone", "cutoff_minutes", "country", "language", "currency"]
    readonly_fields = ["organization"]
    list_display = ["name", "organization", "zone", "country", "currency"]

    def scope(self, request: HttpRequest) -> Q:
        return Q(id__in=_stores(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_admin(request)


class StaffForm(_ModelForm):
    """A PIN goes in and never comes out again."""

    password = ReadOnlyPasswordHashField()
    new_pin = forms.CharField(
        label="New PIN",
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
        help_text="Six digits. Empty leaves it as it is.",
    )

    def clean_new_pin(self) -> str:
        pin: str = self.cleaned_data["new_pin"]
        fault = pins.pin_fault(pin) if pin else None
        if fault:
            raise ValidationError(fault)
        return pin

    def clean_email(self) -> str | None:
        email: str | None = self.cleaned_data["email"]
        return email.lower() if email else None


class RoleFormSet(_FormSet):
    def clean(self) -> None:
        super().clean()
        given = [form.cleaned_data for form in self.forms if form.has_changed() and form.is_valid()]
        if self.instance._state.adding and not given:
            # Without one nobody but an admin would ever find this person again.
            raise ValidationError("Please give this person a role.")
        for row in given:
            if row.get("store") and row["store"].organization_id != self.instance.organization_id:
                raise ValidationError("A role is given in a store of the person's own organisation.")


class RoleInline(_TabularInline):
    model = StaffRole
    formset = RoleFormSet
    fields = ["store", "role"]
    extra = 1

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Nobody raises themselves.
        return obj != request.user or _staff(request).is_superuser

    has_view_permission = lambda self, request, obj=None: True  # noqa: E731  (the page itself is guarded)
    has_add_permission = has_change_permission = has_delete_permission = _may

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "store":
            kwargs["queryset"] = _stores(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not _is_admin(request):
            # A manager gives the roles below their own.
            kwargs["choices"] = [(role, role) for role in ("associate", "lead")]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


@admin.register(Staff)
class StaffAdmin(ScopedAdmin, _UserAdmin):
    """A manager sets up the associates and leads of their own stores; an admin everybody of the organisation."""

    form = add_form = StaffForm
    inlines = [RoleInline]
    ordering = ["display_name"]
    list_display = ["display_name", "email", "organization", "is_active", "pin_locked_at"]
    actions = ["unlock_pins"]
    list_filter = ["is_active"]
    search_fields = ["display_name", "email"]
    filter_horizontal = []

    @admin.action(description="Unlock the PIN after too many wrong ones", permissions=["change"])
    def unlock_pins(self, request: HttpRequest, rows: QuerySet[Staff]) -> None:
        changed = sum(pins.unlock(staff=person) for person in rows)
        self.message_user(request, f"{changed} unlocked.", messages.SUCCESS)

    def scope(self, request: HttpRequest) -> Q:
        mine = Q(organization=_staff(request).organization_id, is_superuser=False)
        if _is_admin(request):
            return mine
        # Whose password a manager can set, the manager could become: nobody who may do more than they.
        above = StaffRole.objects.exclude(role__in=("associate", "lead"), store__in=_stores(request))
        below = Q(roles__isnull=False) & ~Q(id__in=above.values("staff_id"))
        return mine & (below | Q(id=_staff(request).id))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["display_name", "email", "language", "new_pin", "is_active"]
        fields += ["is_staff"] if _is_admin(request) else []
        fields += ["password"] if obj else []
        fields += ["organization"] if _staff(request).is_superuser else []
        return [(None, {"fields": fields})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        staff = super().save_form(request, form, change)
        if not change:
            staff.set_unusable_password()
            staff.organization_id = staff.organization_id or _staff(request).organization_id
        return staff

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_pin"):
            pins.set_pin(staff=obj, pin=form.cleaned_data["new_pin"])
        if change and "is_active" in form.changed_data:
            employment.tell(staff=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.forms:
            row.instance.organization_id = form.instance.organization_id
        super().save_formset(request, form, formset, change)


@admin.register(Device)
class DeviceAdmin(ScopedAdmin):
    fields = ["name", "store", "enrolled_at", "last_seen_at", "revoked", "revoked_at"]
    readonly_fields = ["store", "enrolled_at", "last_seen_at", "revoked", "revoked_at"]
    list_display = ["name", "store", "last_seen_at", "revoked"]
    actions = ["retire", "report_stolen"]

    def scope(self, request: HttpRequest) -> Q:
        return Q(store__in=_stores(request))

    @admin.action(description="No longer in use (hands in its visits for 7 days)", permissions=["change"])
    def retire(self, request: HttpRequest, rows: QuerySet[Device]) -> None:
        changed = sum(enrolment.revoke(device=device, how="retired") for device in rows)
        self.message_user(request, f"{changed} retired.", messages.SUCCESS)

    @admin.action(description="Stolen or lost (is told to wipe itself)", permissions=["change"])
    def report_stolen(self, request: HttpRequest, rows: QuerySet[Device]) -> None:
        changed = sum(enrolment.revoke(device=device, how="stolen") for device in rows)
        self.message_user(request, f"{changed} reported stolen.", messages.SUCCESS)


@admin.register(EnrolmentCode)
class EnrolmentCodeAdmin(ScopedAdmin):
    """Adding one makes a code, which is shown once, on the page that follows."""

    fields = ["store"]
    list_display = ["store", "made_by", "expires_at", "used_at", "device"]

    def scope(self, request: HttpRequest) -> Q:
        return Q(store__in=_stores(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "store":
            kwargs["queryset"] = _stores(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        code = enrolment.make_code(store=obj.store, made_by=_staff(request))
        obj.pk = EnrolmentCode.objects.get(code_hash=token_hash(code.replace("-", ""))).pk
        within = enrolment.lasts_in_words()
        note = f"Type this on the tablet within {within}. It works once and is not shown again: {code}"
        self.message_user(request, note, messages.WARNING)
