"""The pages of the administration, behind a password."""
