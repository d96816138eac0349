"""Stock at any past moment, summed from the ledger of movements."""
