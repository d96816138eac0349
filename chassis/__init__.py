"""What every service stands on: one module, one noun. Imports no service."""
