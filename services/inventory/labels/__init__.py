"""Labels: codes as QR and Code 128, one by one and as sheets to print."""
