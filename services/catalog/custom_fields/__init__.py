"""Custom fields: what the owner's own attributes of items have to be like."""
