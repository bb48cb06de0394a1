"""What an administrator does to the corpus: take files in, replace, withdraw, rebuild."""
