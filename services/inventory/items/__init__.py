"""Items as inventory knows them: a read model of catalog's events."""
