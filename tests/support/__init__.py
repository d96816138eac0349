"""What tests stand on: real servers, real service processes, and ways to look at both."""
