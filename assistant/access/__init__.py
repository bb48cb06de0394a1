"""Who may call the API (访问控制): keys, permissions, and how often."""
