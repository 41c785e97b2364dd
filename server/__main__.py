"""`python -m server …` is `aforo …`."""

from server.cli import main

main()
