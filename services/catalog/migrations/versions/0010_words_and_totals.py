"""The words of an item, found in two thirds of the time; how many rows an import has altogether.

PostgreSQL keeps an expression of PL/pgSQL ready for the next call, unless there is a query in it:
then it sets all of it up for each item that is written. What `search_item` makes is the same, so
that nothing has to be made anew.
"""

from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

# Step by step, in 0006's words: PostgreSQL writes a function of a variable into the expression, and
# calls one of an expression.
_SEARCH_ITEM = r"""
    CREATE OR REPLACE FUNCTION search_item(
        workspace_id uuid, name text, brand text, model text, manufacturer text, sku text,
        external_id text, barcode text, serial_number text, description text, attributes jsonb,
        category_id uuid, labels uuid[], is_insured boolean, needs_review boolean,
        is_archived boolean, image uuid
    ) RETURNS tsvector IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
    DECLARE
        sep CONSTANT text := E'\x1f';
        space CONSTANT text := search_space(workspace_id);
        made text := concat_ws(' ', name, brand, model, manufacturer);
        raw text := concat(
            translate(name, sep, ' '), sep, translate(brand, sep, ' '), sep,
            translate(model, sep, ' '), sep, translate(manufacturer, sep, ' '), sep,
            translate(sku, sep, ' '), sep, translate(external_id, sep, ' '), sep,
            translate(barcode, sep, ' '), sep, translate(serial_number, sep, ' '), sep,
            translate(description, sep, ' '), sep);
        words text[];
        joined text;
        found text;
        values_ text;
        label uuid;
    BEGIN
        -- Step by step: PostgreSQL writes a function of a variable into the expression, and calls
        -- one of an expression.
        IF attributes <> '{}' THEN
            SELECT string_agg(value, ' ') INTO values_ FROM jsonb_each_text(attributes)
            WHERE value NOT IN ('true', 'false');
            raw := concat(raw, values_);
        END IF;
        raw := search_fold(raw);
        raw := search_words(raw);
        words := string_to_array(raw, sep);
        IF made ~ U&'[''\2019`\2010\2011\002D]' THEN
            joined := regexp_replace(made, U&'[''\2019`\2010\2011\002D]', '', 'g');
            joined := search_fold(joined);
            joined := search_words(joined);
        END IF;
        SELECT string_agg(
            concat(space, left(word, 100), ':', least(first + at, 16383), weight), ' ')
        INTO found
        FROM unnest(
            '{A,D,D}'::text[], '{0,1000,12000}'::integer[], ARRAY[words[1], words[9], words[10]]
        ) f (weight, first, words_),
        string_to_table(words_, ' ') WITH ORDINALITY w (word, at)
        WHERE word <> '';
        found := concat(found,
            search_all(space, ':16382B ', concat_ws(' ', words[2], words[3], words[4])),
            search_all(space, ':16382A ', joined),
            -- An address is a code as a whole; its parts are words of every other item, too.
            search_all(space, ':16382C ', concat_ws(' ', words[5],
                CASE WHEN position('://' IN external_id) > 0 THEN NULL ELSE words[6] END,
                words[7], words[8])),
            search_mark(space, '^', words[1]), search_mark(space, '#b', words[2]),
            search_mark(space, '=', words[3]), search_mark(space, '#m', words[4]),
            search_mark(space, '=', words[5]), search_mark(space, '=', words[6]),
            search_mark(space, '=', words[7]), search_mark(space, '=', words[8]),
            ' ' || space || '#c' || search_key(category_id),
            CASE WHEN is_insured THEN ' ' || space || '#insured' END,
            CASE WHEN needs_review THEN ' ' || space || '#review' END,
            CASE WHEN is_archived THEN ' ' || space || '#archived' END,
            CASE WHEN image IS NOT NULL THEN ' ' || space || '#image' END);
        FOREACH label IN ARRAY coalesce(labels, '{}') LOOP
            found := concat(found, ' ', space, '#l', search_key(label));
        END LOOP;
        RETURN found::tsvector;
    END $$
    """


def upgrade() -> None:
    # As it is written: `:` begins no parameter here.
    op.get_bind().exec_driver_sql(_SEARCH_ITEM)
    op.execute("ALTER TABLE imports ADD COLUMN rows_total integer")


def downgrade() -> None:
    """The words that were before are the same, so that there is nothing to undo of them."""
    op.execute("ALTER TABLE imports DROP COLUMN rows_total")
