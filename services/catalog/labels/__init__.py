"""Labels: words with a color that any number of items carry."""
