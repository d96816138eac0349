"""The demo workspace: made on the first start of the embedded platform, and nowhere else."""

# Nobody's real address: .example stands for no host (RFC 2606).
DEMO_EMAIL = "demo@warehouse.example"
DEMO_PASSWORD = "warehouse-demo"  # noqa: S105 - printed at the start; embedded start only
