"""Rooms shared with community groups: sites and spaces, hirers, bookings, closures."""

from spaces.models.access import (
    AccessFact,
    AccessKey,
)
from spaces.models.ages import (
    ASKED_AGES,
    AgeGroup,
)
from spaces.models.agreements import (
    EVERY_SITE,
    AgreementVersion,
    HireAgreement,
)
from spaces.models.appeals import (
    HirerAppeal,
)
from spaces.models.arrival_facts import (
    Arrival,
    ArrivalFacts,
)
from spaces.models.bookings import (
    Booking,
    Occupancy,
)
from spaces.models.charges import (
    Charge,
)
from spaces.models.closures import (
    Closure,
)
from spaces.models.decisions import (
    BookingQuestion,
    Decision,
)
from spaces.models.demand import (
    UnmetDemand,
)
from spaces.models.documents import (
    HirerDocument,
    PeopleCheck,
)
from spaces.models.drafts import (
    HirerDraft,
    OfferDraft,
)
from spaces.models.equipment import (
    Equipment,
)
from spaces.models.exceptions import (
    DayException,
)
from spaces.models.feeds import (
    FeedToken,
)
from spaces.models.hirer_invitations import (
    HirerInvitation,
)
from spaces.models.hirers import (
    Hirer,
)
from spaces.models.holds import (
    Hold,
)
from spaces.models.insurance import (
    HirersCover,
    InsuranceRoute,
)
from spaces.models.invitations import (
    Invitation,
)
from spaces.models.offers import (
    SpaceOffer,
)
from spaces.models.opening import (
    OpeningRule,
)
from spaces.models.photographs import (
    Photograph,
)
from spaces.models.prevent import (
    PreventCheck,
)
from spaces.models.references import (
    Reference,
)
from spaces.models.reports import (
    FactReport,
)
from spaces.models.requirements import (
    SiteRequirement,
)
from spaces.models.sites import (
    Room,
    Site,
    SiteManager,
)
from spaces.models.spaces import (
    Layout,
    Space,
)
from spaces.models.taken import (
    FURTHEST_WEEKS,
    LONGEST,
    LONGEST_USE,
    TAKEN,
)

__all__ = [
    "ASKED_AGES",
    "EVERY_SITE",
    "FURTHEST_WEEKS",
    "LONGEST",
    "LONGEST_USE",
    "TAKEN",
    "AccessFact",
    "AccessKey",
    "AgeGroup",
    "AgreementVersion",
    "Arrival",
    "ArrivalFacts",
    "Booking",
    "BookingQuestion",
    "Charge",
    "Closure",
    "DayException",
    "Decision",
    "Equipment",
    "FactReport",
    "FeedToken",
    "HireAgreement",
    "Hirer",
    "HirerAppeal",
    "HirerDocument",
    "HirerDraft",
    "HirerInvitation",
    "HirersCover",
    "Hold",
    "InsuranceRoute",
    "Invitation",
    "Layout",
    "Occupancy",
    "OfferDraft",
    "OpeningRule",
    "PeopleCheck",
    "Photograph",
    "PreventCheck",
    "Reference",
    "Room",
    "Site",
    "SiteManager",
    "SiteRequirement",
    "Space",
    "SpaceOffer",
    "UnmetDemand",
]
