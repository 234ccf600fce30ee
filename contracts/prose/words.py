"""Word lists for names and promises. All words are folded and in small letters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMES_LIKE_FORMS = _words(
    """
    anjali baker banks banting barber beverly boeing booker bowers bowling brewer bridges brooks browning butler
    carly carpenter carter carver cecily chambers chandler chongqing cicely clement clements constable cooling
    cushing cutler darling dickens dyer ebeling emily fielding fields fisher fleming forester forrester foster
    fowler gable gardner gatling gehring glover golding goring grayling guinness harding harper hastings hayling
    hemming hilly hooper hopping inverness italy jennings keating keller kelly kellyn kimberly kipling lessing
    lester mabel manning masters merrily miller mills molly nanjing netterling oakly olive parker parks pauling
    peters pickering piper polly porter potter powers presly reading redding rider riesling rivers rogers roper
    rowling ruling sally sanders sawyer schelling schilling sibling sicily singer skinner slater spencer sterling
    stirling stringer summers taylor thatcher turner tyler wagner walker walkers waller warner waters waverly weaver
    webber wells wesly wheeler wheeling wilder wilding winters withers woods wyoming
    """
)
"""Names, though they end as adverbs, gerunds, plurals and other forms of common words do."""

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

TRANSLATED = {
    "mr": _words("herr herrn monsieur m sr senor sig"),
    "ms": _words("frau mme madame mlle sra senora srta signora dona"),
    "mrs": _words("frau mme madame sra senora signora dona"),
    "dutch": _words("nederlands niederlandisch"),
    "french": _words("franzosisch frances francais"),
    "german": _words("deutsch deutsche aleman alemao allemand"),
    "italian": _words("italienisch italiano italien"),
    "japanese": _words("japanisch japones japonais"),
    "polish": _words("polnisch polaco polones polonais"),
    "portuguese": _words("portugiesisch portugues portugais"),
    "spanish": _words("spanisch espanol espanhol espagnol"),
}
"""Titles and languages, and what a source in another language calls them."""

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
