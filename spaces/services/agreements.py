"""The conditions of hire: written, published, and accepted by a group for a booking."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from spaces import permissions
from spaces.models import AgreementVersion, Booking, HireAgreement, Site
from spaces.models.agreements import hash_of_text
from spaces.rules import agreements as rules
from spaces.services import bookings, confirming

ONE_DRAFT = (
    "a_version_of_an_agreement_has_a_number_of_its_own",
    "one_version_of_an_agreement_is_written_at_a_time",
)
"""The promises that whoever begins the same draft a moment later runs into, either of them first."""


def accept(
    booking: Booking,
    *,
    by: User,
    name: str,
    role: str,
    version: AgreementVersion,
    now: datetime,
) -> HireAgreement:
    """Keep that a group accepts these conditions for a booking; confirm it if that was all.

    `name` and `role` are of whoever accepts, `version` is what they were shown. Accepted twice is
    accepted once: the first stays. Raises ValidationError "newer_version" if another version holds
    by now, "not_from_here" if the booking is over, declined or cancelled.
    """
    permissions.check_may_accept(by, booking)
    with transaction.atomic():
        # Two people of a group who accept at the same moment queue here.
        booking = bookings.locked(booking)
        earlier = HireAgreement.objects.filter(booking=booking).first()
        if earlier is not None:
            return earlier
        rules.check_open_to_accept(booking, now=now)
        agreement = keep_accepted(booking, by=by, name=name, role=role, version=version, now=now)
        confirming.confirm_if_ready(booking, now=now)
        return agreement


def keep_accepted(
    booking: Booking,
    *,
    by: User,
    name: str,
    role: str,
    version: AgreementVersion,
    now: datetime,
) -> HireAgreement:
    """Keep the words as they were shown, with who accepted them. For whoever holds the booking, or
    makes it just now. Raises ValidationError "newer_version" if another version holds by now.
    """
    site = booking.space.site
    rules.check_is_in_force(version, AgreementVersion.objects.applying_to(site))

    agreement = HireAgreement.objects.create(
        booking=booking,
        version_number=version.number,
        of_site=version.site.name if version.site else "",
        title=version.title,
        text=version.text,
        sha256=hash_of_text(version.text),
        accepted_name=name,
        accepted_role=role,
        accepted_by=by,
        accepted_at=now,
    )
    record("spaces.agreement_accepted", booking, by=by, version=version.pk)
    return agreement


def write_version(
    site: Site | None, *, by: User, title: str, text: str, seen: str
) -> AgreementVersion:
    """Keep a draft of the next version, of one site or (None) of every site. Nobody else reads it.

    `seen` is the fingerprint of the draft that was looked at, empty where there was none. Raises
    ValidationError "changed" when somebody else wrote meanwhile.
    """
    permissions.check_may_write_agreement(by, site)
    try:
        with transaction.atomic():
            return _write(site, title=title, text=text, seen=seen)
    except IntegrityError as problem:
        if not any(promise in str(problem) for promise in ONE_DRAFT):
            raise
        rules.check_unchanged(draft_of(site), seen=seen)
        raise


def _write(site: Site | None, *, title: str, text: str, seen: str) -> AgreementVersion:
    draft = AgreementVersion.objects.drafts().filter(site=site).select_for_update().first()
    rules.check_unchanged(draft, seen=seen)
    if draft is None:
        last = AgreementVersion.objects.filter(site=site).aggregate(last=Max("number"))["last"]
        draft = AgreementVersion(site=site, number=(last or 0) + 1)
    draft.title, draft.text, draft.sha256 = title, text, hash_of_text(text)
    draft.save()
    return draft


@transaction.atomic
def publish_version(
    draft: AgreementVersion, *, by: User, now: datetime, seen: str
) -> AgreementVersion:
    """From now on groups are asked to accept this version. It never changes again.

    Raises ValidationError "changed" if the draft is not what was looked at, or is published already.
    """
    permissions.check_may_write_agreement(by, draft.site)
    held = AgreementVersion.objects.select_for_update(of=("self",)).select_related("site")
    draft = held.get(pk=draft.pk)
    if draft.published_at is not None:
        raise ValidationError(_("This version is published already."), code=rules.CHANGED)
    rules.check_is_what_was_read(draft, seen=seen)
    rules.check_says_something_new(draft, AgreementVersion.objects.applying_to(draft.site))

    draft.published_at, draft.published_by = now, by
    draft.save()
    record("spaces.agreement_published", draft, by=by, number=draft.number)
    return draft


def draft_of(site: Site | None) -> AgreementVersion | None:
    """What is being written for a site, or for every site."""
    return AgreementVersion.objects.drafts().filter(site=site).select_related("site").first()


def sites_with_their_own() -> list[Site]:
    """Sites with conditions of their own, which those of every site leave as they are."""
    own = AgreementVersion.objects.published().filter(site__isnull=False)
    return list(Site.objects.filter(pk__in=own.values("site")).order_by("name", "pk"))


def in_force_at(site: Site | None) -> AgreementVersion | None:
    """What a group accepts for a room of a site; for None, what holds where a site has none."""
    return AgreementVersion.objects.applying_to(site)


def version_shown(uuid: UUID) -> AgreementVersion:
    """The version that a form was shown with; one that was never published is like none at all."""
    found = AgreementVersion.objects.published().select_related("site").filter(uuid=uuid).first()
    return found or AgreementVersion()
