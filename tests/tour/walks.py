"""The tasks of the tour, in the order in which the page tells them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.tour.hands import Hands

RECORD, OTHER_RECORD = "billing-watch", "escalation-4486"
REASON = "Reason or ticket"


@dataclass(frozen=True, slots=True)
class Walk:
    """`name` is that of its picture; `words` say what is done, for the page."""

    name: str
    title: str
    person: str
    words: str
    do: Callable[[Hands], None]


def append(hands: Hands) -> None:
    user = hands.customers()
    hands.begin_on_record(RECORD)
    hands.fill(hands.desk.field("user"), user)
    hands.key("Enter")
    hands.see(hands.desk.row(user), "just now")


def append_twenty(hands: Hands) -> None:
    users = [hands.customers() for _ in range(20)]
    hands.begin_on_record(RECORD)
    hands.paste(hands.desk.field("user"), "\n".join(users))
    hands.press("Send as they are")
    hands.press("Append 20 customers")
    hands.see(hands.page.locator("tr[data-state=done]").nth(19), users[-1])


def attach_from_anywhere(hands: Hands) -> None:
    user, found = hands.customers(), hands.page.locator("#found [aria-selected=true]")
    hands.begin("/plans/")
    hands.key("/")
    hands.type(user)
    hands.see(found, f"Attach {user} to")
    hands.key("Enter")
    hands.type(OTHER_RECORD)
    hands.see(found, OTHER_RECORD)
    hands.key("Enter")
    hands.desk.expect_notice(user, OTHER_RECORD)


def detach(hands: Hands) -> None:
    user = _put_on_record(hands)
    hands.click(hands.desk.row(user).get_by_role("link", name="with a reason"))
    hands.fill(hands.page.locator(".here").get_by_label(REASON), "ESC-31")
    hands.key("Enter")
    hands.desk.expect_notice(f"Detached {user} from {RECORD}", "ESC-31")


def undo(hands: Hands) -> None:
    user = _put_on_record(hands)
    hands.desk.detach(user)
    hands.desk.expect_notice(f"Detached {user} from {RECORD}")
    hands.cost = type(hands.cost)()
    hands.press("Undo")
    hands.desk.expect_notice(f"Appended {user} to {RECORD}")


def extend(hands: Hands) -> None:
    user = _put_on_record(hands)
    hands.click(hands.desk.row(user).get_by_role("link", name="Extend"))
    form = hands.page.locator(".here")
    hands.click(form.get_by_role("radio", name="4 hours"))
    hands.fill(form.get_by_label(REASON), "ESC-32")
    hands.key("Enter")
    hands.see(hands.desk.row(user), "in 4 h")


def create(hands: Hands) -> None:
    hands.begin("/")
    hands.press("New record")
    for field, value in (
        ("name", "holiday-senders"),
        ("email", "review@northmail.example"),
        ("frequency", "100"),
    ):
        hands.fill(hands.desk.field(field), value)
    hands.press("Create record")
    hands.desk.expect_notice("holiday-senders")


def who_was_monitored(hands: Hands) -> None:
    hands.begin("/")
    hands.click(hands.page.get_by_role("navigation").get_by_role("link", name="Monitored"))
    hands.enter(hands.desk.field("record"), RECORD)
    hands.see(hands.page.get_by_role("main"), RECORD)


def why(hands: Hands) -> None:
    hands.begin("/")
    hands.click(hands.page.get_by_role("navigation").get_by_role("link", name="Audit"))
    hands.enter(hands.desk.field("text"), "ESC-31")
    hands.see(hands.page.get_by_role("main"), "ESC-31")


def needs_you(hands: Hands) -> None:
    hands.begin("/")
    hands.click(hands.page.get_by_role("navigation").get_by_role("link", name="Home"))
    hands.see(hands.page.get_by_role("heading", level=1), "eeds you")


def invite(hands: Hands) -> None:
    hands.begin("/people/")
    hands.press("Invite somebody")
    for field, value in (("username", "mara"), ("first_name", "Mara"), ("last_name", "Voss")):
        hands.fill(hands.desk.field(field), value)
    hands.click(hands.page.get_by_label("Support"))
    hands.press("Invite")
    hands.see(hands.page.get_by_role("main"), "One-time link")


def _put_on_record(hands: Hands) -> str:
    """Somebody whom the task may take away again; the task begins where they are."""
    user = hands.customers()
    hands.desk.open_record(RECORD)
    hands.desk.append(user)
    hands.desk.expect_notice("Confirmed", f"Appended {user} to {RECORD}")
    hands.begin_on_record(RECORD, search=user)
    return user


WALKS = (
    Walk(
        "append",
        "Append a customer to a record",
        "sam",
        "Type the name on the record's page and press Enter. The row comes in where it belongs, the notice tells how "
        "it goes on, and the field waits for the next name.",
        append,
    ),
    Walk(
        "append-twenty",
        "Append twenty customers",
        "ana",
        "Paste the names into the same field. A preview shows what each of them would be, and nothing is sent before "
        "somebody says so.",
        append_twenty,
    ),
    Walk(
        "from-anywhere",
        "Attach somebody from anywhere",
        "sam",
        "`/` opens the palette: the customer, Enter, the record, Enter.",
        attach_from_anywhere,
    ),
    Walk(
        "detach",
        "Detach somebody, with a reason",
        "sam",
        "The reason is asked for in the row; the page stays where it is.",
        detach,
    ),
    Walk(
        "undo",
        "Take it back",
        "sam",
        "The notice of what was done has its inverse beside it.",
        undo,
    ),
    Walk(
        "extend",
        "Monitor somebody for four more hours",
        "sam",
        "Each append has an end. Another one is chosen in the row, with a reason.",
        extend,
    ),
    Walk(
        "create",
        "Set up a record",
        "ana",
        "The form has the fields of the API's own table, and shows the call that it makes.",
        create,
    ),
    Walk(
        "monitored",
        "Say who is monitored by a record",
        "ida",
        "*Monitored* answers for now and for any moment of the past, with who put them there and why.",
        who_was_monitored,
    ),
    Walk(
        "why",
        "Find all that was done for a ticket",
        "ida",
        "The audit log finds the words that its rows show.",
        why,
    ),
    Walk(
        "needs-you",
        "See what needs you",
        "ana",
        "Open questions, what ends today, what changed outside the desk since the last visit, plans that wait.",
        needs_you,
    ),
    Walk(
        "invite",
        "Let somebody in",
        "ben",
        "An administrator invites by a one-time link and gives a role.",
        invite,
    ),
)
