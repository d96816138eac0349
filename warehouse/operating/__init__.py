"""What an operator sees and steers: topics, lag, outboxes, dead letters, replays, digests."""
