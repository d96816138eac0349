"""Keeping the platform's processes alive: who starts them, who restarts them, what is said."""
