"""Who people are. What they may do is told by rows with dates, never by a flag on the person."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.clock import today
from core.models import Held, held_on


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: object) -> "User":
        """Make a person who signs in with this address; without a password they use codes."""
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en", choices=settings.LANGUAGES)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="Name and address were taken out; what was done stays."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="an_email_belongs_to_one_person",
                violation_error_message=_("Somebody already uses this e-mail address."),
            ),
            models.CheckConstraint(
                name="an_erased_person_has_no_name_and_cannot_sign_in",
                condition=Q(erased_at__isnull=True) | Q(name="", is_active=False),
            ),
        ]

    def __str__(self) -> str:
        if self.erased_at is not None:
            return gettext("Somebody who has left")
        return self.name or self.email

    @cached_property
    def programme_roles(self) -> frozenset[str]:
        """The programme roles this person holds today; asked of Postgres once per request."""
        if not self.is_active:
            return frozenset()
        return frozenset(self.roles.current(today()).values_list("role", flat=True))

    def holds(self, *roles: "ProgrammeRole.Role") -> bool:
        """Say whether this person holds any of these programme roles today."""
        return not self.programme_roles.isdisjoint(roles)

    # Django's admin asks these four.

    @property
    def is_staff(self) -> bool:
        return self.holds(ProgrammeRole.Role.ADMINISTRATOR)

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: object, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class ProgrammeRoleQuerySet(models.QuerySet["ProgrammeRole"]):
    def current(self, day: date) -> Self:
        return self.filter(held_on(day))


class ProgrammeRole(Held):
    """A person holds a role in the programme from a day to a day."""

    class Role(models.TextChoices):
        FACILITATOR = "facilitator", _("Facilitator")
        LISTENING_EDITOR = "listening_editor", _("Listening editor")
        SAFEGUARDING_LEAD = "safeguarding_lead", _("Safeguarding lead")
        PROGRAMME_STAFF = "programme_staff", _("Programme staff")
        PROGRAMME_LEAD = "programme_lead", _("Programme lead")
        BOARD_VIEWER = "board_viewer", _("Board viewer")
        ADMINISTRATOR = "administrator", _("Administrator")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)
    given_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ProgrammeRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_role_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("A role must end on or after the day it starts."),
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(ends_on__isnull=True),
                name="a_role_is_held_once_at_a_time",
                violation_error_message=_("This person already holds this role."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} from {self.starts_on}"
