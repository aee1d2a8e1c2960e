"""Passwords that were breached elsewhere are found in a file or a folder on the disk, by few and bounded reads."""

import hashlib
import random
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from config import breaches

BREACHED = ("correct horse battery", "letmein-letmein", "пароль-пароль")


def digest(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


def hashes(count=3000):
    generator = random.Random(7)
    return sorted([*(f"{generator.getrandbits(160):040X}" for _ in range(count)), *map(digest, BREACHED)])


def written(path, lines, end="\r\n"):
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


@pytest.fixture(params=["\r\n", "\n", ":7\r\n", ":123456\n"])
def file(request, tmp_path):
    return written(tmp_path / "pwned", hashes(), request.param)


@pytest.fixture
def folder(tmp_path):
    for prefix in ("00000", "FFFFF", *(digest(password)[:5] for password in BREACHED)):
        suffixes = [f"{number:035X}:3" for number in (1, 2**139)]
        suffixes += [f"{digest(each)[5:]}:9" for each in BREACHED if digest(each).startswith(prefix)]
        written(tmp_path / f"{prefix}.txt", sorted(suffixes))
    return tmp_path


def test_every_line_of_a_file_is_found_and_nothing_between_them(file):
    assert breaches.problem(file) == ""
    assert all(breaches._is_in(file, line.encode()) for line in hashes())
    assert not any(breaches._is_in(file, f"{int(line, 16) ^ 1:040X}".encode()) for line in hashes())


def test_a_breached_password_is_found_as_it_is_typed(file):
    assert all(breaches.is_breached(file, password) for password in BREACHED)


def test_a_folder_is_asked_by_the_prefix(folder):
    assert breaches.problem(folder) == ""
    assert all(breaches.is_breached(folder, password) for password in BREACHED)


def test_any_other_is_not_found(file):
    assert not breaches.is_breached(file, "Correct horse battery")
    assert not breaches.is_breached(file, "")


def test_a_look_reads_a_bounded_part_of_a_file(file, monkeypatch):
    read = []
    line_from = breaches._line_from
    monkeypatch.setattr(breaches, "_line_from", lambda *where: read.append(1) or line_from(*where))

    breaches.is_breached(file, "anything")

    assert len(read) <= file.stat().st_size.bit_length() + 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[::-1], "is not sorted"),
        (lambda lines: random.Random(1).sample(lines, len(lines)), "is not sorted"),
        (lambda lines: [line[:32] for line in lines], "no SHA-1"),
        (lambda lines: [f"{line} {line}" for line in lines], "no SHA-1"),
        (lambda _: [], "empty"),
    ],
)
@pytest.mark.parametrize("count", [20, 3000])
def test_a_file_that_would_find_nothing_is_not_used(tmp_path, change, words, count):
    assert words in breaches.problem(written(tmp_path / "pwned", change(hashes(count))))


def test_one_line_out_of_its_place_is_noticed_in_a_short_file(tmp_path):
    first, *others = hashes(20)

    assert "is not sorted" in breaches.problem(written(tmp_path / "pwned", [*others, first]))


@pytest.mark.parametrize("missing", ["00000.txt", "FFFFF.txt"])
def test_a_folder_that_was_not_fetched_whole_is_not_used(folder, missing):
    (folder / missing).unlink()

    assert breaches.problem(folder) == f"names a folder without {missing}: {folder}"


@pytest.fixture
def validating(settings):
    def by(path):
        options = {"NAME": "monitors.services.passwords.NotBreached", "OPTIONS": {"path": path}}
        settings.AUTH_PASSWORD_VALIDATORS = [options]

    return by


def test_a_breached_password_is_refused_with_a_sentence(validating, file):
    validating(file)

    validate_password("Correct horse battery")
    with pytest.raises(ValidationError, match="breached elsewhere"):
        validate_password("correct horse battery")


def test_what_cannot_be_looked_up_is_refused_and_logged(validating, caplog):
    validating(Path("/nowhere/at/all"))

    with pytest.raises(ValidationError, match="cannot be checked at the moment"):
        validate_password("quite another one")
    assert "BREACHED_PASSWORDS cannot be read: No such file or directory" in caplog.text
