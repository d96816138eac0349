"""Who should know: notifications made from events, in an inbox per user."""
