"""Names of places are read from CLDR as they are, and none is there that would spoil a split."""

from collections import defaultdict

import numpy as np
import pytest
from babel import Locale

from rnnhelpers.place_names import LANGUAGES, NAME, NO_PLACE, load_place_names

FEW = {"de": "German", "it": "Italian", "sv": "Swedish"}


@pytest.fixture(scope="module")
def data():
    return load_place_names()


@pytest.fixture(scope="module")
def everything():
    return load_place_names(keep_shared=True)


def rows(data):
    return list(zip(*(column.tolist() for column in data), strict=True))


def test_there_is_enough_of_each_language(data):
    names, counts = np.unique(data.languages, return_counts=True)
    assert set(names) == set(LANGUAGES.values())
    assert len(LANGUAGES) >= 8
    assert counts.min() > 80
    assert len(data.names) == len(data.languages) == len(data.places) > 1500


def test_territories_have_the_names_of_cldr(everything):
    for code, language in LANGUAGES.items():
        expected = {
            territory: " ".join(name.replace("’", "'").split())
            for territory, name in Locale(code).territories.items()
            if len(territory) == 2 and territory not in NO_PLACE
        }
        found = {p: n for n, of, p in rows(everything) if of == language and "/" not in p}
        assert found == {p: name for p, name in expected.items() if NAME.fullmatch(name)}


def test_cities_have_the_names_of_cldr(everything):
    of_warsaw = {language: n for n, language, p in rows(everything) if p == "Europe/Warsaw"}
    assert of_warsaw["German"] == "Warschau"
    assert of_warsaw["Polish"] == "Warszawa"
    assert of_warsaw["English"] == "Warsaw"  # CLDR does not repeat the name of the time zone


def test_a_name_of_several_languages_is_left_out(data, everything):
    languages_of = defaultdict(set)
    for name, language, _ in rows(everything):
        languages_of[name.casefold()].add(language)
    assert set(rows(data)) == {
        row for row in rows(everything) if len(languages_of[row[0].casefold()]) == 1
    }
    assert "Schweiz" in everything.names
    assert "Schweiz" not in data.names
    assert "Zwitserland" in data.names


def test_which_names_are_shared_depends_on_the_languages():
    assert "Schweiz" in load_place_names({"de": "German", "it": "Italian"}).names
    assert "Schweiz" not in load_place_names(FEW).names


def test_upper_case_makes_no_difference(monkeypatch):
    locales = {
        code: type("", (), {"territories": {"HU": name, "AT": code}, "time_zones": {}})
        for code, name in {"de": "Ungarn", "sv": "UNGARN"}.items()
    }
    monkeypatch.setattr("rnnhelpers.place_names._locales", lambda languages: locales)
    data = load_place_names({"de": "German", "sv": "Swedish"})
    assert rows(data) == [("de", "German", "AT"), ("sv", "Swedish", "AT")]


def test_a_city_with_the_name_of_a_territory_is_no_place_of_its_own(everything):
    of_territories = {n.casefold() for n, _, place in rows(everything) if "/" not in place}
    of_cities = {n.casefold() for n, _, place in rows(everything) if "/" in place}
    assert of_territories.isdisjoint(of_cities)
    assert "Europe/Luxembourg" not in everything.places
    assert "LU" in everything.places


def test_names_are_words_of_letters(everything):
    text = "".join(everything.names)
    assert {c for c in text if not c.isalpha()} <= set(" '-.")
    assert NAME.fullmatch("St. Barthélemy")
    for other in ("Myanmar (Burma)", "New Salem, North Dakota", "Paris 2", " Oslo", ""):
        assert not NAME.fullmatch(other)


def test_codes_that_are_no_places_are_left_out(everything):
    assert {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"} == NO_PLACE
    assert NO_PLACE.isdisjoint(everything.places.tolist())
    assert not any(place.startswith("Etc/") for place in everything.places)
    assert not any(place.isdigit() for place in everything.places)  # 150 is Europe


def test_the_names_of_a_place_stand_together(data):
    changes = np.flatnonzero(data.places[1:] != data.places[:-1])
    assert len(changes) + 1 == len(set(data.places.tolist()))


def test_the_order_of_places_means_nothing_and_is_the_same_for_other_languages(data):
    order = list(dict.fromkeys(data.places.tolist()))
    assert order != sorted(order)
    is_city = np.array(["/" in place for place in order])
    assert 0.3 < is_city[: len(order) // 3].mean() / is_city.mean() < 2
    of_few = list(dict.fromkeys(load_place_names(FEW).places.tolist()))
    common = set(order) & set(of_few)
    assert [p for p in order if p in common] == [p for p in of_few if p in common]


def test_it_is_the_same_each_time(data):
    assert rows(load_place_names()) == rows(data)


@pytest.mark.parametrize(
    ("languages", "error", "message"),
    [
        (["de", "nl"], TypeError, "languages is a list: expected a dict"),
        ("de", TypeError, "languages is a str"),
        ({"de": "German"}, ValueError, "languages has 1: expected at least two"),
        ({}, ValueError, "languages has 0"),
        ({"de": "German", "qq": "none"}, ValueError, "'qq' is no language that Babel knows"),
        ({"de": "German", "not a code": "x"}, ValueError, "'not a code' is no language"),
        ({"de": "German", "": "x"}, ValueError, "'' is no language"),
        ({"de": "German", 7: "x"}, ValueError, "7 is no language"),
    ],
)
def test_what_cannot_be_loaded_is_refused(languages, error, message):
    with pytest.raises(error, match=message):
        load_place_names(languages)
