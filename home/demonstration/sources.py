"""Where the facts of the demonstration come from, each page named once.

A page whose whole address we do not hold is named without one.
"""

from home.demonstration.world import public_fact

PROGRAMME_PAGE = public_fact(
    "Let’s talk health and care in South East London: Anchor System programme",
    "https://letstalkhealthandcareselondon.org/anchor-programme",
    how="seed",
)
LISTENING_NEWS = public_fact(
    "Let’s talk health and care in South East London: about the listening campaign",
    how="public page",
)
LAUNCH_NEWS = public_fact(
    "NHS South East London: anchor institutions launch community engagement campaign",
    "https://selondonics.org/south-east-london-anchor-institutions-launch-community-engagement-campaign/",
    "4 August 2023",
)
ASSEMBLY_NEWS = public_fact(
    "NHS South East London: community and NHS leaders pledge to tackle health inequalities",
    "https://selondonics.org/community-and-nhs-leaders-pledge-to-tackle-health-inequalities-across-south-east-london",
)
LEADERS_PLEDGE = public_fact(
    "Cavendish Square Group: NHS and local authority leaders pledge to tackle health inequalities",
    "https://cavendishsquaregroup.co.uk/news/nhs-and-local-authority-leaders-pledge-to-tackle-health-inequalities-542",
)
SLL_ACTION_PLAN = public_fact(
    "South London Listens: action plan", "https://southlondonlistens.org/action-plan"
)
SLL_EQUITY_NEWS = public_fact(
    "South London Listens: working together for health equity in South London"
)
SLL_FIRST_PLAN = public_fact("South West London and St George’s: South London Listens action plan")
HOUSING_NEWS = public_fact(
    "NHS South East London: leaders act on housing and health",
    "https://selondonics.org/?p=15738",
    "7 February 2025",
)
HOUSING_ARTICLE = public_fact(
    "NHS South East London: Housing and health, a partnership for change",
    "https://selondonics.org/housing-and-health-a-partnership-for-change",
    "10 February 2025",
)
CITIZENS_ASSEMBLY = public_fact(
    "Citizens UK: 1,000 South London Citizens show people power at local assembly",
    "https://citizensuk.org/about-us/news/1000-south-london-citizens-show-people-power-at-local-assembly",
)
OXLEAS_NEWS = public_fact(
    "Oxleas: working together to improve the health of local people",
    "https://oxleas.nhs.uk/news/working-together-to-improve-the-health-of-local-people-2262",
)
OXLEAS_SYSTEM = public_fact(
    "Oxleas: South East London Integrated Care System",
    "https://oxleas.nhs.uk/south-east-london-integrated-care-system",
)
VCSE_CAREERS = public_fact(
    "South East London VCSE Strategic Alliance: widening participation",
)
VCSE_CHARTER = public_fact(
    "South East London VCSE Strategic Alliance: VCSE charter",
    "https://selalliance.org.uk/our-work/sel-vcse-charter",
)
LIVING_WAGE_NEWS = public_fact(
    "Healthcare Management: South East London ICB is a London Living Wage employer",
    "https://healthcare-management.uk/south-east-london-icb-london-living-wage-employer",
    "about November 2025",
    how="secondary",
)
SLAM_NEWS = public_fact(
    "South London and Maudsley: Living Wage Champion award winners 2023",
    "https://slam.nhs.uk/pressreleases/living-wage-champion-award-winners-2023-3281",
    "2023",
)
KCH_ANCHOR = public_fact(
    "King’s College Hospital: being an anchor institution",
    "https://kch.nhs.uk/about/our-strategy/being-an-anchor-institution/",
)
LGT_ABOUT = public_fact(
    "Lewisham and Greenwich NHS Trust: about us", "https://lewishamandgreenwich.nhs.uk/about-us"
)
GSTT_PAGE = public_fact("Guy’s and St Thomas’: partnerships")
CIVIC_AGREEMENT = public_fact(
    "Goldsmiths, University of London: civic university agreement",
    "https://gold.ac.uk/community/civic/cua/agreement",
)
GREENWICH_ANCHORS = public_fact("Royal Borough of Greenwich: Anchored in Greenwich")
ICB_LAUNCH = public_fact(
    "NHS South East London: launch of the Integrated Care Board on 1 July 2022",
    "https://selondonccg.nhs.uk/news/an-update-on-the-launch-of-the-south-east-london-integrated-care-board-on-1-july-2022/",
    "2022",
)
ICS_NEWS = public_fact(
    "Bexley CCG: South East London Integrated Care System",
    "https://bexleyccg.nhs.uk/News-Events/pr009.htm",
)
KINGS_HOSTS = public_fact(
    "King’s College London: King’s hosts South London Listens accountability assembly",
    "https://kcl.ac.uk/news/kings-hosts-south-london-listens-accountability-assembly",
    "14 October 2022",
)
COMMUNITY_SOUTHWARK = public_fact(
    "Community Southwark: premises matching project, interim summary report"
)
LONDON_ANCHORS = public_fact("London Anchor Institutions’ Network: news", dated="8 February 2024")
SOUTHWARK_CENSUS = public_fact("Census 2021: Southwark", dated="2021")
GREENWICH_CENSUS = public_fact(
    "Office for National Statistics: how Greenwich has changed, Census 2021",
    "https://ons.gov.uk/visualisations/censusareachanges/E09000011",
    "2021",
)
BROMLEY_CENSUS = public_fact(
    "London Borough of Bromley: Census",
    "https://bromley.gov.uk/statistics-census-information/census/1",
    "2021",
)
