"""What is wrong with this installation, said one finding at a time: ``assistant doctor``."""
