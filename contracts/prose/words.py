"""Word lists for names and promises. All words are folded and in small letters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = _words(
    """
    a able about above absolutely accessible accountant accountants accuracy accurate across actually adding
    additional additionally advantage advantages affordable after afternoon again against agenda agendas ahead alert
    alerts all along already also alternative alternatives although altogether always among an and annual another
    answer answers any anyone anything anywhere apart apologies app approach apps are around as ask asked asking at
    attached audit audits automated automatic automation available average averages aware away back badge badges
    barcode barcodes barrel barrels based basic batch batches be because been before beginning behind being below
    benefit benefits besides best better between beyond bid bids big boat boats boost both bottle bottles box boxes
    brief brings budget budgets build building business but buyers by call called calls calm camera cameras can
    can't careful case cash certainly challenge challenges change changes cheaper check checklist checklists choice
    choices choose clean clear clearer clearly clever clients close closer code codes colleagues coming common
    companies company compared competitor competitors complaint complaints complete complex compliance concerns
    confirm congrats congratulations consider contact content contract contracts convenient conversation
    conversations correct cost costs could crew crews curious current custom customer customers customs daily
    dashboard dashboards data day days decision decisions definite delays delighted delivery demand demands demo
    depending desk desks despite details device devices did different difficult digital direct director directors
    discover discuss discussion discussions do doctor doctors document documents does done doubt doubts down
    downtime dream dreams driver drivers due during each earlier early easier easily easy effective efficient effort
    either else email employee employees encouraged end ends engineer engineers enough enterprise equally error
    errors especially even evening ever every everyone everything everywhere exactly example examples excited
    exciting expense expenses expensive experience explore exploring export exports extra factories factory fair
    familiar far farmer farmers fast faster favorite favourite fear fears feedback feel feels few fewer figure
    figures final find first fit fix flexible flight flights focus follow for fortunately forward frankly free
    frequently fresh from fuel full fully further gentle genuine get give given gives glad go goal goals good goods
    great group growth guest guests had half handover handovers handy happy hard hardware harvest harvests has have
    he healthy hear help helpful helps her here hi his holiday holidays honest honestly hope hopes hour hours how
    however i idea ideal ideally ideas if imagine immediate impact import important imports impressed improve
    improvement improvements in increase independent individual information initial inside insights installation
    instead integration interest interested interface interfaces internet into introducing introduction inventories
    inventory invoice invoices is issue issues it item items its join just keep keeps key kind kitchen kitchens
    label labels large last lasting late later launch launches lean learn leave less let lets light like likely
    likewise line list lists little live loading local log logs long longer looks loss losses low lower machine
    machines made main make maker makes manage management managers manual many margin matters may maybe me means
    meanwhile measurable meet meeting meetings members mentioned message might migration milestone milestones minor
    minute minutes mistake mistakes modern modest moment money month monthly months more moreover morning most
    mostly move much must mutual my natural naturally near neat need needs neither network networks never
    nevertheless new next nice night no nobody none nonetheless nor normal not note notes nothing now number numbers
    nurse nurses obvious obviously of off offer offers office offices offline often ok okay old on once one online
    only onto open operations opportunity option options or order orders original other others otherwise our ours
    out outside over overall overview own owner owners packing page pages pallet pallets paper papers paperwork part
    particular partner partners parts past patient patients people per perfect perhaps permanent person personal
    persons phase phone photo photos picking picture pilot plain plan plans plant plants please pleased pleasure
    point points positive possible power powerful practical precise predictable present presentation presentations
    previous price prices printer printers priority privacy problem problems process processes product production
    products profit profits project projects prompt proper proposal proposals proven quality quantity quarterly
    question questions quick quiet quieter quite quote quotes rate rates rather re reach read reader readers ready
    real realistic really reason reasons recap receipt receipts record records reduce regarding regular related
    relevant reliable remember repair repairs replies reply report reports request requests requirements response
    result results return revenue revenues review right risk risks rival rivals roadmap roadmaps robust rollout room
    route routes runs safe safety said sales same sample samples save saves saving savings say says scale scales
    scanner scanners schedule scope screen screens seamless season seasons second security see seems seller sellers
    send sensible sensor sensors separate serious server servers service services session sessions set setup several
    shall share shared shares she shelf shelves ship shipment shipments ships shop shops should show shows similar
    simple simpler simplify since single site sites slot slots slow small smaller smooth so software solid solution
    solutions some someone something sometimes somewhere soon sorry sound sounds spare spares special specific
    spreadsheet spreadsheets stable staff standard start starts steady step steps still stock stocktake stop storage
    store stores straightforward streamline strong stronger student students successful such suggestion suitable sum
    summary sums supplier suppliers supply support suppose sure system systems tablet tablets tag tags tailored take
    takes talk target targets team teams technical technician technicians tell tenant tenants tender tenders terms
    test tests thank thanks that that's the their them then there therefore these they thing things think third this
    those though thought thoughts through throughout thus tidy time timeline timelines timely times timing tiny to
    together too tool tools topic total totals tour tours toward towards track trade training transform transition
    transparent trial trip trips truck trucks true trust trusted try turn twice two typical under understood
    unexpected unfortunately unit units unless unlock until up update updates upon urgent us usage use useful users
    uses valuable value van vans vehicle vehicles versus very via visibility visible visit visitor visitors visits
    vital volume want wants warehouse warehouses was waste watch watches way ways we week weekly weeks weighing
    welcome well were what whatever when whenever where whereas wherever whether which whichever while who whoever
    whole whose why wide will wish wishes with within without won't work worker workers workflow works worries worry
    worth worthwhile would wrong year yearly years yes yet you your yours
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
