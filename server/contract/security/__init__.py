"""What is asked and answered about accounts, members, keys and the audit trail."""
