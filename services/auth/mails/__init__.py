"""Mails: what auth asks notify to send, by event; auth itself sends none."""
