"""Recovery: getting back into an account with nothing but its mails."""
