"""``python app.py``: the chat, the pages and the API on one address (see assistant/server.py)."""

import sys

from assistant.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["serve", *sys.argv[1:]]))
