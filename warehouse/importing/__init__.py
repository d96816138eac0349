"""`warehouse import`: files of things into a workspace, over the public API."""
