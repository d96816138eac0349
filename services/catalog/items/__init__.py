"""Items: what a thing is, however many of it there are."""
