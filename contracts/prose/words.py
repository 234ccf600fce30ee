"""Word lists for names and promises. All words are folded and in small letters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = _words(
    """
    a able about above across actually additionally adding after again against ahead all along already also although
    always among an and another any anyone anything apart approach are around as ask asking at attached automation aware
    away back based be because been before beginning behind being below benefit benefits best better between beyond big
    both brief build building business but buyers by call calls can can't case challenge challenges change changes
    check choose clear clearly clients close colleagues coming companies company compared concerns confirm
    congratulations consider contact content cost costs could curious current customer customers daily data day days
    decision delays delighted delivery demo depending details did different discuss do does done down due during each
    earlier early easier easy effort either else email encouraged end enough enterprise equally errors especially even
    ever every everyone everything exactly example excited experience exploring extra far fast faster feedback feel few
    final find first fit fix flexible focus follow for fortunately forward free frequently fresh from full further get
    give given glad go goal goals good great group growth had half happy hard has have he hear help helpful her here his
    hope how however i idea ideas if impact important impressed improve improvement improvements in information inside
    insights installation instead integration interest interested into introduction is issue issues it its join just
    keep kind large last late later learn leave less let like likely line little local long longer lower made main make
    management managers manual many margin matters maybe me meanwhile meet meeting meetings members mentioned message
    migration might minutes mistakes moment money more moreover most mostly move much must my near need needs neither
    never new next nice no nobody none nor not note notes nothing now of off offer offers often ok okay old on once one
    only onto open operations opportunity option options or order orders other others otherwise our ours out outside
    over overall overview own paper part partner partners past people per perfect perhaps phase phone pilot plan plans
    please pleased pleasure point points possible practical price prices priority problem problems process processes
    product production products project projects proposal proposals question questions quick quiet quite quote quotes
    rather re reach read ready really reason reasons recap regarding related reliable remember replies reply report
    reports request requests requirements response results return review right rollout room safe safety sales same save
    savings schedule scope second see send separate service services set setup several shall share she should show
    similar simple simpler since single small smaller so software solution solutions some someone something sometimes
    soon staff start steady step steps still stock stop storage stronger such suggestion summary supplier suppliers
    supply support sure system systems take talk team teams technical tell terms thank thanks that that's the their them
    then there therefore these they thing things think third this those though thought thoughts through throughout thus
    time times timing to together too tools topic toward towards trade training transition trial try turn two typical
    under understood unfortunately unless until up update updates upon us usage use useful users value versus very via
    visibility visit volume want was way ways we week weeks welcome well were what whatever when whenever where whether
    which while who whoever whole whose why will wish with within without won't work workflow works worth would yes yet
    you your yours
    """
)
"""Words that may open a sentence or stand in a title."""

NAMES_LIKE_ADVERBS = _words(
    """
    anjali banting beverly boeing bowling browning carly cecily chongqing cicely cooling cushing darling ebeling emily
    fielding fleming gatling gehring golding goring grayling harding hastings hayling hemming hilly hopping italy
    jennings kellyn keating kelly kimberly kipling lessing manning merrily molly nanjing netterling oakly pauling
    pickering polly presly reading redding riesling rowling ruling sally schelling schilling sibling sicily sterling
    stirling waverly wesly wheeling wilding wyoming
    """
)
"""Names, though they end as adverbs and gerunds do."""

NAMES_LIKE_WORDS = _words(
    """
    abbey amber angel art ash basil bill blake bob brook brooke carol chase chuck clay cliff cole cooper daisy dale
    dawn dean dick dolly don drew earl eve faith fern flora frank gene glen grace grant guy harry hazel heath heather
    holly hope hunter iris ivy jack jade jasmine jay jimmy joy ken kit lance laurel lily lionel mark max melody mercy
    mike miles nick norm olive otto page pat pearl peg penny percy pierce ray reed rich rob robin rod rose ruby rusty
    sandy scarlett sherry sue tanner terry tiffany tony trey van victor violet wade ward warren will willow woody
    """
)
"""First names that are words as well. Written with a capital, they must be names in a source too."""

ACRONYMS = _words(
    """
    ai api asap b2b b2c bi ceo cfo cio cmo coo crm cto eod erp eta faq fyi hr id it kpi moq ok pdf pm po poc ps qa q&a
    rfi rfp rfq roi saas sme sow tv ui ux vp
    """
)
"""Business shorthand that needs no source. Standards, certificates and countries do: they are claims."""

PROMISES = (
    (r"guarant\w*", ("guarant", "garant", "保証")),
    (
        r"free of (?:any )?charge|for free|(?:at )?no (?:extra |additional )?(?:cost|charge)|complimentary"
        r"|free (?:trial|pilot|demo|month|upgrade|installation|training|shipping)",
        ("free", "no charge", "no cost", "complimentary", "kostenlos", "kostenfrei", "gratis", "gratuit", "無料"),
    ),
    (r"discount\w*", ("discount", "rabatt", "nachlass", "descuento", "desconto", "remise", "sconto", "割引", "値引")),
    (r"refund\w*|money[ -]back", ("refund", "money back", "money-back", "erstatt", "reembols", "rembours", "返金")),
)
"""What binds the sender: how a mail says it, and the stems by which a source does."""
