"""What was typed, and what is made of it."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi.routing import APIRoute

from chassis.direct import handler_of
from chassis.folding import compact, fold, joined, words
from chassis.pages import Where
from chassis.problems import Problem
from services.catalog.items.routes import router
from services.catalog.search import names as names_of
from services.catalog.search.cursors import Among, Keyed, Ranked, Sort, Way, decode, encode
from services.catalog.search.filters import Filters
from services.catalog.search.highlights import Highlighter
from services.catalog.search.matching import exactly, matching
from services.catalog.search.query import Alike, Term, parse
from services.catalog.search.samples import (
    NOTHING,
    OFTEN,
    Common,
    Sample,
    as_bits,
    common,
    of_bits,
)
from services.catalog.search.search import FEW, MANY, Search
from services.catalog.search.spelling import distance, meant, variants

WORKSPACE = UUID(int=1)


class Holds:
    """A condition on an attribute."""

    def apply(self, where: Where) -> None:
        where.also("true")


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Größe", "grosse"), ("Ёлка", "елка"), ("ΣΊΣΥΦΟΣ", "σισυφοσ"), ("Łódź", "lodz"), ("Æ", "ae")],
)
def test_case_and_accents_go(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_know_where_they_stand() -> None:
    assert [(w.text, w.start, w.end) for w in words("  Café-au lait!")] == [
        ("cafe", 2, 6),
        ("au", 7, 9),
        ("lait", 10, 14),
    ]
    assert [word.text for word in joined("O'Brien's a/b-c")] == ["obriens", "bc"]
    assert compact("978-0-14") == "978014"


def test_quotes_minus_and_text() -> None:
    query = parse('drill "blue paint" -old -"for sale" O\'Brien --')
    assert query.terms == (
        Term(("drill",)),
        Term(("blue", "paint"), phrase=True),
        Term(("o", "brien"), whole="obrien"),
    )
    assert query.excluded == (Term(("old",)), Term(("for", "sale"), phrase=True))


def test_both_forms_of_an_isbn_and_of_a_upc_are_looked_for() -> None:
    assert "0140449132" in parse("978-0-14-044913-6").codes
    assert "9780140449136" in parse("0-14-044913-2").codes
    assert "0036000291452" in parse("036000291452").codes
    assert "036000291452" in parse("0036000291452").codes


def test_nothing_but_lexemes_in_quotes_reaches_the_database() -> None:
    """Letters and digits alone stand between the quotes, whatever was typed."""
    asked = matching(parse("a' | b:* & !c <-> \\' (d"), "w1", {"d": ["#c0"]})
    for part in asked.split("'")[1::2]:
        assert part.lstrip("w1").lstrip("=^#").isalnum(), asked
    assert exactly(parse("!!!"), "w1") == ""


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("drill", "drill", 0),
        ("drlil", "drill", 1),
        ("dril", "drill", 1),
        ("", "ab", 2),
        ("ab", "ba", 1),
    ],
)
def test_mistakes_are_counted(one: str, other: str, apart: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == apart


def test_words_that_are_far_apart_are_not_compared_to_the_end() -> None:
    """Someone's own words, made to be alike, would else keep all who search waiting for a second
    each."""
    looked_at = 0

    class Watched(str):
        __slots__ = ()

        def __getitem__(self, at: Any) -> str:  # noqa: ANN401 - as of str
            nonlocal looked_at
            looked_at += 1
            return str.__getitem__(self, at)

    assert distance("drill" + "a" * 20, Watched("drill" + "b" * 20), 2) == 3
    assert looked_at < 100


def test_one_mistake_is_forgiven_in_a_word_and_two_in_a_long_one() -> None:
    assert meant("drlil", ["drill", "grill", "dull"]).near == ("drill",)
    assert meant("hemmingwey", ["hemingway", "hemming"]).near == ("hemingway",)
    assert meant("drxxl", ["drill"]) == Alike()
    assert variants("saw") == set()


def test_a_letter_elsewhere_is_one_mistake_to_whoever_spells_by_ear() -> None:
    assert meant("grate", ["great", "crate", "green"]).near == ("crate", "great")
    assert meant("piece", ["peace"]).near == ("peace",)
    assert meant("lathe", ["table"]) == Alike()


def test_initials_are_read_one_by_one() -> None:
    """At once where they are no word, otherwise when nothing was found."""
    assert "('w1d' <-> 'w1h')" in matching(parse("dh lawrence"), "w1", {})
    assert "<->" not in matching(parse("of lawrence"), "w1", {})
    assert "('w1e':B & 'w1e':B)" in matching(parse("ee cummings"), "w1", {}, {})


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("m6x20", "('w1m6' <-> 'w1x' <-> 'w120')"),
        ("m6x20", "('w1m6' <-> 'w120')"),  # where another sign stands for the x
        ("20mm", "('w120' <-> 'w1mm')"),
        ("m6 x 20", "('w1m6x20':*)"),
        ("10 x 20 x 30", "('w110x20x30':*)"),
        ("20 mm", "('w120mm':*)"),
        ("a 4 paper", "('w1a4':*)"),
        ("j. r. r. tolkien", "('w1jrr')"),
        ("j.r.r. tolkien", "'w1jrr':*"),
    ],
)
def test_what_is_written_apart_or_as_one_is_the_same(typed: str, found: str) -> None:
    """Numbers and their units, what is multiplied, and initials."""
    assert found in matching(parse(typed), "w1", {})


@pytest.mark.parametrize(
    ("typed", "found"), [("a4", "('w1a' <-> 'w14')"), ("12v", "('w112' <-> 'w1v')")]
)
def test_a_letter_by_itself_is_meant_where_nothing_was_found(typed: str, found: str) -> None:
    assert found not in matching(parse(typed), "w1", {})
    assert found in matching(parse(typed), "w1", {}, {})


@pytest.mark.parametrize("typed", ["the 3 pigs", "orwell 1984", "x ray", "20 x rays"])
def test_other_words_and_numbers_stay_as_they_are(typed: str) -> None:
    query = parse(typed)
    assert query.runs == ()
    assert all(term.otherwise == [] for term in query.terms)


def test_a_letter_with_signs_is_no_beginning() -> None:
    """C++ is not all that begins with a c."""
    for typed in ("C++", "c#"):
        assert matching(parse(typed), "w1", {}).startswith("((('w1c'))")


def test_what_is_written_apart_is_marked() -> None:
    item = {
        **dict.fromkeys(("brand", "model", "manufacturer", "sku", "external_id"), None),
        **dict.fromkeys(("barcode", "serial_number", "category_name", "description"), None),
        "name": "Bolt M6 x 20, 5 kg",
        "labels": [],
        "attributes": {},
    }
    for typed, marked in (("m6x20", ["M6", "x", "20"]), ("5kg", ["5", "kg"])):
        parts = Highlighter(parse(typed), None).of(item)["name"]
        assert [part["text"] for part in parts if part["match"]] == marked


def test_two_words_may_be_one_when_nothing_was_found() -> None:
    query = parse("light house woolf")
    assert "'w1lighthouse'" in matching(query, "w1", {}, {})
    assert "'w1lighthouse'" not in matching(query, "w1", {})


def test_what_is_common_is_told_by_the_items_of_a_sample() -> None:
    """A common word stands for itself, a common beginning is no way to anything, and what is common
    together is found without an index."""
    every, half, few = (1 << 1000) - 1, (1 << 500) - 1, 0b111 << 700
    having = {"the": every, "then": few, "house": half, "hound": half << 500, "lake": few}
    known = Sample(having, sorted(having))
    found = common(known, parse("the lake"), {}, ())
    assert found == Common(frozenset({"the"}), frozenset(), 3, known)
    for size, wide in ((4_000, set[str]()), (1_000_000, {"hous"})):
        found = common(replace(known, size=size), parse("hous lake"), {}, ())
        assert {word for term in found.terms for word in term.words} == wide
    vast = replace(known, size=1_000_000)
    assert len(common(vast, parse("ho th"), {}, ()).terms) == 1
    assert common(known, parse("the house"), {}, ()).together == 500
    assert common(known, parse("house hound"), {}, ()).together == 0
    assert common(known, parse("the"), {}, ()).words == frozenset()
    assert common(known, parse("the"), {}, [["#insured"]]).words == {"the"}
    assert common(Sample(), parse("the lake"), {}, ()) == NOTHING


@pytest.mark.parametrize(
    ("filters", "way"),
    [
        (Filters(), Way.IN_ORDER),
        (Filters(attributes=[]), Way.IN_ORDER),
        (Filters(attributes=[Holds()]), Way.BY_WORDS),
        (Filters(purchased_from=WORKSPACE), Way.BY_WORDS),
        (Filters(location_id=WORKSPACE, at_place=MANY), Way.BY_PLACE),
        (Filters(location_id=WORKSPACE, at_place=MANY + 1), Way.IN_ORDER),
    ],
)
def test_what_is_common_is_looked_for_in_order_unless_a_filter_may_be_rare(
    filters: Filters, way: Way
) -> None:
    """No filter of attributes is one that was given."""
    often = Common(together=OFTEN)
    assert Search(WORKSPACE, parse("the"), filters, common=often).way is way


def among_names(together: int, size: int) -> Common:
    """Of a thousand names, `together` of which match."""
    return Common(
        together=together, sample=Sample(names=[f"{n:03}" for n in range(1000)], size=size)
    )


@pytest.mark.parametrize(
    ("common", "after", "last"),
    [
        (among_names(5, 1_000_000), None, {False: "025", True: "974"}),
        (among_names(5, 1_000_000), "500", {False: "526", True: "474"}),
        (among_names(5, 1_000_000), "zzz", {False: None, True: "974"}),
        (among_names(5, 1_000_000), "", {False: "025", True: None}),
        (among_names(0, 1_000_000), None, {False: None, True: None}),  # few: all of them are read
        (among_names(5, 100_000), None, {False: None, True: None}),  # few as well
        (among_names(30, 1_000_000), None, {False: None, True: None}),  # soon found among all names
    ],
)
def test_a_page_by_name_reaches_as_far_as_its_matches_are_spread(
    common: Common, after: str | None, last: dict[bool, str | None]
) -> None:
    search = Search(WORKSPACE, parse("drill"), Filters(), common=common)
    cursor = None if after is None else Keyed(after, UUID(int=1))
    for down, expected in last.items():
        assert names_of.last(search, 50, cursor, down=down) == expected, down
    for one in (Filters(location_id=WORKSPACE), Filters(purchased_from=WORKSPACE)):
        elsewhere = replace(search, filters=one)
        assert names_of.last(elsewhere, 50, cursor, down=False) is None


def test_what_is_typed_wrong_is_read_once_beside_what_it_may_be() -> None:
    """The index reads all that begins so for each mention of it."""
    found = matching(parse("dril makita"), "w1", {}, {"dril": Alike(("drill",))})
    assert found.count("'w1dril':*") == found.count("'w1makita':*") == 1
    assert "'w1drill'" in found


def test_a_code_in_a_place_is_looked_for_by_its_word_where_there_is_more() -> None:
    for at_place, way in ((FEW, Way.BY_PLACE), (FEW + 1, Way.BY_WORDS)):
        filters = Filters(location_id=WORKSPACE, at_place=at_place)
        assert Search(WORKSPACE, parse("wh-1234"), filters).way is way


def test_what_is_common_beside_a_rare_filter_is_still_looked_for() -> None:
    """A beginning that half of all items have, and a label that few have: the index is asked for
    the label, and each that has it for the word."""
    query = parse("th")
    search = Search(
        WORKSPACE, query, Filters(insured=True), common=Common(terms=frozenset(query.terms))
    )
    assert "" not in search.where().values
    assert any("ts_match_vq" in condition for condition in search.where().conditions)


def test_common_words_come_back_as_bits() -> None:
    query = parse('the "old man" and the o\'brien sea')
    for common_ones in (set[str](), {"the"}, {"and", "sea"}, {"o", "the"}):
        assert of_bits(query, as_bits(query, common_ones)) == common_ones
    assert of_bits(query, 2**1000 - 1) == set(query.words)
    assert of_bits(None, 7) == frozenset()


def test_words_a_mistake_apart_share_a_variant() -> None:
    """As the database keeps them: each word, and what is left when one letter goes."""
    for typed, known in (
        ("screwdrvier", "screwdriver"),
        ("makta", "makita"),
        ("hemmingwey", "hemingway"),
    ):
        kept = {known, known[:6]} | {known[:n] + known[n + 1 :] for n in range(len(known))}
        assert variants(typed) & kept, typed


def test_a_long_text_is_cut_around_what_matched() -> None:
    item = {
        **dict.fromkeys(("name", "brand", "model", "manufacturer", "sku", "external_id"), None),
        **dict.fromkeys(("barcode", "serial_number", "category_name"), None),
        "description": "x " * 500 + "drill " + "y " * 500,
        "labels": [{"id": "1", "name": "Drills"}],
        "attributes": {"drill": "no", "kind": "Drill", "new": True},
    }
    found = Highlighter(parse("drill"), None).of(item)
    assert set(found) == {"description", "labels.1", "attributes.kind"}
    assert sum(len(str(part["text"])) for part in found["description"]) < 250
    assert [part["text"] for part in found["description"] if part["match"]] == ["drill"]


MOMENT = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "what",
    [
        Ranked(7, UUID(int=1), Among(since=(MOMENT, UUID(int=3)))),
        Ranked(7, UUID(int=1), Among(until=MOMENT)),
        Ranked(7, UUID(int=1), Among(until=MOMENT, most=200)),
        Keyed("a", UUID(int=2)),
    ],
)
def test_a_cursor_is_read_as_it_was_made(what: Ranked | Keyed) -> None:
    sort = Sort.RELEVANCE if isinstance(what, Ranked) else Sort.NAME
    assert decode(sort, encode(sort, what)) == what


@pytest.mark.parametrize(
    "text",
    [
        *('["name","keyed",0,"\\ud800","00"]', "[" * 1500, '["name"]', "{}", "1", "null", "\0"),
        '["name","keyed",0,"a\\u0000","00000000000000000000000000000001"]',
        '["created_at","keyed",0,"0001-01-01T00:00:00+14:00","00000000000000000000000000000001"]',
        '["relevance","ranked",0,99999999999,"00000000000000000000000000000001",null,null,0,0]',
        '["relevance","ranked",9,1,"00000000000000000000000000000001",null,null,0,0]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,4,0]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,true,0]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,0,-1]',
        f'["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,0,{2**1001}]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,0,0,0]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,0,0,501]',
        '["relevance","ranked",0,1,"00000000000000000000000000000001",null,null,0,0,9,9]',
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    for sort in (Sort.NAME, Sort.CREATED, Sort.RELEVANCE):
        with pytest.raises(Problem):
            decode(sort, cursor)


def test_a_long_text_is_read_once() -> None:
    """Ten thousand letters without a space take no longer than as many words."""
    assert list(joined("a" * 10_000)) == []
    assert len(words("a" * 10_000)) == 1


def test_lists_of_items_go_the_straight_way() -> None:
    """No parameter of theirs sends every list the long way through FastAPI."""
    [route] = [one for one in router.routes if getattr(one, "name", "") == "list_items"]
    assert isinstance(route, APIRoute)
    assert handler_of(route) is not None


def test_a_list_that_nothing_narrows_needs_no_search() -> None:
    """As requests hand filters in: with lists, be they empty."""
    assert not Filters(labels=[], attributes=[], sku="WH-1", archived=True).need_search
    assert Filters(labels=[WORKSPACE], attributes=[]).need_search
    assert Filters(labels=[], attributes=[Holds()]).need_search
    assert Filters(labels=[], attributes=[], brand="Makita").need_search
