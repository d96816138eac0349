"""Attachments: photos, manuals, receipts and other files of items."""
