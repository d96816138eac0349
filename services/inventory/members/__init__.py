"""Members as inventory knows them: who may resolve which workspace's short codes."""
