"""A list of customers in whatever form somebody has it."""

import io
import zipfile

import pytest
import xlsxwriter

from monitors.limits import MAX_FILE_BYTES
from monitors.models import ChangeKind
from monitors.services.errors import Invalid
from monitors.services.plans import files, names, wanted


def read(text, encoding="utf-8"):
    return files.read(text.encode(encoding), name="names.csv")


def usernames(lines):
    return [line.username for line in lines]


def test_names_are_split_at_lines_commas_and_semicolons():
    text = "acme, globex;initech\r\n\n  hooli  \n,;\numbrella\n"

    assert names.split(text) == [
        (1, "acme"),
        (1, "globex"),
        (1, "initech"),
        (3, "hooli"),
        (5, "umbrella"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_any_usual_encoding_and_separator_is_read(encoding, separator):
    text = f"Customer{separator}Reason\r\nmüller{separator}Über die Maßen\r\nacme{separator}T-1\r\n"

    lines = read(text, encoding)

    assert [(line.number, line.username, line.reason) for line in lines] == [
        (2, "müller", "Über die Maßen"),
        (3, "acme", "T-1"),
    ]


def test_a_file_without_a_head_has_the_customer_first_and_then_the_reason():
    assert [(line.number, line.username, line.reason) for line in read("acme;T-1\nglobex;\n")] == [
        (1, "acme", "T-1"),
        (2, "globex", ""),
    ]


def test_heads_may_stand_in_any_order_and_name_record_and_end():
    (line,) = read("Until,Record,User name\n3d,abuse-desk,acme\n")

    assert (line.username, line.record_name, line.until) == ("acme", "abuse-desk", "3d")


def test_one_name_a_line_is_a_file_too():
    assert usernames(read("acme\nglobex\n")) == ["acme", "globex"]


def test_a_comma_in_a_quoted_reason_belongs_to_the_reason():
    assert read('acme,"Spike, twice"\n')[0].reason == "Spike, twice"


def test_empty_lines_are_nothing_and_lines_keep_their_numbers():
    assert [line.number for line in read("acme\n\n\nglobex\n")] == [1, 4]


def test_a_line_without_a_customer_is_named():
    with pytest.raises(Invalid, match="Line 3 names no customer"):
        read("customer,reason\nacme,T-1\n,T-2\n")


def test_a_quote_that_never_ends_is_named_with_its_line():
    with pytest.raises(Invalid, match="Line 2 cannot be read"):
        read('acme,T-1\n"globex,T-2\n')


def test_an_empty_file_is_refused():
    with pytest.raises(Invalid, match=r"names.csv has no names in it"):
        read("customer,reason\n\n")


def test_no_more_than_ten_thousand_rows():
    with pytest.raises(Invalid, match="Line 10001: a plan has at most 10,000 rows"):
        read("acme\n" * 10_001)


def test_no_more_than_five_megabytes():
    with pytest.raises(Invalid, match="larger than 5 MB"):
        files.read(b"x" * (MAX_FILE_BYTES + 1), name="names.csv")


def test_a_picture_is_no_list_of_names():
    with pytest.raises(Invalid, match="not a CSV or XLSX file"):
        files.read(b"\x89PNG\r\n\x1a\n\x00\x00", name="names.csv")


def workbook(*rows):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        book.add_worksheet("Other").write(0, 0, "nobody")
    return content.getvalue()


def test_the_first_sheet_of_a_workbook_is_read():
    content = workbook(["Customer", "", "Reason"], ["müller", "", "T-1"], [], [4711, "", ""])

    lines = files.read(content, name="names.xlsx")

    assert [(line.number, line.username, line.reason) for line in lines] == [
        (2, "müller", "T-1"),
        (4, "4711", ""),
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"PK\x03\x04"])
def test_a_broken_workbook_is_refused_in_words(content):
    with pytest.raises(Invalid, match="This XLSX file cannot be read"):
        files.read(content, name="names.xlsx")


def with_member(name, text):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return content.getvalue()


def test_a_workbook_that_declares_entities_is_refused():
    sheet = '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'

    with pytest.raises(Invalid, match="cannot be read"):
        files.read(with_member("xl/worksheets/sheet1.xml", sheet), name="names.xlsx")


def test_a_workbook_that_unpacks_to_very_much_is_refused():
    content = with_member("xl/worksheets/sheet1.xml", " " * (51 * 1024 * 1024))

    with pytest.raises(Invalid, match="too large when it is unpacked"):
        files.read(content, name="names.xlsx")


def test_lines_become_changes_with_their_own_reasons_and_records():
    changes = wanted.of_lines(read("user,record,reason\nacme,one,T-1\n"), kind=ChangeKind.APPEND, record=None)

    assert [(each.username, each.record_name, each.reason, each.line) for each in changes] == [
        ("acme", "one", "T-1", 2)
    ]
