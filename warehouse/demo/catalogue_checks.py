"""What has to be true of the library's catalogue: each book is described as in the file and stands
in its category, and a librarian finds it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chassis.typed_text import tidied
from warehouse.demo.catalogue import attributes, category
from warehouse.demo.dataset import Title
from warehouse.demo.questions import QUESTIONS, Question
from warehouse.importing.client import Client
from warehouse.importing.workspaces import Workspace

Path = tuple[str, ...]
Counts = Mapping[Path, int]


class CatalogueChecks:
    """Asks the platform and compares; each says the first that differs, or None."""

    def __init__(self, client: Client, workspace: Workspace, titles: Sequence[Title]) -> None:
        self._client, self._workspace = client, workspace
        self._titles = {title.uri: title for title in titles}

    @property
    def categories(self) -> Counts:
        """How many books are in each category and below it, by its path; as the file has them."""
        counts: Counter[Path] = Counter()
        for title in self._titles.values():
            kind, decade = category(title)
            counts[(kind,)] += 1
            counts[kind, decade] += 1
        return counts

    async def described(self) -> str | None:
        """Every book has its custom fields and its category."""
        paths = await self._paths()
        seen = 0
        async for item in self._client.pages(self._workspace.path("items")):
            title = self._titles[item["external_id"]]
            seen += 1
            found = (item["name"], item["attributes"], paths.get(item["category_id"]))
            wanted = (tidied(title.name), attributes(title), category(title))
            if found != wanted:
                return f"{title.uri} is {found}, not {wanted}"
        return None if seen == len(self._titles) else f"{seen} books, not {len(self._titles)}"

    async def counted(self) -> str | None:
        """The counts that a search shows beside what it found."""
        path = self._workspace.path("items")
        facets = (await self._client.get(path, limit=1, facets="category"))["facets"]
        paths = await self._paths()
        found = {paths[one["id"]]: one["count"] for one in facets["category"]}
        wanted = self.categories
        # The fullest are counted: each has to be right, and none of the fullest missing.
        wrong = {path: n for path, n in found.items() if n != wanted.get(path)}
        if wrong or facets["total"] != len(self._titles):
            return f"{facets['total']} in all; {wrong}, not {[wanted.get(path) for path in wrong]}"
        least = min(found.values(), default=0)
        missing = [path for path, n in wanted.items() if n > least and path not in found]
        return f"{missing} are not counted" if missing else None

    async def narrowed(self) -> str | None:
        """Lists of one category, one format and some years have as many books as the file."""
        there = self._titles.values()
        ids = {path: id_ for id_, path in (await self._paths()).items()}
        twenties = ("Books", "1920s")
        questions: list[tuple[dict[str, str | int], int]] = [
            ({"category_id": ids[twenties]}, self.categories[twenties]),
            ({"category_id": ids["Periodicals",]}, self.categories["Periodicals",]),
            ({"attribute.format": "Periodical"}, sum(t.format == "Periodical" for t in there)),
            ({"attribute.year": 1922}, sum(t.year == 1922 for t in there)),
            (
                {"attribute.year.min": 1900, "attribute.year.max": 1909},
                sum(t.year is not None and 1900 <= t.year <= 1909 for t in there),
            ),
        ]
        for query, wanted in questions:
            found = 0
            async for _ in self._client.pages(self._workspace.path("items"), **query):
                found += 1
            if found != wanted:
                return f"{found} books for {query}, not {wanted}"
        return None

    async def found(self) -> str | None:
        """Each of a librarian's questions finds its book."""
        for question in QUESTIONS:
            if wrong := await self._missed(question):
                return wrong
        return None

    async def _missed(self, question: Question) -> str | None:
        answer = await self._client.get(
            self._workspace.path("items"), limit=5, q=question.q, **question.filters
        )
        uris = [item["external_id"] for item in answer["items"]]
        if question.uri in uris[: question.among]:
            return None
        return f"{question.q!r} {dict(question.filters)} finds {uris}, not {question.uri}"

    async def _paths(self) -> dict[str, Path]:
        """The path of names of each category by its id."""
        path = self._workspace.path("categories")
        found: dict[str, Any] = {each["id"]: each async for each in self._client.pages(path)}

        def names(id_: str | None) -> Path:
            if id_ is None:
                return ()
            return (*names(found[id_]["parent_id"]), found[id_]["name"])

        return {id_: names(id_) for id_ in found}
