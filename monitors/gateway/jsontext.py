"""Strict JSON: no NaN, no duplicate keys, bounded depth and numbers, nothing after the end."""

import json
from typing import NoReturn

from monitors.gateway.text import Malformed

MAX_NUMBER_CHARACTERS = 64


def read(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise Malformed("it is not JSON") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None


def _whole(digits: str) -> int:
    _check_length(digits)
    return int(digits)


def _fraction(digits: str) -> float:
    _check_length(digits)
    return float(digits)


def _check_length(digits: str) -> None:
    if len(digits) > MAX_NUMBER_CHARACTERS:
        raise Malformed("it contains a number that is too long")


def _refuse_constant(_name: str) -> NoReturn:
    raise Malformed("it contains NaN or Infinity")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("an object has a duplicate key")
    return fields


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_refuse_constant
)
