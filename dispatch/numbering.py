"""Case numbers: the city's date, the day's sequence and a check digit, e.g. 20261123-000012-0."""

from __future__ import annotations

import re
from datetime import date

# The quasigroup of order 10 from H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004). Reading
# digits through it finds every single wrong digit and every swap of two neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
# Six places hold the 100,000 contacts of a very large city's day with room to spare.
_LARGEST = 999_999
_SHAPE = re.compile(r"(\d{8})-(\d{6})-(\d)", re.ASCII)


def case_no(on: date, sequence: int) -> str:
    """Return the number of the `sequence`-th case (from 1) opened on the city's day `on`."""
    if not 1 <= sequence <= _LARGEST:
        raise ValueError(f"sequence {sequence} is not between 1 and {_LARGEST}")
    digits = f"{on:%Y%m%d}{sequence:06d}"
    return f"{digits[:8]}-{digits[8:]}-{check_digit(digits)}"


def order_no(of_case: str, sequence: int) -> str:
    """Return the number of a case's `sequence`-th work order (from 1)."""
    return f"{of_case}-{sequence}"


def check_digit(digits: str) -> int:
    """Return Damm's check digit of a string of digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def is_valid(text: str) -> bool:
    """Say whether `text` is a whole case number with the right check digit and a real date."""
    found = _SHAPE.fullmatch(text)
    if found is None or check_digit("".join(found.groups())) != 0 or int(found[2]) == 0:
        return False
    try:
        date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return False
    return True
