"""Words in texts: the `q` of inventory's lists."""

from chassis.pages import Where


def every_word(where: Where, text: str, q: str | None) -> None:
    """Each word of `q` somewhere in `text` (SQL), in any order and case."""
    for word in (q or "").split():
        where.add(f"{text} ILIKE {{}}", f"%{_literal(word)}%")


def _literal(word: str) -> str:
    """`word` with LIKE's wildcards taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
