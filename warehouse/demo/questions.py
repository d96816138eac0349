"""What a librarian types to find a book, and the book that it has to find."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BOOK = "https://shakespeareandco.princeton.edu/books/{}/"


@dataclass(frozen=True)
class Question:
    """`q`, narrowed by `filters`; the last part of the book's uri, which has to be among the first
    `among`."""

    q: str
    book: str
    filters: Mapping[str, str | int] = field(default_factory=dict)
    among: int = 1

    @property
    def uri(self) -> str:
        return BOOK.format(self.book)


QUESTIONS = (
    # Words of the title, in any order and as they are.
    Question("wind the with gone", "mitchell-gone-wind"),
    # With a letter wrong, missing, doubled or swapped.
    Question("great gatzby", "fitzgerald-great-gatsby"),
    Question("wuthring hieghts", "bronte-wuthering-heights", among=2),
    # Author and title, the author's name as one hears it.
    Question("joyce ulysses", "joyce-ulysses"),
    Question("hemmingway farewell arms", "hemingway-farewell-arms"),
    # Without the accents that a keyboard has not.
    Question("bronte jane eyre", "bronte-jane-eyre"),
    Question("heloise abelard", "moore-heloise-abelard"),
    Question("a la recherche du temps perdu guermantes", "proust-guermantes-way"),
    Question("o faolain bird", "ofaolain-bird-alone"),
    # Beginnings of words.
    Question("portr art young joy", "joyce-portrait-artist-young"),
    Question("berl alexanderpl", "doblin-berlin-alexanderplatz"),
    # Words, and what is known of the book beside them.
    Question("woolf", "woolf-lighthouse", {"attribute.year": 1927}),
    Question("transition", "jolas-transition", {"attribute.format": "Periodical"}),
    Question(
        "exile", "buck-exile", {"attribute.year.min": 1935, "attribute.year.max": 1937}, among=2
    ),
    Question("odyssey", "damon-odyssey-dublin-2", {"attribute.format": "Article"}),
)
