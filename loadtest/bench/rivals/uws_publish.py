"""uWebSockets through socketify: every socket subscribes to a topic, and the topic is published to."""

from __future__ import annotations

import os

from socketify import App, AppListenOptions, CompressOptions, OpCode, WebSocket

from loadtest.bench.rivals import PAYLOAD

TOPIC = "all"


def main() -> None:
    app = App()

    def opened(socket: WebSocket) -> None:
        socket.subscribe(TOPIC)

    def said(_socket: WebSocket, _message: bytes | str, _code: OpCode) -> None:
        app.publish(TOPIC, PAYLOAD, OpCode.BINARY)

    app.ws(
        "/*",
        {"compression": CompressOptions.DISABLED, "idle_timeout": 0, "open": opened, "message": said},
    )
    app.listen(AppListenOptions(port=int(os.environ["PORT"]), host="127.0.0.1"))
    app.loop.uv_loop.run()  # the library's own loop busy-waits while idle


if __name__ == "__main__":
    main()
