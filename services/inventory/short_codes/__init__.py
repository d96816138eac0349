"""Short codes: what labels carry, and what each is on."""
