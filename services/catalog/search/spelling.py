"""What a word may have been meant to be, of the words that a workspace knows."""

from collections.abc import Iterable

from services.catalog.search.query import Alike

SHORTEST, LONGEST = 4, 30  # letters of a word that may be mistyped
FAR = 7  # letters from which on two mistakes are forgiven
BEGINNING = 6  # letters of the beginning by which words are also compared
MOST = 8  # words that one may stand for


def variants(word: str) -> set[str]:
    """What `search_variants` in the database has keys of, and for long words what is left when one
    more letter goes; none for words that are too short to tell."""
    if not SHORTEST <= len(word) <= LONGEST:
        return set()
    found = {word} | _without_one(word)
    if len(word) >= FAR:
        found |= {shorter for one in list(found) for shorter in _without_one(one)}
    beginning = word[:BEGINNING]
    return found | {beginning} | _without_one(beginning)


def meant(typed: str, known: Iterable[str]) -> Alike:
    """Those of the known words that are a mistake or two away from what was typed, or begin so;
    the closest first."""
    most = 2 if len(typed) >= FAR else 1
    found: dict[str, tuple[int, int]] = {}
    for word in known:
        whole = distance(typed, word, most)
        if whole > most and _has_moved(typed, word):
            whole = most
        if whole <= most:
            found[word] = (whole, 0)
        elif len(word) > len(typed) > SHORTEST:
            # What was typed is the beginning of a word, perhaps with one letter more or less.
            least = min(distance(typed, word[: len(typed) + n], most) for n in (-1, 0, 1))
            if least <= most - (len(typed) < FAR + 1) + (len(typed) < FAR):
                found[word] = (least, 1)
    ordered = sorted(found, key=lambda word: (found[word], word))[:MOST]
    closest = min((found[word][0] for word in ordered), default=0)
    return Alike(
        tuple(word for word in ordered if found[word][0] == closest),
        tuple(word for word in ordered if found[word][0] > closest),
    )


def distance(one: str, other: str, most: int) -> int:
    """Letters to insert, delete, replace or swap with their neighbour (optimal string alignment);
    one more than `most` for all that is further, of which no more is looked at than it takes."""
    far = most + 1
    width = len(other)
    if abs(len(one) - width) > most:
        return far
    before: list[int] = []
    last = list(range(width + 1))
    for n, letter in enumerate(one, 1):
        current = [far] * (width + 1)
        current[0] = n
        # What lies further from the diagonal is `most` insertions away, and more.
        for m in range(max(1, n - most), min(width, n + most) + 1):
            wanted = other[m - 1]
            cost = min(last[m] + 1, current[m - 1] + 1, last[m - 1] + (letter != wanted))
            if n > 1 and m > 1 and letter == other[m - 2] and one[n - 2] == wanted:
                cost = min(cost, before[m - 2] + 1)
            current[m] = cost
        if min(current) > most and min(last) > most:
            return far
        before, last = last, current
    return min(last[-1], far)


def _has_moved(one: str, other: str) -> bool:
    """Whether a letter stands elsewhere, or is another one there: `grate` and `great`, `piece` and
    `peace`. Two mistakes by the book, and one to whoever spells by ear."""
    return (
        len(one) == len(other) >= SHORTEST
        and one[0] == other[0]
        and not _without_one(one).isdisjoint(_without_one(other))
    )


def _without_one(word: str) -> set[str]:
    return {word[:n] + word[n + 1 :] for n in range(len(word))}
