"""Names of places in languages that share a script (taught in notebook 08)."""

import re
from collections import defaultdict
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import check_flag, check_text

LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "sv": "Swedish",
}
"""The languages of the course, by their codes: all are written with Latin letters."""

NAME = re.compile(r"[^\W\d_]+(?:(?:[ '-]|\. ?)[^\W\d_]+)*")
"""Words of letters, with a space, an apostrophe, a hyphen or a full stop between them."""
NO_PLACE = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
"""CLDR's codes of unions, of made-up territories for tests, and of what is not known."""


class PlaceNames(NamedTuple):
    """Names of places, one entry a name, those of a place one after the other."""

    names: np.ndarray
    """The names, (N,) strings."""
    languages: np.ndarray
    """In which language each name is, (N,) strings such as ``"German"``."""
    places: np.ndarray
    """Which place each name belongs to, (N,) strings: ``"HU"``, or ``"Europe/Vienna"``."""


def load_place_names(languages=LANGUAGES, *, keep_shared=False):
    """Load the names of countries and cities in several languages, from CLDR.

    A city that has the name of a country or territory in one of the languages, such as Luxembourg,
    is left out: its names would be those of the other place once more. Names with brackets,
    commas or digits are left out as well.

    Parameters
    ----------
    languages : dict of str to str, default=LANGUAGES
        The name of each language under its code, such as ``{"de": "German", "nl": "Dutch"}``.
        With languages of different scripts there is nothing to learn: one letter tells.
    keep_shared : bool, default=False
        Whether to keep a name that is the same in two or more of the languages, such as
        ``"Angola"``. Upper and lower case make no difference.

    Returns
    -------
    PlaceNames
        `names`, `languages` and `places`, three arrays of the same length. The places stand in an
        order that means nothing and is the same everywhere, so that the first tenth of them is as
        good a sample as any.

    Raises
    ------
    TypeError
        If `languages` is not a dictionary.
    ValueError
        If there are fewer than two languages, or CLDR does not know one.

    Notes
    -----
    The names are those of the Unicode Consortium's Common Locale Data Repository, through Babel:
    of territories, and of the cities that time zones are called after. They differ a little
    between versions of Babel.

    Examples
    --------
    >>> data = load_place_names({"de": "German", "it": "Italian"})
    >>> is_austria = data.places == "AT"
    >>> list(zip(data.names[is_austria].tolist(), data.languages[is_austria].tolist()))
    [('Österreich', 'German'), ('Austria', 'Italian')]
    >>> "Angola" in data.names
    False
    """
    keep_shared = check_flag("keep_shared", keep_shared)
    names_of = _names_by_place(_locales(languages))
    languages_of = defaultdict(set)
    for names in names_of.values():
        for code, name in names.items():
            languages_of[name.casefold()].add(code)
    rows = [
        (name, languages[code], place)
        for place in sorted(names_of, key=lambda place: sha256(place.encode()).hexdigest())
        for code, name in names_of[place].items()
        if keep_shared or len(languages_of[name.casefold()]) == 1
    ]
    return PlaceNames(*(np.array(column) for column in zip(*rows, strict=True)))


def _locales(languages):
    """Return Babel's data of each language, or say what is wrong."""
    # Here, since few need it.
    from babel import Locale, UnknownLocaleError

    if not isinstance(languages, dict):
        raise TypeError(
            f"languages is a {type(languages).__name__}: expected a dict of codes and names, such "
            "as {'de': 'German', 'nl': 'Dutch'}"
        )
    if len(languages) < 2:
        raise ValueError(f"languages has {len(languages)}: expected at least two to tell apart")
    locales = {}
    for code, language in languages.items():
        check_text(f"the name of {code!r}", language)
        try:
            locales[code] = Locale.parse(code)
        except (UnknownLocaleError, ValueError, TypeError):
            raise ValueError(
                f"{code!r} is no language that Babel knows: expected a code such as 'de'"
            ) from None
    return locales


def _names_by_place(locales):
    """Return the names of each place by language: territories, then the cities of time zones."""
    found = defaultdict(dict)
    for code, locale in locales.items():
        for territory, name in locale.territories.items():
            if len(territory) == 2 and territory not in NO_PLACE:
                found[territory][code] = _plain(name)
    of_territories = {name.casefold() for names in found.values() for name in names.values()}
    zones = sorted({zone for locale in locales.values() for zone in locale.time_zones})
    for zone in zones:
        region, *_, last = zone.split("/")
        names = {
            # CLDR leaves a name out where it is that of the time zone.
            code: _plain(locale.time_zones.get(zone, {}).get("city") or last.replace("_", " "))
            for code, locale in locales.items()
        }
        if region != "Etc" and of_territories.isdisjoint(map(str.casefold, names.values())):
            found[zone] = names
    return {
        place: {code: name for code, name in names.items() if NAME.fullmatch(name)}
        for place, names in found.items()
    }


def _plain(name):
    """Write all apostrophes and spaces alike."""
    return " ".join(name.replace("’", "'").split())
