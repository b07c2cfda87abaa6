"""Papers of a group, and what staff saw of certificates about people."""

from datetime import date, time, timedelta
from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from core.clock import at, today
from core.models import TimeStamped
from spaces.models.bookings import Booking
from spaces.models.hirers import Hirer
from spaces.models.sites import Site


class HirerDocumentQuerySet(models.QuerySet["HirerDocument"]):
    def visible_to(self, user: User) -> Self:
        """Papers of this person's groups; all of them for programme staff.

        Whoever runs a site sees the papers that hold of a group with a live booking there, unless
        only staff ever asked for it. Not those of a private group: its name stands in them, so
        programme staff look for the site.
        """
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        live = Booking.objects.alive().filter(
            space__site__in=Site.objects.managed_by(user), ends_at__gte=at(today(), time.min)
        )
        live = live.opening_their_group()
        return self.filter(
            Q(hirer__in=Hirer.objects.of_member(user))
            | Q(
                hirer__in=live.values("hirer"),
                hirer__is_sensitive=False,
                state=HirerDocument.State.ACCEPTED,
                replaced_on=None,
            )
        )

    def to_check(self) -> Self:
        return self.filter(state=HirerDocument.State.WAITING)

    def to_check_by(self, user: User) -> Self:
        """Those that wait for this person: of no group of theirs, ever, nor sent by themselves."""
        mine = Hirer.objects.ever_of(user)
        return self.visible_to(user).to_check().exclude(Q(hirer__in=mine) | Q(added_by=user))

    def accepted(self) -> Self:
        return self.filter(state=HirerDocument.State.ACCEPTED)

    def found_wrong(self) -> Self:
        """Accepted once, until somebody took that back."""
        return self.exclude(found_wrong="")

    def current(self) -> Self:
        """Those that no newer one has taken the place of, and that were not turned down."""
        return self.filter(replaced_on=None).exclude(state=HirerDocument.State.NOT_ACCEPTED)

    def running_out(self, first: date, last: date) -> Self:
        """Accepted papers that end from one day to another, with nothing that goes on after them."""
        newer = HirerDocument.objects.current().filter(
            Q(valid_until=None) | Q(valid_until__gt=OuterRef("valid_until")),
            hirer=OuterRef("hirer"),
            kind=OuterRef("kind"),
            title=OuterRef("title"),
        )
        ending = self.accepted().filter(replaced_on=None, valid_until__range=(first, last))
        return ending.exclude(Exists(newer))

    def with_people(self) -> Self:
        """Everything a list of papers shows, in one query."""
        return self.select_related("hirer__organisation", "added_by", "checked_by")


class WithoutContent(models.Manager["HirerDocument"]):
    """The file is read only where somebody asks for it."""

    def get_queryset(self) -> Any:
        return super().get_queryset().defer("content")


class HirerDocument(TimeStamped):
    """One paper of a group: what it is, until when it holds, its file, and who checked it.

    Whether it holds on a day is worked out by `rules.papers`, never stored.
    """

    class Kind(models.TextChoices):
        INSURANCE = "insurance", _("Public liability insurance")
        SAFEGUARDING = "safeguarding", _("Safeguarding policy")
        CONSTITUTION = "constitution", _("Constitution or rules")
        EQUALITY = "equality", _("Equality statement")
        RISK = "risk", _("Risk assessment")
        FOOD = "food", _("Food hygiene certificate")
        OTHER = "other", _("Another paper")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be checked")
        ACCEPTED = "accepted", _("accepted")
        NOT_ACCEPTED = "refused", _("not accepted")

    class FoundWrong(models.TextChoices):
        """Why a paper that was accepted counts for nothing any more."""

        NOT_REAL = "not_real", _("It is not real, or was changed")
        NOT_THEIRS = "not_theirs", _("It belongs to somebody else")
        ENDED = "ended", _("It was ended before its last day")
        MISREAD = "misread", _("We read it wrongly when we accepted it")
        OTHER = "other_reason", _("Another reason")

    class FileType(models.TextChoices):
        PDF = "pdf", _("PDF")
        JPG = "jpg", _("picture")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    hirer = models.ForeignKey(Hirer, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(
        max_length=120, blank=True, help_text="What another kind of paper is; else empty."
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="The last day it holds.")
    cover_pounds = models.PositiveIntegerField(null=True, blank=True)
    insurer = models.CharField(max_length=120, blank=True)
    content = models.BinaryField(null=True, blank=True)
    file_type = models.CharField(max_length=3, choices=FileType, blank=True)
    file_size = models.PositiveIntegerField(default=0, help_text="In bytes.")
    file_deleted_on = models.DateField(null=True, blank=True)
    is_seen_only = models.BooleanField(
        default=False, help_text="Programme staff saw the paper; its file was never here."
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=400, blank=True)
    found_wrong = models.CharField(
        max_length=12,
        choices=FoundWrong,
        blank=True,
        help_text="Why it was accepted and does not count any more; empty for all others.",
    )
    added_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replacements"
    )
    replaced_on = models.DateField(
        null=True, blank=True, help_text="The day on which the one in its place was accepted."
    )

    objects = WithoutContent.from_queryset(HirerDocumentQuerySet)()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                name="an_insurance_says_who_how_much_and_until_when",
                condition=~Q(kind="insurance")
                | (Q(valid_until__isnull=False, cover_pounds__isnull=False) & ~Q(insurer="")),
            ),
            models.CheckConstraint(
                name="only_an_insurance_has_a_cover",
                condition=Q(kind="insurance") | Q(cover_pounds__isnull=True, insurer=""),
            ),
            models.CheckConstraint(
                name="another_paper_says_what_it_is",
                condition=Q(kind="other", title__gt="") | (~Q(kind="other") & Q(title="")),
            ),
            models.CheckConstraint(
                name="a_paper_ends_after_it_starts",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="a_checked_paper_has_a_person_and_a_time",
                condition=Q(state="waiting", checked_by__isnull=True, checked_at__isnull=True)
                | (~Q(state="waiting") & Q(checked_by__isnull=False, checked_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="nobody_checks_a_paper_they_added",
                condition=Q(is_seen_only=True)
                | Q(checked_by__isnull=True)
                | ~Q(checked_by=F("added_by")),
            ),
            models.CheckConstraint(
                name="a_paper_turned_down_says_why",
                condition=~Q(state="refused") | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="what_was_found_wrong_is_not_accepted",
                condition=Q(found_wrong="") | Q(state="refused"),
            ),
            models.CheckConstraint(
                name="a_paper_has_a_file_or_was_seen",
                condition=Q(is_seen_only=True, content__isnull=True, file_type="")
                | Q(is_seen_only=False, content__isnull=False, file_type__gt="")
                | Q(is_seen_only=False, content__isnull=True, file_deleted_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=~Q(state="refused"),
                name="a_paper_is_replaced_once",
            ),
        ]
        indexes = [
            models.Index(fields=["hirer", "kind"], name="document_of_hirer"),
            models.Index(
                fields=["added_at"], name="document_to_check", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["valid_until"], name="document_ending", condition=Q(state="accepted")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {str(self.uuid)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:document", args=[self.uuid])

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or str(self.get_kind_display())

    @property
    def has_file(self) -> bool:
        return not self.is_seen_only and self.file_deleted_on is None


class PeopleCheckQuerySet(models.QuerySet["PeopleCheck"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(hirer__in=Hirer.objects.visible_to(user))

    def counting(self) -> Self:
        """Those that nobody took back."""
        return self.filter(taken_back_at=None)

    def taken_back(self) -> Self:
        return self.exclude(taken_back_at=None)

    def newest_first(self) -> Self:
        return self.select_related("seen_by").order_by("-seen_on", "-pk")


class PeopleCheck(TimeStamped):
    """Programme staff saw DBS certificates: at which level, when, and of how many people.

    Never whose they are, nor their numbers, nor the certificates. One that was a mistake counts for nothing
    from then on, and is kept, because bookings may have been confirmed on it.
    """

    class Level(models.TextChoices):
        BASIC = "basic", _("Basic")
        STANDARD = "standard", _("Standard")
        ENHANCED = "enhanced", _("Enhanced")
        BARRED = "barred", _("Enhanced with barred lists")

    hirer = models.ForeignKey(Hirer, on_delete=models.PROTECT, related_name="people_checks")
    level = models.CharField(max_length=10, choices=Level)
    people = models.PositiveSmallIntegerField()
    seen_on = models.DateField()
    seen_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = PeopleCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_check_was_of_somebody", condition=Q(people__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} for {self.people}, seen {self.seen_on}"


FILE_KEPT_FOR = timedelta(days=365)
"""After a paper was replaced, turned down or ran out."""
