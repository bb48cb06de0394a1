"""``python -m assistant``."""

from assistant.faces.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
