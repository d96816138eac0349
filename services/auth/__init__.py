"""Who somebody is and where they belong: users, sessions, workspaces, members."""
