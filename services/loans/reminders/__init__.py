"""Reminders: a loan is due soon, or overdue; each told once."""
