"""Words and short texts for synthetic pages.

Owns the fixed lists and the makers of random text (made-up words, names, prices, dates, numbers).
Every maker takes the page's own random generator, so that a seed gives the same page for ever.
"""

import random

LABELS = """
Sign in|Log in|Sign up|Create account|Forgot password?|Remember me|Email|Password|Username|
Full name|Company|Phone|Address|City|Country|Zip code|Card number|Expires|Security code|Continue|
Submit|Cancel|Save|Save changes|Delete|Edit|Update|Next|Back|Close|Send|Search|Filter|Export|Import|
Upload|Download|Share|Invite|View all|Learn more|Get started|Try free|Contact us|Buy now|
Add to cart|Checkout|Place order|Pay now|Subscribe|Upgrade|Choose plan|Start trial|Read more|
Book demo|Follow|Message|Home|About|Pricing|Features|Blog|Docs|Support|Contact|Dashboard|Reports|
Analytics|Users|Orders|Products|Customers|Settings|Billing|Team|Projects|Tasks|Calendar|Messages|
Inbox|Files|Help|Profile|Account|Security|Notifications|Privacy|General|Language|Theme|Overview|
Activity|Revenue|Sales|Visitors|Sessions|Growth|Profit|Expenses|Balance|Total|Subtotal|Shipping|Tax|
Discount|Pending|Active|Closed|Paid|Failed|Open|Draft|New|Done|Basic|Starter|Pro|Premium|Business|
Enterprise|Free|Plus|Name|Status|Date|Amount|Role|Price|Stock|Plan|Type|Owner|Admin|Member|Editor|
Viewer|Guest|Manager|Today|Yesterday|Week|Month|Year|Storage|Unlimited|Daily backup|Email support|
Custom domain|API access|Priority help|Two factor|Dark mode|Auto save|Weekly digest|Push alerts|
Public profile|Show status|Low stock|In transit|Delivered|Welcome back|Good morning|Recent orders|
Top products|Latest news|Our mission|Quick start|Meet the team|Followers|Following|Posts|Work email|
New here? Sign up|Keep me signed in|Sign in with email|Per month
""".replace("\n", "").split("|")

WORDS = """
fast simple secure modern smart build launch grow manage track your the team with data work every
day product design cloud app tools better online store easy plan share ideas one place ship code
faster save time money customers love world best free start today next level power business flow
remote people all in and for you we make it happen without limits real results clear view of numbers
health travel music food photo learn skills books garden coffee bikes river stone light green silver
north market studio paper craft bright hello open source local fresh daily quick brown about above
account across action active after again agent air alert allow almost alone along already also
always amount animal answer any apple area around arrive art ask attach autumn away back bag bake
balance ball bank base basket beach beauty become before begin behind believe below between beyond
big bird birth blue board boat body bold border both bottle box bread break bridge bring browse
budget bus busy button buy cabin call camera camp card care carry case catch cause center chair
chance change charge chart cheap check cheese child choice choose circle city class clean climb
clock close cloth coach coast cold collect color come common company compare complete connect
contact control cook cool copy corner cost count country couple course cover cream create credit
cross cup current custom cycle dance dark date deal dear decide deep deliver demand depend desk
detail develop device dinner direct discover dish doctor dog door double down draft dream dress
drink drive drop dry early earn earth east edge edit effect eight electric email empty end energy
engine enjoy enough enter equal event exact example expect expert explain extra eye face fact fall
family farm fashion father favor feature feel field fight figure file fill film final find fine
finger finish fire first fish fit five fix flight floor flower fly focus fold follow foot force
forest forget form forward found four frame friend from front fruit full fun future game gate
general gentle gift give glass goal gold good grade grand grass great grey ground group guard guess
guest guide habit hair half hall hand handle happy hard harbor have head hear heart heavy help here
high hill history hold holiday home honest hope horse hotel hour house how huge human hundred idea
image impact important improve income index inside insight invest invite island issue item jacket
job join journey juice jump just keep key kind king kitchen know label lake lamp land language large
last late laugh lead leader leaf least leave left lemon length less lesson letter life lift like
limit line link list listen little live load location lock long look lot loud low lunch machine
magic mail main many map mark match matter maybe meal mean measure meet member memory menu message
metal method middle mile milk mind minute mirror miss mix mobile model moment monday month moon more
morning most mother mountain mouse move movie much museum must name nature near need network never
new news nice night nine noise none normal note nothing notice now object ocean offer office often
oil old once only option orange order other our outside over own pack page pain paint pair park part
partner party pass past path pay peace pen perfect person phone piece pilot pink plane planet plant
plate play please pocket point policy pool popular position post present press pretty price print
private problem process profit program project promise protect proud public pull purple purpose push
put quality question quiet race radio rain raise range rate reach read ready reason receive recent
record red reduce region remember rent repair reply report request rest return review rich ride
right ring rise road rock roll roof room root round route row rule run safe sail salad sale salt
same sand scale scene school science score screen sea search season seat second see seed seem sell
send sense series serve service set seven shade shape sharp sheet shelf shift shine shoe shop short
show side sign silent since single sister site six size skin sky sleep slow small smile smooth snow
social soft soil solid solve some song soon sort sound south space speak special speed spend sport
spot spring square stage stair stand star state station stay steady step still stop storm story
street strong student study style subject success sudden sugar suit summer sun supply support sure
surface surprise sweet swim system table take talk tall task taste teach tell ten test text thank
theme then there thing think third those three through ticket tie together tomorrow tone too tool
top total touch tour toward tower town toy trade traffic train tree trend trip true trust try
tuesday turn twice two type under union unique unit until update upper urban use useful user usual
valley value van vast very video village visit voice volume wait walk wall want warm wash watch
water wave way wear weather week weight welcome well west wheel when where white whole why wide wild
will win wind window winter wire wise wish wonder wood word worker worth write wrong yard year
yellow yes yet young zero zone
""".split()

FIRST_NAMES = """
Anna Ben Carla David Emma Frank Grace Henry Iris Jack Karen Leo Maria Nick Olga Paul Quinn Rosa Sam
Tina Umar Vera Will Xena Yara Zoe Alex Ravi Mei Omar Lena Hugo Ada Boris Chloe Dario Elif Finn Greta
Hana Ivan Jonas Kofi Lucia Milan Nadia Oscar Priya Rafael Sofia Tomas Ursula Victor Wanda Yusuf
""".split()
LAST_NAMES = """
Smith Jones Brown Lee Garcia Kim Patel Chen Silva Meyer Rossi Novak Dubois Ivanov Tanaka Walker
Young Hall King Wright Lopez Hill Scott Green Adams Baker Fischer Moreau Costa Okafor Haddad Larsen
Kovacs Nguyen Sato Mbeki Murphy Weber Ortiz Popov
""".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

MADE_UP_SHARE = 0.12         # of the words in running text
CONSONANTS = "bcdfghjklmnprstvwz"
VOWELS = "aeiou"


def made_up_word(rng: random.Random) -> str:
    """A pronounceable word of 3 to 10 letters that no list holds."""
    word = ""
    for _ in range(rng.choice((1, 2, 2, 3))):
        word += rng.choice(CONSONANTS) + (rng.choice("lrh") if rng.random() < 0.15 else "")
        word += rng.choice(VOWELS) + (rng.choice("nrstlmxk") if rng.random() < 0.4 else "")
    return word[:10] if len(word) > 2 else word + rng.choice(CONSONANTS)


def inflected_word(rng: random.Random) -> str:
    """A list word, sometimes with an ending, so that far more forms occur than the list holds."""
    word = rng.choice(WORDS)
    chance = rng.random()
    if chance < 0.8 or len(word) > 9 or len(word) < 3:
        return word
    ending = rng.choice(("s", "ed", "ing", "er", "ly", "ness", "able"))
    return (word[:-1] if word.endswith("e") and ending[0] in "eia" else word) + ending


def any_word(rng: random.Random) -> str:
    return made_up_word(rng) if rng.random() < MADE_UP_SHARE else inflected_word(rng)


def random_case(rng: random.Random, text: str) -> str:
    chance = rng.random()
    return (text if chance < 0.5 else text.title() if chance < 0.75
            else text.upper() if chance < 0.88 else text.lower())


def phrase(rng: random.Random, least: int, most: int) -> str:
    words = [any_word(rng) for _ in range(rng.randint(least, most))]
    if len(words) > 4 and rng.random() < 0.4:
        words[len(words) // 2] += rng.choice(",,,;:")
    text = " ".join(words)
    text = text[0].upper() + text[1:]
    return text + rng.choice(("", "", ".", "!", "?") if least > 1 else ("",))


def label(rng: random.Random, longest: int = 99) -> str:
    """A short caption of at most `longest` characters."""
    for _ in range(20):
        chance = rng.random()
        if chance < 0.42:
            text = rng.choice(LABELS)
        elif chance < 0.5:
            text = made_up_word(rng).capitalize()
        elif chance < 0.9:
            text = phrase(rng, 1, 2)
        else:
            text = random_case(rng, rng.choice(LABELS))
        if len(text) <= longest:
            return text
    return made_up_word(rng)[:longest].capitalize()


def brand(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.3:
        return made_up_word(rng).capitalize()
    if chance < 0.7:
        return rng.choice(WORDS).capitalize() + rng.choice(("", "ly", "Hub", "Lab", "Kit", "Box"))
    return (made_up_word(rng) + " " + rng.choice(("Labs", "Shop", "App", "Inc", "Cloud"))).title()


def person(rng: random.Random) -> str:
    return rng.choice(FIRST_NAMES) + (" " + rng.choice(LAST_NAMES) if rng.random() < 0.6 else "")


def email(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES).lower()}@{any_word(rng)}.{rng.choice(('com', 'io', 'org', 'net'))}"


def price(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.5:
        return f"${rng.randint(1, 199)}"
    if chance < 0.75:
        return f"${rng.randint(1, 99)}.{rng.choice(('00', '50', '99', '95', '25', '40'))}"
    return f"${rng.randint(1, 99)},{rng.randint(0, 999):03d}"


def number(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.5:
        return str(rng.randint(1, 9999))
    if chance < 0.7:
        return f"{rng.randint(1, 99)}%"
    if chance < 0.85:
        return f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}"
    return f"{rng.randint(1, 99)}.{rng.randint(0, 9)}{rng.choice('kM')}"


def date(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{rng.choice(MONTHS)} {rng.randint(1, 28)}"
    return f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}"


def reference(rng: random.Random) -> str:
    """An order number, a card number or a phone number: digits that nothing predicts."""
    return rng.choice((
        lambda: f"#{rng.randint(1000, 99999)}",
        lambda: f"{rng.randint(1000, 9999)} {rng.randint(1000, 9999)}",
        lambda: f"+{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
        lambda: f"{rng.choice('ABCDEFGHKLMNPRSTUVWXYZ')}{rng.choice('ABCDEFGHKLMNPRSTUVWXYZ')}-{rng.randint(10, 999)}",
    ))()
