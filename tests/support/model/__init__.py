"""A database and a broker in memory, with every fault on call, under real relay and consumer."""
