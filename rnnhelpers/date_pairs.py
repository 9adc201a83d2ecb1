"""A translation task made of real data: dates in French and in English (taught in notebook 11)."""

import datetime
from typing import NamedTuple

from rnnhelpers._validation import check_count, check_kind, check_list, shown
from rnnhelpers.initialization import as_generator

FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
"""The dates are drawn from these hundred years."""

FORMATS = {
    "yMMMMd": "long",
    "yMMMd": "long",
    "yMd": "long",
    "yMMMMEEEEd": "full",
    "yMMMEd": "full",
    "yMEd": "full",
}
"""CLDR's names for French ways to write a date, and for the English way that says the same:
the first three are without the day of the week."""

WRITTEN_OUT = {"yMMMMd": "long", "yMMMMEEEEd": "full"}
"""What CLDR calls those with the whole name of the month. Not each of its releases lists them for
French by the names above; a search by name would then find the one with the month cut short."""


class DatePairs(NamedTuple):
    """Pairs of strings, French and English."""

    train: list
    """To learn from."""
    test: list
    """To measure on: no date in them is in the training part."""


def load_date_pairs(n_train, n_test, *, n_dates=(1,), formats=tuple(FORMATS), rng):
    """Write dates, or lists of dates, in French and in English, with the words of CLDR.

    The French side comes in six formats, such as "vendredi 4 avril 2025", "ven. 04/04/2025" or
    "4 avr. 2025". The English side is always written out: "Friday, April 4, 2025", and without
    the day of the week if the French has none. So months, and days of the week, are translated,
    numbers become words, and the order changes.

    Parameters
    ----------
    n_train, n_test : int
        Number of pairs of the two parts.
    n_dates : sequence of int, default=(1,)
        How many dates a text may have; each pair draws one of these numbers.
    formats : sequence of str, default=all of FORMATS
        The French formats to draw from. All dates of a list are in the same one.
    rng : numpy.random.Generator or int
        Where the random numbers come from, or a seed for it.

    Returns
    -------
    DatePairs
        The pairs. One day in ten, of a hundred years, is kept for the test part.

    Raises
    ------
    TypeError
        If a number is not whole.
    ValueError
        If one is below 1, there is nothing to draw from, or a format is unknown.

    Notes
    -----
    The words and formats are those of the Unicode Consortium's Common Locale Data Repository,
    through Babel. They may differ a little between versions of Babel.

    Examples
    --------
    >>> pairs = load_date_pairs(2, 1, rng=0)
    >>> len(pairs.train), len(pairs.test)
    (2, 1)
    >>> date_pair([datetime.date(2025, 4, 4)], "yMMMEd")
    ('ven. 4 avr. 2025', 'Friday, April 4, 2025')
    """
    n_train, n_test = check_count("n_train", n_train), check_count("n_test", n_test)
    n_dates = check_list("n_dates", n_dates, "whole numbers")
    n_dates = [check_count("n_dates", number) for number in n_dates]
    formats = [_check_format(name) for name in check_list("formats", formats, "names")]
    for name, choices in {"n_dates": n_dates, "formats": formats}.items():
        if not choices:
            raise ValueError(f"{name} is empty: expected at least one to draw from")
    rng = as_generator(rng)
    days = rng.permutation((LAST - FIRST).days + 1)
    n_kept = len(days) // 10
    parts = (days[n_kept:], n_train), (days[:n_kept], n_test)
    return DatePairs(
        *([_draw_pair(part, n_dates, formats, rng) for _ in range(n)] for part, n in parts)
    )


def date_pair(dates, french_format):
    """Write one date, or a list of dates, in both languages.

    Parameters
    ----------
    dates : list of datetime.date
        The dates.
    french_format : str
        One of `FORMATS`.

    Returns
    -------
    french, english : str
        The same dates.

    Raises
    ------
    ValueError
        If there is no such format.

    Examples
    --------
    >>> dates = [datetime.date(2026, 3, 13), datetime.date(1999, 4, 1)]
    >>> date_pair(dates, "yMd")
    ('13/03/2026 et 01/04/1999', 'March 13, 2026 and April 1, 1999')
    """
    dates = [
        check_kind(f"dates[{number}]", date, datetime.date, "a datetime.date")
        for number, date in enumerate(check_list("dates", dates, "dates"))
    ]
    # Here, since the locale data take a while to load.
    from babel import Locale
    from babel.dates import format_date, format_skeleton
    from babel.lists import format_list

    locale_fr, locale_en = Locale("fr"), Locale("en")

    if _check_format(french_format) in WRITTEN_OUT:
        style = WRITTEN_OUT[french_format]
        french = [format_date(date, style, locale=locale_fr) for date in dates]
    else:
        french = [format_skeleton(french_format, date, locale=locale_fr) for date in dates]
    english = [format_date(date, FORMATS[french_format], locale=locale_en) for date in dates]
    return format_list(french, locale=locale_fr), format_list(english, locale=locale_en)


def _draw_pair(days, n_dates, formats, rng):
    """Draw a list of these days, in one format."""
    chosen = rng.choice(days, rng.choice(n_dates))
    dates = [FIRST + datetime.timedelta(days=int(day)) for day in chosen]
    return date_pair(dates, formats[rng.integers(len(formats))])


def _check_format(name):
    """Return the name of a format, or raise."""
    if not isinstance(name, str) or name not in FORMATS:
        raise ValueError(f"there is no format {shown(name)}: expected one of {[*FORMATS]}")
    return name
