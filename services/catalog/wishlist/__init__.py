"""The wishlist: what is wanted, until it is there and in the catalog."""
