"""Who must agree to a booking, what each of them said, and what they asked before."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from core.models import TimeStamped
from spaces.models.bookings import Booking, able_to_decide, is_own, staff_able_to_decide
from spaces.models.sites import Site


class DecisionQuerySet(models.QuerySet["Decision"]):
    def current(self) -> Self:
        """Of the booking as it is asked for now, not as it was before it changed."""
        return self.filter(superseded_at=None)

    def open(self) -> Self:
        """Somebody must still say yes or no, and may: no question of theirs waits for an answer."""
        return self.current().filter(outcome="", booking__state=Booking.State.REQUESTED)

    def late(self, today: date) -> Self:
        return self.filter(due_on__lt=today)

    def waiting_for(self, user: User, today: date) -> Self:
        """Those that this person is asked for, soonest first.

        Programme staff stand in for a site that nobody runs or that is late; whoever has said yes
        already, or whose own booking it is, is not asked. Nor is who asked for a group that telephoned,
        where somebody else can say yes for the site, or for the programme.
        """
        mine = Q(step=Decision.Step.SITE, booking__space__site__in=Site.objects.managed_by(user))
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF):
            mine |= Q(step=Decision.Step.PROGRAMME)
            able = able_to_decide("booking__", today)
            nobody = ~Exists(able)
            others = Exists(able.exclude(user=OuterRef("booking__requested_by")))
            nobody_else = ~Q(booking__caller_name="") & ~others & ~_somebody_looks_anyway()
            mine |= Q(Q(escalated_at__isnull=False) | nobody | nobody_else, step=Decision.Step.SITE)
        if user.holds(ProgrammeRole.Role.SAFEGUARDING_LEAD):
            mine |= Q(step=Decision.Step.SAFEGUARDING)
        if user.holds(ProgrammeRole.Role.PROGRAMME_LEAD):
            mine |= Q(escalated_at__isnull=False)
        said_yes = Decision.objects.current().filter(booking=OuterRef("booking"), decided_by=user)
        return (
            self.open()
            .filter(mine)
            .exclude(Exists(said_yes))
            .exclude(is_own("booking__", user))
            .exclude(_left_to_others(user, today))
            .order_by("due_on", "asked_at", "pk")
        )

    def left_to_others_by(self, user: User, today: date) -> Self:
        """What is not for this person to say yes to, who took the call of a group that telephoned.

        The yes of a site: somebody else who runs it can say it, or programme staff can, where nobody
        else looks at the booking anyway. The yes of the programme: somebody else of its staff can.
        """
        return self.filter(_left_to_others(user, today))


def _left_to_others(user: User, today: date) -> Q:
    of_the_site = able_to_decide("booking__", today).exclude(user=user)
    said = Decision.objects.current().filter(
        booking=OuterRef(OuterRef("booking")), decided_by=OuterRef("user")
    )
    # Nobody takes two steps, so who has taken one is not somebody else for the next.
    staff = Exists(
        staff_able_to_decide("booking__", today).exclude(user=user).exclude(Exists(said))
    )
    of_the_site_or_staff = Exists(of_the_site) | (~_somebody_looks_anyway() & staff)
    took_the_call = Q(booking__requested_by=user) & ~Q(booking__caller_name="")
    return took_the_call & (
        (Q(step=Decision.Step.SITE) & Q(of_the_site_or_staff))
        | (Q(step=Decision.Step.PROGRAMME) & Q(staff))
    )


def _somebody_looks_anyway() -> Exists:
    """Whether the yes of a person is needed beside that of the site: nobody takes both."""
    beside = Decision.objects.current().filter(booking=OuterRef("booking"), is_automatic=False)
    return Exists(beside.exclude(step=Decision.Step.SITE))


class Decision(TimeStamped):
    """One of those who must agree to a booking: by when, and what they said."""

    class Step(models.TextChoices):
        SITE = "site", _("The people who run the site")
        PROGRAMME = "programme", _("Programme staff")
        SAFEGUARDING = "safeguarding", _("The safeguarding lead")

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("yes")
        DECLINED = "declined", _("no")

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="decisions")
    step = models.CharField(max_length=12, choices=Step)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_automatic = models.BooleanField(default=False)
    escalated_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody else was asked because it was late."
    )
    superseded_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the booking changed, so that it had to be asked anew.",
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "step"],
                condition=Q(superseded_at=None),
                name="each_step_of_a_booking_is_decided_once",
            ),
            models.UniqueConstraint(
                fields=["booking", "decided_by"],
                condition=Q(superseded_at=None, decided_by__isnull=False),
                name="nobody_decides_twice_about_a_booking",
                violation_error_message=_("You said yes already, so somebody else must decide."),
            ),
            models.CheckConstraint(
                name="a_step_is_decided_at_a_time",
                condition=Q(outcome="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(outcome="") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_step_is_decided_by_a_person_or_by_rule",
                condition=Q(outcome="", is_automatic=False)
                | Q(is_automatic=True, outcome="approved", decided_by__isnull=True)
                | Q(is_automatic=False, decided_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="decision_open",
                condition=Q(outcome="", superseded_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} about booking {self.booking_id}"


class BookingQuestionQuerySet(models.QuerySet["BookingQuestion"]):
    def open(self) -> Self:
        return self.filter(answered_at=None)


class BookingQuestion(models.Model):
    """What somebody must know before they can decide, and what the group answered."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="questions")
    question = models.CharField(max_length=400)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = BookingQuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(answered_at=None),
                name="one_question_waits_at_a_time",
                violation_error_message=_("A question waits for an answer already."),
            ),
            models.CheckConstraint(
                name="an_answer_has_words_a_person_and_a_time",
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_answer_comes_after_its_question",
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("asked_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk} about booking {self.booking_id}"
