"""Categories: a tree that items stand in."""
