"""What `Desk` notices while a person clicks."""

import pytest

from tests.browser.desk import Desk
from tests.product import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EVALUATES = "setTimeout(() => { eval('1') })"


def test_a_script_of_the_desk_that_evaluates_text_is_noticed(ana: Desk) -> None:
    ana.page.route(
        "**/js/all*.js", lambda route: route.fulfill(body=EVALUATES, content_type="text/javascript")
    )
    ana.open("/")
    wait_until(lambda: ana.page.evaluate("true") and bool(ana.wrong))
    assert "js/all" in ana.wrong.pop()
    assert not ana.wrong


def test_what_playwright_evaluates_is_no_fault_of_the_desk(ana: Desk) -> None:
    ana.open("/")
    with ana.context.expect_event("weberror"):
        ana.page.evaluate(f"() => {{ {EVALUATES} }}")
    assert not ana.wrong
