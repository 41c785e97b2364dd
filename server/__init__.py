"""The server: turns HTTP and WebSocket messages into engine calls, and engine answers into messages."""
