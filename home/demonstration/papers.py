"""Papers of the made-up groups: in date, running out, waiting, turned down. All made up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces.models import HirerDocument, HirersCover, Site, SiteRequirement
from spaces.rules.insurance import Answers
from spaces.services import documents, insurance
from spaces.services.found_wrong import find_wrong

Kind = HirerDocument.Kind
Asked, When = SiteRequirement.Kind, SiteRequirement.When


@dataclass(frozen=True)
class PaperPlan:
    """One paper, by days from today. `refused` is why; `is_waiting` leaves it to be checked."""

    group: str
    kind: HirerDocument.Kind
    holds_for: int | None = None
    cover: int | None = None
    refused: str = ""
    found_wrong: str = ""
    """What the group was told when somebody found it wrong, two days after it was accepted."""
    is_waiting: bool = False
    was_seen: bool = False
    sent: int = 60


PAPERS = [
    PaperPlan("Second Cup Carers", Kind.INSURANCE, holds_for=212, cover=5_000_000),
    PaperPlan("Second Cup Carers", Kind.SAFEGUARDING),
    PaperPlan("Second Cup Carers", Kind.RISK, is_waiting=True, sent=1),
    PaperPlan("Pan y Palabra", Kind.INSURANCE, holds_for=19, cover=2_000_000, sent=340),
    PaperPlan("Hands Up Deaf Social", Kind.INSURANCE, holds_for=150, cover=5_000_000),
    PaperPlan("Bright Start Parents", Kind.INSURANCE, holds_for=98, cover=10_000_000),
    PaperPlan("Bright Start Parents", Kind.SAFEGUARDING, was_seen=True),
    PaperPlan("Rainbow Table", Kind.INSURANCE, holds_for=180, cover=5_000_000),
    PaperPlan("Loud Choir", Kind.INSURANCE, holds_for=-6, cover=5_000_000, sent=370),
    PaperPlan(
        "Loud Choir",
        Kind.EQUALITY,
        found_wrong="This is the statement of another choir with its name cut out. Send your own.",
        sent=30,
    ),
    PaperPlan("Northbank Debt Desk", Kind.INSURANCE, holds_for=260, cover=5_000_000),
    PaperPlan(
        "Tea and Tenants",
        Kind.SAFEGUARDING,
        refused="This is a leaflet of another group. Please send your own policy, even if it is short.",
        sent=2,
    ),
    PaperPlan("Newcomer Kitchen", Kind.FOOD, is_waiting=True, sent=3),
    PaperPlan("Newcomer Kitchen", Kind.INSURANCE, holds_for=120, cover=5_000_000),
]


# Site, kind, when, sum; no site for every one of them.
ASKED = [
    ("", Asked.INSURANCE, When.ALWAYS, 2_000_000),
    ("", Asked.PEOPLE_CHECK, When.AT_RISK, None),
    ("", Asked.FOOD, When.FOOD, None),
    ("Old Signal House", Asked.RISK, When.ALWAYS, None),
    ("Tanner’s Green Hospital Education Block", Asked.INSURANCE, When.ALWAYS, 5_000_000),
]

# Site, sum (0 where there is none), conditions.
COVERS = [
    ("Old Signal House", 5_000_000, "Up to 50 people. Tell us a week before if the use changes."),
    ("Quarry Lane Hub", 2_000_000, "Not for parties."),
    ("Tanner’s Green Hospital Education Block", 0, ""),
]


def load(world: World) -> None:
    sites = {site.name.removesuffix(" (demo)"): site for site in Site.objects.all()}
    for name, kind, when, least in ASKED:
        SiteRequirement.objects.create(
            site=sites[name] if name else None, kind=kind, when=when, min_cover_pounds=least
        )
    hall = world.things["space:Hall, Old Signal House"]
    SiteRequirement.objects.create(
        site=hall.site,
        space=hall,
        kind=Asked.INSURANCE,
        min_cover_pounds=5_000_000,
        starts_on=world.today + timedelta(days=90),
    )
    for name, sum_paid, conditions in COVERS:
        HirersCover.objects.create(
            site=sites[name],
            is_offered=bool(sum_paid),
            up_to_pounds=sum_paid or None,
            conditions=conditions,
            checked_on=world.today - timedelta(days=40),
        )
    elders, chosen = world.things["hirer:Kickabout Elders"], days_ago(world, 50)
    said = Answers(
        is_business=False,
        pays_somebody=False,
        meets_elsewhere=False,
        risks=frozenset(),
        people=14,
        has_policy=False,
    )
    done(
        world,
        chosen,
        lambda: insurance.keep_insurance_route(
            elders, sites["Old Signal House"], said, by=elders.registered_by, now=chosen
        ),
    )
    for plan in PAPERS:
        _paper(world, plan)
    hirer = world.things["hirer:Bright Start Parents"]
    worker, seen = world.people["programme_staff"], days_ago(world, 286)
    done(
        world,
        seen,
        lambda: documents.note_people_check(
            hirer, by=worker, now=seen, level="enhanced", people=3, seen_on=seen.date()
        ),
    )


def _paper(world: World, plan: PaperPlan) -> None:
    hirer = world.things[f"hirer:{plan.group}"]
    worker, sent = world.people["programme_staff"], days_ago(world, plan.sent)
    facts: dict[str, Any] = {
        "kind": plan.kind,
        "insurer": "Thames Mutual (demo)" if plan.kind == Kind.INSURANCE else "",
        "cover_pounds": plan.cover,
        "valid_until": None
        if plan.holds_for is None
        else world.today + timedelta(days=plan.holds_for),
    }
    if plan.was_seen:
        done(world, sent, lambda: documents.note_document_seen(hirer, by=worker, now=sent, **facts))
        return
    paper = done(
        world,
        sent,
        lambda: documents.add_document(
            hirer,
            by=hirer.registered_by,
            now=sent,
            file=one_page(f"{plan.kind.label}, made up for the demonstration"),
            file_name="paper.pdf",
            **facts,
        ),
    )
    checked = sent + timedelta(days=1)
    if plan.refused:
        done(
            world,
            checked,
            lambda: documents.refuse_document(paper, by=worker, now=checked, reason=plan.refused),
        )
    elif not plan.is_waiting:
        done(world, checked, lambda: documents.accept_document(paper, by=worker, now=checked))
    if plan.found_wrong:
        wrong = checked + timedelta(days=2)
        said = {"found_wrong": "not_theirs", "reason": plan.found_wrong}
        done(world, wrong, lambda: find_wrong(paper, by=worker, now=wrong, **said))


def one_page(words: str) -> bytes:
    """A PDF of one page that says this, in plain letters."""
    text = f"BT /F1 18 Tf 60 760 Td ({words}) Tj ET".encode("latin-1")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    page, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(page))
        page += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = (
        b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    )
    return page + end % (table, len(page))
