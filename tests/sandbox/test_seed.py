"""The believable reseller: the contents that pages and documentation rely on."""

from monitors.sandbox.seed import believable, large
from monitors.sandbox.store import Store
from monitors.sandbox.tasks import problems


def test_believable_reseller_is_the_same_each_time() -> None:
    assert believable() == believable()


def test_believable_reseller_has_the_documented_shape() -> None:
    customers, records = believable()
    sizes = sorted((len(users) for *_, users in records), reverse=True)
    attachments = [user for *_, users in records for user in users]

    assert (len(customers), len(set(customers)), len(records)) == (2600, 2600, 48)
    assert sizes[0] == 1204
    assert sizes[1] < 200
    assert sizes.count(0) >= 5
    assert 1700 < len(attachments) < 1800
    assert len(set(attachments)) == len(attachments)
    assert set(attachments) <= set(customers)
    assert any("@" in name for name in customers)
    assert any("/" in name for name, *_ in records)
    assert any(not name.isascii() for name, *_ in records)


def test_every_seeded_record_passes_the_parameter_rules() -> None:
    for name, email, frequency, _ in believable()[1] + large(100, 10)[1]:
        assert problems("create", {"name": name, "email": email, "frequency": str(frequency)}) == []


def test_large_spreads_all_customers_and_leaves_one_record_empty() -> None:
    customers, records = large(customers=1000, records=11)
    store = Store()

    store.seed(records=records, customers=customers)

    sizes = [len(users) for *_, users in store.snapshot()]
    assert sizes == [100] * 10 + [0]
    store.close()
