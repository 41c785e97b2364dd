// node's ws, without compression: its documented way to send to all is to go through the clients.
import { createRequire } from "node:module";

const [modules] = process.argv.slice(2);
const { WebSocketServer, WebSocket } = createRequire(`${modules}/`)("ws");
const payload = Buffer.alloc(100, "x");
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.on("message", () => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(payload, { binary: true });
    }
  });
});
