"""Contents for a new store: a realistic reseller, or a very large one."""

import random
from collections.abc import Iterator, Sequence
from itertools import count, islice

from monitors.sandbox.rendering import Row

_RANDOM_SEED = 20221213
_RECORDS: tuple[tuple[str, str, int, int], ...] = (
    # name, mailbox, one sample in N messages, customers
    ("new-senders", "samples+new@northmail.example", 1000, 1204),
    ("abuse-desk-eu", "abuse-eu@northmail.example", 500, 131),
    ("abuse-desk-us", "abuse-us@northmail.example", 500, 88),
    ("deliverability-q4", "deliverability@northmail.example", 2000, 64),
    ("phishing-suspects", "phishing@northmail.example", 10, 41),
    ("billing-watch", "billing-review@northmail.example", 5000, 37),
    ("high-volume/over-1M", "volume@northmail.example", 10000, 29),
    ("trial-accounts", "trials@northmail.example", 100, 22),
    ("shared-pool-07", "pool07@northmail.example", 2500, 17),
    ("shared-pool-11", "pool11@northmail.example", 2500, 14),
    ("café-österreich", "wien@partnerpost.example", 750, 12),
    ("zürich-treuhand", "aufsicht@partnerpost.example", 1000, 9),
    ("日本-サポート", "jp-support@northmail.example", 400, 8),
    ("complaint-rate-red", "complaints@northmail.example", 25, 8),
    ("complaint-rate-amber", "complaints@northmail.example", 250, 7),
    ("returning-after-block", "postmaster@northmail.example", 50, 6),
    ("agency/brightpath", "review@brightpath.example", 1500, 6),
    ("agency/lumière", "controle@lumiere.example", 1500, 5),
    ("affiliate-mailers", "abuse-us@northmail.example", 20, 5),
    ("purchased-lists", "abuse-eu@northmail.example", 5, 4),
    ("crypto-offers", "phishing@northmail.example", 5, 4),
    ("pharma-watch", "phishing@northmail.example", 1, 3),
    ("political-2024", "policy@northmail.example", 300, 3),
    ("fundraising", "policy@northmail.example", 3000, 3),
    ("gift-card-scam", "phishing@northmail.example", 1, 2),
    ("ip-warmup-a", "deliverability@northmail.example", 100, 2),
    ("ip-warmup-b", "deliverability@northmail.example", 100, 2),
    ("escalation-4471", "escalations@northmail.example", 1, 1),
    ("escalation-4486", "escalations@northmail.example", 1, 1),
    ("escalation-4502", "escalations@northmail.example", 10, 1),
    ("escalation-4519", "escalations@northmail.example", 1, 1),
    ("escalation-4523", "escalations@northmail.example", 5, 1),
    ("legal-hold-118", "legal@northmail.example", 1, 1),
    ("legal-hold-121", "legal@northmail.example", 1, 1),
    ("template-review", "brand@northmail.example", 200, 1),
    ("audit sample (yearly)", "audit@northmail.example", 10000, 1),
    ("dkim-broken", "postmaster@northmail.example", 100, 1),
    ("bounce-spike-0303", "postmaster@northmail.example", 50, 1),
    ("O'Neill & Partners", "oneill@partnerpost.example", 1200, 1),
    ("seasonal-retail", "volume@northmail.example", 8000, 0),
    ("unused-template", "brand@northmail.example", 1000, 0),
    ("black-friday-2023", "volume@northmail.example", 4000, 0),
    ("escalation-4390", "escalations@northmail.example", 1, 0),
    ("migration-test", "postmaster@northmail.example", 10, 0),
    ("soft-launch", "deliverability@northmail.example", 600, 0),
    ("partner-sandbox", "review@brightpath.example", 100, 0),
    ("old-abuse-desk", "abuse-eu@northmail.example", 500, 0),
    ("do-not-use", "postmaster@northmail.example", 9999, 0),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "alder amber anchor apex aspen atlas aurora beacon birch blue bluebird brass bright cedar clear "
    "cobalt copper coral crescent delta dune echo ember evergreen falcon fern fjord gold granite green "
    "harbor hazel heron hollow indigo iron ivory jasper juniper kestrel lantern lark linden lunar maple "
    "meadow mistral north oak onyx opal orchard otter pebble pine polar prairie quartz raven red ridge "
    "river robin rowan saffron sage silver slate solar spruce stone summit swift tamarack tidal topaz "
    "umber vale velvet violet west willow winter wren zephyr"
)
_SECOND = _words(
    "analytics apparel books bikes bakery capital care clinic coaching coffee crafts dental design "
    "digital events farms fitness foods foundation freight gallery games garden goods health homes hotels "
    "insurance jobs kitchen labs law learning legal logistics market media mortgage motors music news "
    "optics outdoor outfitters partners pets pharmacy photo press realty rentals school security ski "
    "software solar sports studio supply systems tailors tech tickets tours toys travel tutors ventures "
    "vintage wellness wines works yoga"
)
_PEOPLE = _words("anna ben carla david elena frank gina hugo ines jonas karin luca maria nils olga paul rosa")
_UNUSUAL = ("café-lumière", "müller-söhne", "日本-メール", "år-og-dag", "niño/joven", "smörgås-ab")
_BELIEVABLE_CUSTOMERS = 2600


def believable() -> tuple[list[str], list[Row]]:
    """Customers and records of a medium-sized reseller, the same at each call."""
    chance = random.Random(_RANDOM_SEED)  # noqa: S311 - demo content, the same each time
    customers = [*_UNUSUAL, *islice(_usernames(chance), _BELIEVABLE_CUSTOMERS - len(_UNUSUAL))]
    chance.shuffle(customers)
    shares = iter(customers)
    records = [
        (name, email, frequency, tuple(islice(shares, size))) for name, email, frequency, size in _RECORDS
    ]
    chance.shuffle(records)
    return customers, records


def _usernames(chance: random.Random) -> Iterator[str]:
    """Unique usernames like those of companies, some with a number, some as addresses."""
    usernames: set[str] = set()
    while True:
        username = _username(chance)
        if username not in usernames:
            usernames.add(username)
            yield username


def _username(chance: random.Random) -> str:
    first, second = chance.choice(_FIRST), chance.choice(_SECOND)
    company = f"{first}{chance.choice(('', '-', '-', '_', '.'))}{second}"
    kind = chance.random()
    if kind < 0.2:
        return f"{chance.choice((*_PEOPLE, 'mail', 'info', 'newsletter'))}@{first}{second}.example"
    if kind < 0.3:
        return f"{company}{chance.randint(2, 99)}"
    return company


def large(customers: int = 100_000, records: int = 1000) -> tuple[list[str], list[Row]]:
    """Customers spread evenly over all records but the last, which has none."""
    usernames = [f"customer-{number:06d}@bulk.example" for number in range(customers)]
    shares = _shares(usernames, records - 1)
    rows = [
        (
            f"record-{number:04d}",
            f"samples-{number % 20}@northmail.example",
            1 + number % 10_000,
            next(shares, ()),
        )
        for number in islice(count(), records)
    ]
    return usernames, rows


def _shares(usernames: Sequence[str], parts: int) -> Iterator[tuple[str, ...]]:
    for part in range(max(parts, 0)):
        yield tuple(usernames[part::parts])
