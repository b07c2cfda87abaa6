"""What waits for those who decide about rooms, run them or offer them."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from home.services.waiting.lines import SHOWN, Line, Section
from spaces.models import Booking, Decision, FactReport, Site, SpaceOffer
from spaces.services import left_outside


def bookings_to_decide(user: User, *, now: datetime, today: date) -> Section:
    """What is to be decided soonest first. A request whose time has passed cannot be granted."""
    mine = Decision.objects.waiting_for(user, today).filter(booking__starts_at__gt=now)
    waiting = list(mine.select_related("booking__space__site", "booking__hirer__organisation"))
    return Section(
        title=_("Requests for a room"),
        lines=[
            Line(
                str(step.booking.space),
                step.booking.get_absolute_url(),
                step.booking.hirer.name_for_others,
                step.booking.starts_at,
                step.booking.ends_at,
                due=step.due_on,
                is_late=step.due_on < today,
            )
            for step in waiting[:SHOWN]
        ],
        nothing=_("No request waits for a decision."),
        more_url=reverse("spaces:bookings"),
        more_label=_("See all %(number)d requests") % {"number": len(waiting)}
        if len(waiting) > SHOWN
        else _("See all bookings"),
    )


def bookings_left_outside(user: User, *, now: datetime, today: date) -> list[Section]:
    """Bookings that stand although they no longer fit, until somebody decides; nothing while none.

    What waits for this person's yes or no stands above already.
    """
    left = left_outside(Booking.objects.answered_for_by(user, today), now=now)
    if not left:
        return []
    to_decide = set(Decision.objects.waiting_for(user, today).values_list("booking", flat=True))
    lines = [
        Line(
            str(one.booking.space),
            one.booking.get_absolute_url(),
            f"{one.booking.hirer.name_for_others}. {one.why.words}",
            one.booking.starts_at,
            one.booking.ends_at,
        )
        for one in left
        if one.booking.pk not in to_decide
    ]
    more = len(lines) - SHOWN
    section = Section(title=_("Bookings that no longer fit"), lines=lines[:SHOWN])
    if more > 0:
        section.more_url = reverse("spaces:sites")
        section.more_label = ngettext(
            "%(number)d more is on the page of your site",
            "%(number)d more are on the pages of your sites",
            more,
        ) % {"number": more}
    return [section] if lines else []


def facts_to_mend(user: User) -> list[Section]:
    """Seldom any: the part is there only while somebody waits for an answer."""
    told = FactReport.objects.visible_to(user).open().with_space()
    section = Section(
        title=_("Reports of wrong facts"),
        lines=[
            Line(str(report.get_fact_display()), report.get_absolute_url(), str(report.space))
            for report in told.order_by("created_at", "pk")[:SHOWN]
        ],
        more_url=reverse("spaces:fact_reports"),
        more_label=_("See all reports"),
    )
    return [section] if section.lines else []


def prices_to_set(user: User) -> list[Section]:
    """Sites that came by an offer with a price in words; nothing while all have prices."""
    unpriced = Site.objects.visible_to(user).without_prices().select_related("offer")
    lines = [
        Line(str(site), f"{site.get_absolute_url()}#prices", site.offer.price_text)
        for site in unpriced.order_by("offer__decided_at", "pk")[:SHOWN]
    ]
    return [Section(title=_("Prices to set"), lines=lines)] if lines else []


def offers_to_decide(user: User) -> Section:
    own = SpaceOffer.objects.own_of(user).values("pk")
    waiting = SpaceOffer.objects.visible_to(user).awaiting_decision().exclude(pk__in=own)
    return Section(
        title=_("Rooms offered to us"),
        lines=[
            Line(offer.title, offer.get_absolute_url(), str(offer.organisation))
            for offer in waiting.with_people().order_by("sent_at", "pk")[:SHOWN]
        ],
        nothing=_("No offer waits for an answer."),
        more_url=reverse("spaces:offers"),
        more_label=_("See all offers"),
    )


def my_offers(user: User) -> list[Section]:
    """What this person has not sent yet, or was asked about; nothing for those who offer nothing."""
    mine = SpaceOffer.objects.visible_to(user).filter(by=user).open().with_people()
    lines = [
        Line(offer.title, offer.get_absolute_url(), str(offer.get_state_display()).capitalize())
        for offer in mine.order_by("-updated_at", "pk")[:SHOWN]
    ]
    if not lines:
        return []
    return [
        Section(
            title=_("Rooms you offer"),
            lines=lines,
            more_url=reverse("spaces:offers"),
            more_label=_("See all your offers"),
        )
    ]
