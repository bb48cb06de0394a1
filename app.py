"""``python app.py``: the chat, the pages and the API on one address (see faces/server.py)."""

import sys

from assistant.faces.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["serve", *sys.argv[1:]]))
