"""What is ranked of all that matches, as SQL."""

from chassis.pages import Where
from services.catalog.search.cursors import Among, Way
from services.catalog.search.samples import ENOUGH, SMALL
from services.catalog.search.search import Search

LOOKED_THROUGH = 20_000  # newest items, for `ENOUGH` matches of what is common
EXACT = 50  # matches by a whole code or name, whenever they were made
_LOOKED_AT = "i.id, i.name, i.search, i.created_at, i.updated_at, i.sku, i.min_stock_level"


def matches(where: Where) -> str:
    """The items that do, with what ranking and sorting look at."""
    return f"SELECT {_LOOKED_AT} FROM searchable_items i WHERE {where.sql()}"


def candidates(search: Search, where: Where, among: Among) -> str:
    """`candidates`, all that is ranked, as common table expressions: `some` of what matches, and
    unless they `are_all` of it, what has a code or name that was asked for.

    PostgreSQL takes any beginning of a word for one of two hundred items at least, and would read a
    million of them in order to find fifty. So it is asked for `every` match, which is read no
    further than some are wanted; or else shown the newest items one after another.
    """
    if search.is_gathered:
        most = SMALL if search.way is Way.BY_ALL_WORDS else among.most
        unseen, first = search.where_unseen(where), ""
        if unseen is not None:
            # Nothing has to be read of the other words then.
            first = f"first AS MATERIALIZED (SELECT FROM searchable_items i WHERE {unseen.sql()}),"
            where.also("(SELECT EXISTS (SELECT FROM first))")
        every = matches(where)
        where.values.append(among.until)
        some = f"""
            {first}
            every AS MATERIALIZED ({every}),
            some_ AS MATERIALIZED (
                SELECT * FROM every WHERE created_at <= ${len(where.values)}::timestamptz
                LIMIT {most + 1}
            ),
            extent AS MATERIALIZED (SELECT count(*) <= {most} AS are_all FROM some_),
        """
    else:
        within, limit, through = "", f"LIMIT {ENOUGH}", f"LIMIT {LOOKED_THROUGH}"
        if among.since is not None:
            where.values += among.since
            at, id_ = len(where.values) - 1, len(where.values)
            within = f"AND (i.created_at, i.id) >= (${at}::timestamptz, ${id_}::uuid)"
            limit = through = ""
        some = f"""
            some_ AS MATERIALIZED (
                SELECT {_LOOKED_AT} FROM (
                    SELECT i.* FROM searchable_items i WHERE i.workspace_id = $1 {within}
                    ORDER BY i.created_at DESC, i.id DESC {through}
                ) i WHERE {where.sql()} {limit}
            ),
            extent AS MATERIALIZED (SELECT false AS are_all),
        """
    exact = search.where_exact(where)
    if exact is None:
        return f"{some} candidates AS MATERIALIZED (SELECT * FROM some_)"
    return f"""
        {some} exact AS MATERIALIZED ({matches(exact)}),
        candidates AS MATERIALIZED (
            SELECT * FROM some_ UNION ALL (
                SELECT * FROM exact WHERE (SELECT NOT are_all FROM extent) LIMIT {EXACT}
            )
        )
    """
