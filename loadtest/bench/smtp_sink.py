"""An SMTP server that takes everything and keeps nothing but when each letter came.

Prints its port, and runs until its input ends. A line on its input is answered by a line of JSON: Message-ID → the time
it was taken, of all letters since the last such line.
"""

from __future__ import annotations

import asyncio
import sys
import time

import orjson
import uvloop

END = b"\r\n.\r\n"
ID, CLOSE = b"Message-ID: <", b"@"
LETTER_BYTES_MAX = 1 << 22


class Sink:
    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            command = line[:4].upper()
            if command == b"DATA":
                writer.write(b"354 go\r\n")
                letter = await reader.readuntil(END)
                named = letter.partition(ID)[2].partition(CLOSE)[0]
                self.taken[named.decode()] = time.time()
                writer.write(b"250 taken\r\n")
            elif command == b"EHLO":
                writer.write(b"250-sink\r\n250 8BITMIME\r\n")
            elif command == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 fine\r\n")
        writer.close()

    def told(self) -> str:
        taken, self.taken = self.taken, {}
        return orjson.dumps(taken).decode()


async def main() -> None:
    sink = Sink()
    server = await asyncio.start_server(sink.converse, "127.0.0.1", 0, limit=LETTER_BYTES_MAX)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(sink.told(), flush=True)
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
