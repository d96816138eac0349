"""Mails: asked for by events, made in the reader's language, sent at least once."""
