"""Countries and regions in texts: by name, people and capital; the longer name counts."""

from __future__ import annotations

import pytest

from rag.geography import name_in, places_in


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Unions in Japan and Japanese brands", ("Japan",)),
        (
            "met in Manila, Phnom Penh, Kathmandu, Bangkok and Tokyo",
            ("Philippines", "Cambodia", "Nepal", "Thailand", "Japan"),
        ),
        ("Cambodian and Philippine youth; Filipinos", ("Cambodia", "Philippines")),
        ("amidst Ukraine’s invasion by Russian troops", ("Ukraine", "Russia")),
        ("South East Asia, Southeast Asia, South-East Asian and southeast Asia", ("South East Asia",)),
        ("Asia Pacific; Asia-Pacific; Asia and the Pacific", ("Asia Pacific",)),
        ("south Asia and southeast Asia offices", ("South Asia", "South East Asia")),
        ("Latin American unions", ("Latin America",)),
        ("South African and North American workers in Africa", ("South Africa", "North America", "Africa")),
        ("Papua New Guinea, not Guinea-Bissau", ("Papua New Guinea", "Guinea-Bissau")),
        ("Niger and Nigeria", ("Niger", "Nigeria")),
        ("The Democratic Republic of the Congo", ("Congo - Kinshasa",)),
        ("Burmese unions; Myanmar", ("Myanmar",)),
        # What looks like a place and is none.
        ("male workers roast a turkey in the valley; The Valley; Victoria Douglas, US$63, Asiatic, indiana", ()),
        ("", ()),
        ("\0\u202e<b>", ()),
    ],
)
def test_places_are_found(text: str, places: tuple[str, ...]) -> None:
    assert places_in(text) == places


@pytest.mark.parametrize(
    ("place", "language", "name"),
    [
        ("Philippines", "en", "Philippines"),
        ("Philippines", "es", "Filipinas"),
        ("Cambodia", "id", "Kamboja"),
        ("South East Asia", "fr", "Asie du Sud-Est"),
        ("Myanmar", "es", "Myanmar"),
        ("Asia Pacific", "fr", "Asia Pacific"),  # the page's own texts have a word for it
        ("Nowhere", "fr", "Nowhere"),
    ],
)
def test_places_have_names_in_other_languages(place: str, language: str, name: str) -> None:
    assert name_in(place, language) == name
