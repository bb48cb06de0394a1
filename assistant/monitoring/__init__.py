"""What the service tells those who run it: figures for Prometheus, and its log."""
