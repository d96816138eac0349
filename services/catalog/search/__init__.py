"""Search over items: words in any order, prefixes, typos, codes, facets and highlights."""
