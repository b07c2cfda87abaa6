"""What a group with a booking must know to get in: who opens, which door, what to bring, whom to call."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from spaces.models.sites import Site, check_is_of_its_site


class WhoOpens(models.TextChoices):
    RECEPTION = "reception", _("Staff at a reception let you in")
    SOMEBODY = "somebody", _("Somebody meets you at the door")
    KEY = "key", _("You fetch a key or a fob")


@dataclass(frozen=True)
class Arrival:
    """The four answers as a group reads them. An answer may be empty."""

    who_opens: str = ""
    who_opens_words: str = ""
    door: str = ""
    bring: str = ""
    call_name: str = ""
    call_phone: str = ""

    def __bool__(self) -> bool:
        return any((self.who_opens, self.door, self.bring, self.call_phone))

    @property
    def opens(self) -> str:
        """Who opens, as a sentence."""
        return str(WhoOpens(self.who_opens).label) if self.who_opens else ""

    def before(self, other: "Arrival") -> "Arrival":
        """These answers, and the other's where there is none. Words go with what they belong to."""
        opens, calls = (self if self.who_opens else other), (self if self.call_phone else other)
        return Arrival(
            who_opens=opens.who_opens,
            who_opens_words=opens.who_opens_words,
            door=self.door or other.door,
            bring=self.bring or other.bring,
            call_name=calls.call_name,
            call_phone=calls.call_phone,
        )


class ArrivalFacts(TimeStamped):
    """How groups get into a site, or where a space of it differs. An empty answer is the site's.

    Only groups with a confirmed booking and those who look after the site read it.
    """

    WhoOpens = WhoOpens

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="arrival_facts")
    space = models.ForeignKey(
        "spaces.Space",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="arrival_facts",
        help_text="Left empty, it is for every space of the site.",
    )
    who_opens = models.CharField(max_length=10, choices=WhoOpens, blank=True)
    who_opens_words = models.CharField(
        "more about who opens",
        max_length=300,
        blank=True,
        help_text="Until when the reception is staffed, or where the key is.",
    )
    door = models.TextField("which door", max_length=1000, blank=True)
    bring = models.CharField("what to bring", max_length=300, blank=True)
    call_name = models.CharField("whom to call on the day", max_length=120, blank=True)
    call_phone = models.CharField(
        "their telephone",
        max_length=20,
        blank=True,
        help_text="It is answered while a group is there, in the evening and at weekends too.",
    )

    class Meta:
        verbose_name_plural = "arrival facts"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "space"],
                name="a_place_says_once_how_groups_get_in",
                nulls_distinct=False,
                violation_error_message=_("How groups get in is said already. Change that."),
            ),
            models.CheckConstraint(
                name="who_opens_is_said_before_more_is_told_of_them",
                condition=~Q(who_opens="") | Q(who_opens_words=""),
                violation_error_message=_("Choose who opens the door."),
            ),
            models.CheckConstraint(
                name="whoever_is_called_has_a_telephone",
                condition=~Q(call_phone="") | Q(call_name=""),
                violation_error_message=_("Enter the phone number."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space or self.site}: how groups get in"

    def clean(self) -> None:
        super().clean()
        check_is_of_its_site(self)

    @property
    def arrival(self) -> Arrival:
        return Arrival(
            who_opens=self.who_opens,
            who_opens_words=self.who_opens_words,
            door=self.door,
            bring=self.bring,
            call_name=self.call_name,
            call_phone=self.call_phone,
        )
