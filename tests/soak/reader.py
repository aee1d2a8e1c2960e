"""Somebody who looks at one page after the other."""

import random

import requests

from tests.endurance.visitor import Visitor
from tests.product import Product

PAGES = ("/", "/customers/", "/search/?q=customer", "/upstream/", "/audit/", "/monitored/", "/insight/")
PAGES_OF_ROWS = {
    "/operations/{}/": "SELECT uuid FROM monitors_operation",
    "/records/{}/": "SELECT id FROM monitors_monitorrecord",
    "/records/{}/history/": "SELECT id FROM monitors_monitorrecord",
    "/records/{}/append/": "SELECT id FROM monitors_monitorrecord WHERE gone_at IS NULL",
    "/customers/{}/": "SELECT id FROM monitors_customer",
    "/upstream/lists/{}/": "SELECT id FROM monitors_refresh",
}


class Reader:
    """`unanswered` counts the pages that never came, because their process was killed."""

    def __init__(self, product: Product, visitor: Visitor, *, seed: int) -> None:
        self.product, self.visitor = product, visitor
        self.chance = random.Random(f"reader {seed}")
        self.unanswered = 0

    def read(self) -> None:
        try:
            self.visitor.get(self._choose())
        except requests.RequestException:
            self.unanswered += 1

    def _choose(self) -> str:
        address = self.chance.choice([*PAGES, *PAGES_OF_ROWS])
        if address in PAGES:
            return address
        rows = self.product.rows(PAGES_OF_ROWS[address])
        return address.format(self.chance.choice(rows)[0]) if rows else PAGES[0]
