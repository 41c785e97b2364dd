"""Where a child process of the supervisor begins: `python -m server.child serve|work --leash N`.

What is loaded stays, so the collector rests until all of it is there: looking it through took a fifth of the start.
"""

from __future__ import annotations

import gc


def main() -> None:
    gc.disable()
    from server.roles import run

    run()


if __name__ == "__main__":
    main()
