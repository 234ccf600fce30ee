"""Word lists of the prose checks. All words are folded: no diacritics, small letters (see prose_facts.fold)."""

COMMON = frozenset(
    """
    a able about above across actually additionally adding after again against ahead all along already also although
    always among an and another any anyone anything apart approach are around as ask asking at attached aware away
    back based be because been before beginning behind being below benefit benefits best better between beyond big both
    brief bring bringing budget build building business but buyers by call calls can can't case challenge challenges
    change changes check choose clear clearly client clients close colleagues coming companies company concern concerns
    confirm congratulations connect consider contact content cost costs could curious currently customer customers
    data day days deadline decision delays delighted deliver delivery demo depending details did different discuss do
    does done down due during each earlier easier easy effort either else email encouraged end enough enterprise
    errors especially even ever every everyone everything exactly example excited exploring extra far fast faster
    feedback feel few final find finding first fit fix focus following for fortunately forward free fresh from full
    further get getting give given glad go goal goals going good great group growth had half happy hard has have
    having he hear hearing help helpful helping her here his hope hopefully hoping how however idea ideas if impact
    important impressed improve improvement improvements in including information inside insights installation
    instead integration interest interested interesting into introducing introduction is issue issues it its join
    just keep keeping kind knowing large last late later learn learning leave less let like likely line little local
    long longer looking loved lower made main make making management managers manual many matters meanwhile meet
    meeting meetings members mentioned message migration might minutes missing mistakes moment money moreover
    most mostly move moving much must my near need needs neither never new next nice no nobody none nor not note
    notes nothing now occasionally of off offer offering often old on once one ones only onboarding open operations
    option options or order orders other others otherwise our ours out outside over overall overview own paper
    part partner partners partnership past people per perfect performance perhaps phase phone pilot plan planning
    plans please pleased pleasure point points possible possibly practical preparing pressure price prices pricing
    priorities priority problem problems process processes product production products project projects
    proposal proposals questions question quick quickly quite quote quotes rather re reach reaching read ready
    reason reasons recap recently reducing regarding related reliable remember replies reply report reports
    request requests requirements response results review right rollout running safety sales same save saving savings
    schedule scope second see seeing send sending service services set several shall share sharing she short should
    show similar simple simpler simply since single small smaller so software solution solutions solving some
    someone something sometimes soon sounds staff start started starting stay step steps still stock stop storage
    stronger such summary supplier suppliers supply support sure system systems take taking talk talking teams team
    technical tell terms thank thanks that that's the their them then there therefore these they thing things think
    thinking third this those though thought thoughts through throughout thus time times timing to together too
    tools topic towards trade training transition trying turning two under understandably understanding unfortunately
    unless until up update updates upon us use useful users using usually value very via visit volume waiting want
    was way ways we week weeks welcome well were what whatever when whenever where wherever whether which while who
    whoever whole whom whose why will wish wishing with within without won't wonder wondering work workflow working
    works worth would writing year years yes yet you your yours zero
    """.split()
)
"""Words that may open a sentence or stand in a title. A first name that is one of them is not noticed there."""

NAMES_LIKE_ADVERBS = frozenset(
    """
    beijing beverly billy bing bowling boeing browning carly chongqing cicely cody darling dooling elly emily fielding
    fleming flickling gatling golding golly gosling harding hastings hayling holly italy kelly kelling keating king kimberly
    kipling lely lilly lily ling manning ming molly nanjing nelly neely oakly pauling pickering polly presly reading
    redding rowling sally sibling sicily sterling stirling ting tully waverly wesly wheeling willy wyoming xing ying
    """.split()
)
"""End in -ly or -ing, and are names all the same."""

NAMES_LIKE_WORDS = frozenset(
    """
    abbey ace amber angel april art august autumn bill blake bob brook brooke carol chance charity chase chuck clay
    cliff colt cooper crystal daisy dale dawn dean destiny dick dolly don drew earl eve faith fern flora frank gene
    ginger glen grace grant guy harmony harry hazel heath heather holly hope hunter iris ivy jack jade jasmine jay jean
    jewel jimmy john josh joy june ken king lance laurel lily mark mason max may melody mercy mike miles misty nick
    olive opal page pat patience patsy pearl peg penny percy pierce rae randy ray reed rich rob robin rod rose ruby russ
    rusty sandy scarlett scout sherry skip stew stone storm sue summer sunny tad tanner terry tiffany tony trey trinity
    tucker van victor violet wade wally ward warren wayne will willow winter woody
    """.split()
)
"""First names that are also words: written as names they must be written as names in a source too."""

ACRONYMS = frozenset(
    "ai api asap b2b b2c b2g bi ceo cfo cio cmo coo crm cto english eod erp eta faq fyi hr id it kpi kpis moq ok pdf pm po"
    " poc pos ps qa rfi rfp rfq roi saas smb sme smes sow tv ui uk url us usp ux vp".split()
)
"""Business shorthand that needs no source. Standards, certificates and products are not in it: those are claims."""

UNITS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
}  # fmt: skip
