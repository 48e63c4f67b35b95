"""Checks: each fault of a sentence is named by its own check, and what is right in other words passes all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checks import NAMES, Evidence, examine, verbatim, worst
from rag.types import Support
from rag.words import content_stems, words_of

SUPPORTED, PARTLY, UNSUPPORTED = Support.SUPPORTED, Support.PARTLY, Support.UNSUPPORTED

WAGES = (
    "After wage negotiations in the sector, Japanese metalworkers’ unions have achieved an additional monthly wage "
    "increase of on average YEN8,407 (US$63), the highest since 2020."
)
ODP = (
    "20 organizers met in Bangkok, Thailand to complete their three-year Organizers’ Development Programme (ODP), a "
    "joint training developed by IndustriALL and IG Metall focusing on strategic organizing, methods and campaigns."
)
YOUTH = (
    "Young unionists from South East Asia met in Manila,14 September, and called on trade unions to recognize youth as "
    "catalyst for change and provide a 20 percent youth quota in routine union training."
)
ATUC = (
    "At the sub regional level, the ATUC inter-union agreement adopted in 2014 seeks to strengthen the cooperation "
    "among 18 national confederations from both origin and destination countries in ASEAN."
)
MOU = (
    "This inter-union cooperation went beyond ASEAN in 2015 when ATUC signed a Memorandum of Understanding (MoU) with "
    "the Arab Trade Union Confederation (ArabTUC) and South Asia Regional Trade Union Council (SARTUC)."
)
AMMAN = (
    "With the support of the ITUC-AP, a joint migrant resource centre (MRC) will be established in Amman, Jordan in "
    "July 2018."
)
WOMEN = (
    "Eighteen (nine women) union representatives from Jordan in the Arab region and Cambodia, Indonesia, Lao PDR, "
    "Malaysia, Myanmar, Philippines and Vietnam in ASEAN and Bangladesh, India, Nepal and Sri Lanka in South Asia."
)
KATHMANDU = (
    "These steps and initiatives surfaced during the ILO training Trade Union Policy and Organising on Labour Migration "
    "in Asia Pacific in Kathmandu, Nepal on 14-18 May 2018."
)
OMAMO = (
    "It is this collective that builds union power and where the strength of the union lies, argues Rose Omamo, the "
    "general secretary of the Amalgamated Union of Kenya Metal Workers (AUKMW), affiliated to IndustriALL Global Union."
)
RAINA = (
    '"The IndustriALL family will continue its efforts to make sure that every worker can go to work without having to '
    "fear for being killed or injured.”"
)
REJECTS = (
    "The Congress rejects all attempts by governments to pursue austerity measures, forcing workers to foot the bill "
    "for a perpetual crisis they did not create."
)
MEMBERS = "However, merely having a large number of members is not sufficient."
YOUNG = "Today young workers are not always widely represented within the trade union movement."
SHOULD = "Companies should implement specific programmes for young people to address any identified skill gaps."
EXPECTED = (
    "The regional trade union organizations in Africa and the Americas are expected to sign an expanded inter-regional "
    "MoU with ArabTUC, SARTUC, ATUC and ITUC-AP at the side line of the 2018 International Labour Conference in Geneva."
)
MUST = "Trade unions can and indeed must assume a central role in advocating for a Just Transition."
POINT = "Secure basic trade union rights for all workers fighting for the right to organize and bargain collectively;"
VOTES = (
    "Belarus has become known for the protests that started when the former president of the country, Alexandre "
    "Lukashenko, awarded himself 80 per cent of the votes in a widely contested election."
)

# (sentence, cited words, the checks that fail, support)
CASES = [
    # numbers with their kinds
    ("Japanese metalworkers' unions achieved an average wage increase of 8,407 yen.", WAGES, "", SUPPORTED),
    ("The average monthly wage increase was 63 US dollars.", WAGES, "", SUPPORTED),
    ("The average monthly wage increase was 63 yen.", WAGES, "numbers", UNSUPPORTED),
    ("The average monthly wage increase was 8,470 yen.", WAGES, "numbers", UNSUPPORTED),
    ("Lukashenko awarded himself 80% of the votes.", VOTES, "", SUPPORTED),
    ("Lukashenko awarded himself 80 votes.", VOTES, "numbers", UNSUPPORTED),
    ("Twenty organizers completed their 3-year programme in Bangkok.", ODP, "", SUPPORTED),
    ("Three organizers met in Bangkok to complete their 20-year programme.", ODP, "numbers", UNSUPPORTED),
    ("Nine union representatives came, eighteen of them women.", WOMEN, "numbers", UNSUPPORTED),
    ("One organizer met in Bangkok to complete a three-year programme.", "2 " + ODP[3:], "numbers", UNSUPPORTED),
    # dates
    ("The ILO training on labour migration in Kathmandu was in May 2018.", KATHMANDU, "", SUPPORTED),
    ("The ILO training in Kathmandu ran from May 14th to May 18th, 2018.", KATHMANDU, "", SUPPORTED),
    ("The ILO training in Kathmandu was held on 14-19 May 2018.", KATHMANDU, "numbers", UNSUPPORTED),
    ("The ILO training in Kathmandu was held on 14-18 May 2019.", KATHMANDU, "numbers", UNSUPPORTED),
    ("Young unionists met in Manila on the 14th of September.", YOUTH, "", SUPPORTED),
    ("Young unionists met in Manila on 14 October.", YOUTH, "numbers", UNSUPPORTED),
    # names
    ("Unions of Japan achieved an additional monthly wage increase.", WAGES, "", SUPPORTED),
    ("Korean metalworkers' unions achieved a monthly wage increase.", WAGES, "names", UNSUPPORTED),
    ("Organizers from the ODP met in Thailand.", ODP, "", SUPPORTED),
    ("Organizers met in Jakarta to complete their programme.", ODP, "names", UNSUPPORTED),
    ("ATUC signed an MoU with the South Asia Regional Trade Union Council.", MOU, "", SUPPORTED),
    ("ATUC signed an MoU with the European Trade Union Confederation.", MOU, "names", UNSUPPORTED),
    # negation
    ("A large number of members is not sufficient.", MEMBERS, "", SUPPORTED),
    ("A large number of members is insufficient.", MEMBERS, "", SUPPORTED),
    ("A large number of members is sufficient.", MEMBERS, "negation", UNSUPPORTED),
    ("Young workers are always widely represented in the trade union movement.", YOUNG, "negation", UNSUPPORTED),
    ("Yes, young workers are not always widely represented.", YOUNG, "negation", UNSUPPORTED),
    ("No, young workers are not always widely represented.", YOUNG, "", SUPPORTED),
    ("Yes, the Congress rejects all attempts to pursue austerity measures.", REJECTS, "negation", UNSUPPORTED),
    ("The Congress does not reject attempts to pursue austerity measures.", REJECTS, "negation", UNSUPPORTED),
    ("The Congress supports attempts to pursue austerity measures.", REJECTS, "negation", UNSUPPORTED),
    ("Workers foot the bill for a perpetual crisis that they did not create.", REJECTS, "", SUPPORTED),
    # modality
    ("Companies should implement specific programmes for young people.", SHOULD, "", SUPPORTED),
    ("Companies implement specific programmes for young people.", SHOULD, "speaker", PARTLY),
    ("Companies must implement specific programmes for young people.", SHOULD, "speaker", PARTLY),
    ("Companies have implemented specific programmes for young people.", SHOULD, "speaker", UNSUPPORTED),
    ("Trade unions must assume a central role in advocating for a Just Transition.", MUST, "", SUPPORTED),
    ("Regional organizations in Africa are expected to sign an MoU with ATUC.", EXPECTED, "", SUPPORTED),
    ("Regional organizations in Africa have signed an MoU with ATUC.", EXPECTED, "speaker", UNSUPPORTED),
    ("A migrant resource centre was established in Amman in July 2018.", AMMAN, "speaker", UNSUPPORTED),
    ("Regional organizations in Africa must sign an MoU with ATUC.", EXPECTED, "speaker", PARTLY),
    # speaker
    ("Rose Omamo argues that the strength of the union lies in this collective.", OMAMO, "", SUPPORTED),
    ("According to Rose Omamo, this collective builds union power.", OMAMO, "", SUPPORTED),
    ("The strength of the union lies in this collective, which builds union power.", OMAMO, "speaker", PARTLY),
    ("Young unionists called on trade unions to provide a youth quota of 20%.", YOUTH, "", SUPPORTED),
    ("Trade unions called on youth to provide a 20 percent quota.", YOUTH, "speaker", UNSUPPORTED),
    ("Trade unions recognize youth as catalyst for change and provide a youth quota.", YOUTH, "speaker", PARTLY),
    ("Every worker can go to work without having to fear being killed or injured.", RAINA, "speaker", PARTLY),
    # wording: names that no passage puts into this action
    ("Representatives from Jordan, Nepal and India worked together on migration.", WOMEN, "wording", PARTLY),
]


def failed(text: str, *units: str, **more: tuple[str, ...] | str) -> tuple[str, Support]:
    findings = examine(text, Evidence(units, **more), near=0.9, cosine=0.7)
    assert tuple(finding.check.name for finding in findings) == NAMES
    return " ".join(finding.check.name for finding in findings if not finding.check.passed), worst(findings)


@pytest.mark.parametrize(("text", "cited", "checks", "support"), CASES)
def test_a_fault_is_named_by_its_check(text: str, cited: str, checks: str, support: Support) -> None:
    assert failed(text, cited) == (checks, support)


def test_a_year_goes_with_what_it_is_the_year_of() -> None:
    assert failed("ATUC signed a Memorandum of Understanding with SARTUC in 2015.", MOU, ATUC) == ("", SUPPORTED)
    text = "ATUC signed a Memorandum of Understanding with SARTUC in 2014."
    assert failed(text, MOU, ATUC) == ("numbers", UNSUPPORTED)


def test_another_speaker_is_caught_also_where_the_passage_names_both() -> None:
    both = OMAMO + " Jyrki Raina was there."
    assert failed("Jyrki Raina argues that the strength of the union lies in this collective.", both)[1] is UNSUPPORTED
    text = "Rose Omamo said that every worker can go to work without having to fear being killed."
    assert failed(text, RAINA, titles=("JYRKI RAINA: Welcome to Global Worker",))[1] is UNSUPPORTED
    text = "Jyrki Raina said that efforts will continue so that every worker can go to work without fear."
    assert failed(text, RAINA, titles=("JYRKI RAINA: Welcome to Global Worker",)) == ("", SUPPORTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IndustriALL will secure basic trade union rights for all workers.", ("", SUPPORTED)),
        ("IndustriALL wants to secure basic trade union rights for all workers.", ("", SUPPORTED)),
        ("IndustriALL secures basic trade union rights for all workers.", ("speaker", PARTLY)),
        ("IndustriALL has secured basic trade union rights for all workers.", ("speaker", UNSUPPORTED)),
    ],
)
def test_a_point_of_a_list_is_under_its_lead_in(text: str, expected: tuple[str, Support]) -> None:
    titles = ("Therefore, IndustriALL will:", "IndustriALL 4th Congress resolution: Organizing for a just future")
    assert failed(text, POINT, titles=titles) == expected


def test_the_year_of_a_news_item_completes_its_dates() -> None:
    text = "Young unionists met in Manila on 14 September 2024."
    assert failed(text, YOUTH) == ("numbers", UNSUPPORTED)
    assert failed(text, YOUTH, dates=("2024-09-17",)) == ("", SUPPORTED)
    assert failed(text, YOUTH, dates=("2023-09-17",)) == ("numbers", UNSUPPORTED)


def test_when_it_was_published_may_be_said_as_that() -> None:
    text = "Young unionists met in Manila, an item of 17 September 2024 says."
    assert failed(text, YOUTH, "17 September, 2024", dates=("2024-09-17",)) == ("", SUPPORTED)
    text = "Young unionists met in Manila on 17 September 2024."
    assert failed(text, YOUTH, "17 September, 2024", dates=("2024-09-17",)) == ("numbers", PARTLY)


def test_december_last_year_is_the_year_before() -> None:
    unit = "The union celebrated 40 years of defending workers’ rights in December last year."
    evidence: dict[str, tuple[str, ...]] = {"dates": ("2021-05-11",)}
    assert failed("The union celebrated 40 years in December 2020.", unit, **evidence) == ("", SUPPORTED)
    assert failed("The union celebrated 40 years in December 2021.", unit, **evidence) == ("numbers", UNSUPPORTED)


def test_another_language_is_not_compared_word_by_word() -> None:
    text = "Rose Omamo dirige sindicato afiliado IndustriALL Global Union."
    assert failed(text, OMAMO) == ("wording", PARTLY)


def test_the_publisher_may_be_named_where_the_words_say_we() -> None:
    we = "We need a fairer distribution of profits."
    publisher = "IndustriALL Global Union"
    assert failed("IndustriALL needs a fairer distribution of profits.", we, publisher=publisher) == ("", SUPPORTED)
    they = "They need a fairer distribution of profits."
    assert "names" in failed("IndustriALL needs a fairer distribution of profits.", they, publisher=publisher)[0]


@given(text=st.text(max_size=80), units=st.lists(st.text(max_size=80), min_size=1, max_size=3))
def test_any_text_can_be_examined(text: str, units: list[str]) -> None:
    findings = examine(text, Evidence(tuple(units)), near=0.6, cosine=0.6)
    assert all(finding.check.passed == (finding.support is SUPPORTED) for finding in findings)
    assert all(finding.check.passed != bool(finding.check.reason) for finding in findings)
    assert len(words_of(text)) >= len(content_stems(text))


def test_word_for_word_means_whole_words_in_a_row() -> None:
    assert verbatim("a LARGE number, of members", [MEMBERS])
    assert not verbatim("arge number of members", [MEMBERS])
    assert not verbatim("large members", [MEMBERS])
    assert not verbatim("a", ["a large number"])
    assert not verbatim("", ["a large number"])


def test_each_of_two_merged_statements_must_be_covered() -> None:
    unit = "They recently agreed to form a national council in order to work closely together."
    text = "They decided to merge into one single body because they agreed to form a national council to work closely."
    assert failed(text, unit) == ("wording", PARTLY)


def test_a_name_of_another_passage_must_come_with_what_is_said_of_it() -> None:
    home = "This encompasses industrial policies with employment that affords time for recreation."
    other = "Affiliates in Latin America have come up with an agenda focusing on sustainable development."
    text = "The unions in Latin America have policies with employment that affords time for recreation."
    assert failed(text, home, other, foreign=(other,)) == ("names", UNSUPPORTED)
    text = "Employment affords time for recreation, and affiliates in Latin America have come up with an agenda."
    assert failed(text, home, other, foreign=(other,)) == ("", SUPPORTED)
