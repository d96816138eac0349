"""Where things are and how many there are: locations, containers, stock, and the holds on it.

Locks are taken in one order, so that no two transactions wait for each other: the tree (an
advisory lock per tree and workspace), locations, containers, entries by id ascending, holds. A
consumer's batch locks entries in the order of its records; where that meets a move of many entries
crosswise, PostgreSQL ends one of the two and it is tried again.
"""
