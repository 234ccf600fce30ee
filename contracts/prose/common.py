"""Common English words: at the start of a sentence their capital says nothing."""

_LIST = """
a able about above absolutely accept access accessible accident account accountant accuracy accurate achieve
acknowledge acquire across act action active activity actually adapt add adding additional additionally address
adjust admit adopt adult advance advantage advice advise affect afford affordable after afternoon again against
agenda agree agreement ahead aim air alert all allocate allow almost alone along already also alter alternative
although altogether always among amount an analyse analysis analyze and announce annoy annual another answer
anticipate any anyone anything anywhere apart apologies apologise apologize app appeal appear applaud apply
appointment appreciate approach appropriate approve are area argue argument around arrange arrive article as ask
asked asking aspect assemble assess asset assign assist assume assure at attach attached attack attempt attend
attention attract audit author authority automated automatic automation available average avoid await award aware
away awful awkward back bad badge bake balance bank barcode bare barrel barrier base based basic basis batch be beat
because become been before begin beginning behave behind being believe belong below benefit besides best bet better
between beyond bid big bind bit blame block board boat body book boost border bore borrow both bother bottle bottom
box brand brave break breath breathe brew brief brings broad broken brother bucket budget bug build building bulk
bundle burden burn business busy but button buy buyers by cable calculate call called calm camera can can't cancel
capable capacity capture card care careful carry case cash catch category cause caution cautious cease cell central
century certain certainly chain chair challenge challenging change chaos charge chart cheap cheaper check checklist
checkout chief child choice choose circle citizen city claim clarify clarity class classic clean clear clearer
clearly clerk clever click clients climate climb clock close closer cloud club coach coast code coffee cold
collaborate collapse colleague collect color colour column combine come comfort coming command comment commit
commitment committee common communicate community companies company compare compared compete competitor complain
complaint complement complete complex compliance component compromise computer concept concern conclude conclusion
concrete condition conduct confidence confident confirm conflict confuse congrats congratulations connect connection
consequence conserve consider consist constant consult consume contact contain content contract contrast contribute
control convenient conversation convert convey convince cool coordinate cope copy corner correct correspond cost
could count counter country couple courage course court cover crash create credit crew crisis criterion critical
cross crowd crucial crucially cry culture cup cure curious current curve custom customer cut cycle daily damage
danger dangerous dark dashboard data date day dead deal debate debt decade decide decision declare decline decrease
deep deeper default defect defend define definite degree delay delegate deliberate delighted deliver delivery demand
demo depend depending deploy depth derive describe description deserve design desire desk despite detail detect
determine develop development device diagnose dialogue diary did diet differ difference different difficult dig
digital dinner dip direct direction director dirty disagree disappear disappoint disaster discipline discover
discuss discussion dish dismiss display dispute distance distinct distribute disturb dive divide division do doctor
document does domain donate done door double doubt doubtful down downside downtime draft drag dramatic draw drawer
dream drift drink drive driver drop dry due dull dump during dust duty each eager ear earlier early earn earth
easier easily east easy eat economic economy edge edit educate education effective efficient effort egg either elect
electric electricity element eliminate else elsewhere email embrace emerge emergency emotion emphasis emphasise
employee empty enable encounter encourage encouraged end endure energy engage engine engineer enhance enjoy enormous
enough ensure enter enterprise entire entry environment equal equally equip equipment error escape especially
essential essentially establish estate estimate evaluate even evening event eventually ever every everyday everyone
everything everywhere evidence evolve exactly exam examine example exceed excellent except exception exchange
excited exciting exclude excuse execute exercise exist exit expand expect expectation expense expensive experience
expert explain explore exploring export express extend extent external extra extract extreme eye fabric face
facility fact factor factories factory fail failure fair fairly fall false familiar family famous fancy far farmer
fast faster fault favor favorite favour favourite fear feature fee feed feedback feel fellow fetch few fewer field
fight figure file fill film filter final finance financial find finger finish fire firm first fish fit fitting fix
fixed flag flat flexibility flexible flight float flood floor flow fluid fly focus fold folder follow food fool foot
for force foreign foreman foremen forest forget forgetful forgive form formal format former formula forth
fortunately forward found foundation fraction frame framework frankly free freedom freight frequent frequently fresh
friction friend friendly from front frozen fruit frustrate fuel fulfil full fully fun function fund fundamental
funny furniture further furthermore future gain game garden gas gather gauge gear general generate generation gentle
genuine get gift give given glad glance glass global glove go goal goes gold gone good govern grade gradual
gradually grain grand graph grasp grateful great grid ground group grow growth guard guess guest guidance guide
habit had hair half halfway hand handheld handle handover handwritten handy hang happen happy hard hardware harvest
has hate have he head heading health healthy hear heart heat heavy height help helpful her here hesitate hi hidden
hide high highlight hint hire his history hit hold hole holiday home honest honestly honour hope horse hospital host
hotel hour household how however human humble hundred hunt hurry hurt i idea ideal ideally identify identity idle if
ignore illustrate image imagination imagine immediate immense impact implement implementation imply import important
impose impossible impress impressed impression improve improvement in incident include income incorporate increase
indeed independent index indicate individual industry inevitably infinite influence inform information
infrastructure ingredient inherit initial initiative injury innovate innovation input inquiry inside insights insist
inspect inspection inspire install installation instance instant instead institute instruct insurance insurer
integration intend intense intention interact interest interested interface interfere intermediate internal internet
interpret interrupt interview into introducing introduction inventories inventory invest investigate investment
invite invoice involve iron is isolate issue it item its join joint judge juice jump junior just justice justify
keen keep key keyboard kick kill kilogram kind kitchen knife knock know knowledge lab label labor labour lack ladder
land landscape language laptop large laser last lasting late later laugh launch law lawyer layer layout lazy leader
leadership leak lean leap learn learner lease leather leave lecture left legal legitimate length lens less lesson
let letter level library licence license lid lie life lift light like likely likewise limit limited line link liquid
list listen literally little live loading loan lobby local locate location lock locker log logic logistics lonely
long longer look loop loose lose loss lot loud love low lower loyal luck lucky lunch luxury machine machinery mad
made magic mail main mainly maintain maintenance major majority make maker manage management managers mandate manual
manufacture manufacturer many map margin market mass master match material math matters mature maximise maximize
maximum may maybe me meal mean meaning meaningful meanwhile measurable measure measurement meat mechanic mechanism
media medical medium meet meeting member memory mental mention mentioned menu merchant merely merge merit mess
message metal method middle might migrate migration milestone mind mine minimal minimise minimum minor minority
minute miss mission mistake misunderstand mix mixture mobile mode model moderate modern modest modify moment money
monitor month monthly mood more moreover morning most mostly mother motion motivate motor mount mouth move much
multiple municipal muscle museum mushroom music must mutual my mystery narrow nation native natural naturally nature
near neat necessary neck need negative negotiate neighbour neither nervous nest net network neutral never
nevertheless new next nice night no nobody noise none nonetheless nor normal normally north nose not notable note
nothing notice notify novel now nuance null number nurse object objection objective oblige observe obstacle obtain
obvious obviously occasion occupy occur ocean odd of off offer office offline often oil ok okay old older on once
one online only onto open operate operation operator opinion opportunity oppose opposite optimise option or order
ordinary organic organisation organise organization organize origin original other otherwise our out outcome
outdoors outline output outside oven over overall overcome overhead overnight overview owe own owner pace pack
package packing page pain painful paint pair palette pallet panel panic paper paperwork parallel parcel pardon
parent park part partial participate particular partner party pass passenger passion past patch path patience
patient pattern pause pay payback payment peace peak pen pencil pension people per perceive percent perfect perform
performance perhaps permanent permit persist person personal perspective persuade phase phenomenon philosophy phone
photo phrase physical pick picking picture piece pile pilot pin pipe pitch pity place plain plan plane planet plant
plastic plate platform play pleasant please pleased pleasure plenty plot plug pocket poem poetry point pole police
policy polite political pool poor popular population port portion pose position positive possess possibility
possible post pot potential potentially pour poverty power powerful practical practice praise pray precise
predictable prefer preference premise premium prepare presence present presentation preserve press pretend pretty
prevail prevent preview previous price pride primarily primary prime principle print printer priority privacy
private prize probable probably problem procedure proceed process produce producer product production professional
profile profit program programme progress prohibit project promise promote prompt proof proper property proportion
proposal propose protect protection protocol prove proven provide provided provider province provision public
publican publish pull pulse pump punch purchase pure purpose pursue push put puzzle qualify quality quantity quarter
quarterly question queue quick quiet quieter quit quite quote race rack radical radio rail rain raise random range
rank rapid rapidly rare rarely rate rather raw re reach react reaction read reader readiness ready real realise
realistic reality realize really rear reason rebuild recall recap receipt receive recent recognise recognize
recommend recommendation reconsider record recover red reduce reduction refer reference refine reflect reform
refresh refuse regarding region register regret regular reject relate related relation relationship relative relax
release relevant reliable relief rely remain remark remedy remember remind reminder remote remove rent repair repeat
replace replacement replies reply report represent reproduce reputation request require requirements rescue research
reserve resist resolve resource respect respond response responsibility responsible rest restaurant restore restrict
result retail retailer retain retire return reveal revenue reverse review revise reward rhythm rice ride right ring
rise risk rival river road roadmap roast robust rock role roll rollout roof room root rope rough roughly round route
routine row royal rub rubber rule run rush sack sad safe safely safety said sail salary sales salt same sample sand
satisfaction satisfied satisfy save saving saw say scale scan scanner scare scatter scenario scene schedule science
scientist scope score scratch scream screen screw sea seal seamless search season seat second secondary secret
section sector secure security see seed seek seem select self sell seller send senior sense sensible sensitive
sensor sentence separate separately sequence series serious server service session set settle setup several shade
shadow shake shall shallow shame shape share shared sharp she shed sheet shelf shelter shelves shift shine ship
shipment shipping shirt shock shoe shoot shop shopper shopping shortage shortly shot should shoulder shout show
showcase shower shut sick side sight sign signal significant silence silent silver similar similarly simple simpler
simplicity simplify since sing single sink sit site situation size skill skin skipper sleep slice slide slightly
slip slot slow slowly small smaller smart smell smile smoke smooth snap snow so soap social society soft software
soil sole solid solution some somebody somehow someone something sometimes somewhat somewhere song soon
sophisticated sorry sort soul sound source south space spare spark speak speaker special specialist specific
specifically specify speech speed spell spend spirit split spoil sponsor spot spread spreadsheet spring sprinkler
stable staff stage stair stake stand standard standing stare start state statement static station statistic status
steady steal steam steel steep stem step stick sticky stiff still stock stocktake stop storage store storm story
straightforward strain strange stranger strategy stream streamline street strength stress stretch strict strike
string strip strive stroke strong stronger strongly structure struggle student studio study stuff style subject
submit substantial substitute succeed success successful such sudden suddenly suffer sufficient sugar suggest
suggestion suit suitable sum summarise summarize summary sun sunlight sunshine superb superior supervise supervisor
supplement supplier supply support suppose supreme sure surely surface surprise surprising surround survey survive
suspect suspend sustain swap swear sweep sweet swim swing switch symbol symptom system table tablet tackle tag tail
tailored take talent talk tall tank tape tariff task taste tax teach teacher team tear technical technician
technique technology tell temperature temporary tenant tend tender tension term terrible territory test text texture
thank that that's the their them theme then theoretical theory there therefore these they thick thief thieves thin
thing think third this thorough thoroughly those though thought thread threat threshold thrive throat through
throughout throw thus ticket tidy tie tight till timber time timeline timely timing tin tiny tip tired tissue title
to together toilet tomato ton tone tongue tonne too tool tooth top topic torch total touch tough tour tow toward
tower town toy trace traceability track trade traffic trail train trainer training transaction transfer transform
transition translate transmit transparent transport trap travel traveller tray treat treatment tree trend trial
trick trigger trip triumph trouble truck true truly trust trusted truth try tube tune turn twice twin twist two type
typical ugly ultimate ultimately unable uncertain uncle uncover under undergo understand understood undertake uneven
unexpected unfair unfortunately unhappy unified unique unit unite universal university unless unlikely unload unlock
unlocking unseen until unusual up upcoming update upfront upgrade upon upper upset urban urge urgent us usable usage
use useful users utility utmost vacant vague valid validate valley valuable value van vans variable variation
variety various vary vast vegetable vehicle vendor venture verify version versus vertical very vessel veteran via
viable victim victory video view village virtual virtually virtue visibility visible vision visit visitor visual
visualise vital voice volume vote voucher vulnerable wage wait wake walk wall wander want warehouse warm warn
warning warranty was wash waste watch water wave way we weak weakness wealth wear weather weatherproof web website
week weekend weekly weigh weighing weight weird welcome well were west wet what whatever wheel when whenever where
whereas wherever whether which whichever while whilst who whoever whole whose why wide widely width wild will
willing win wind window wine wing winner winter wire wisdom wise wish with within without witness won't wonderful
wool word work worker workflow workforce working workload workplace world worries worry worse worst worth worthwhile
would wound wrap wrist write writer wrong yard year yearly yellow yes yet yield you younger your youth zone
"""

COMMON = frozenset(_LIST.split())
"""Base forms, whose endings names.py knows. A person or company of that name is not noticed where a sentence begins."""
