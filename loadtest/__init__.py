"""Load: scenarios, the storm client and the audit that follows a run."""
