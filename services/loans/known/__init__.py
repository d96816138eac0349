"""What loans knows of catalog's items and inventory's entries and locations: names to show, from
their events."""
