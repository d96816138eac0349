"""Stock: inventory entries, each so many units of an item in one place and one condition."""
