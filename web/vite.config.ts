import { defineConfig } from "vitest/config";

// Development: `aforo up --demo` serves the API and the socket; Vite serves the pages and forwards the rest.
const server = process.env.AFORO_URL ?? "http://127.0.0.1:8080";

const OFFICE_WORDS = /\/office\/pages\/\w+\/words\.ts$/;
const BUYER_WORDS = /\/buyer\/pages\/[\w-]+\/words\.ts$/;
const BEGINS_WITH = /\/shared\/(app|format|live|ui)\/|\/shared\/i18n\/index\.ts$/;

function manualChunks(id: string): string | undefined {
  if (BEGINS_WITH.test(id)) return "shared";
  if (OFFICE_WORDS.test(id)) return "words";
  return BUYER_WORDS.test(id) ? "words-of-buyers" : undefined;
}

export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    manifest: "manifest.json",
    assetsInlineLimit: 0, // data: addresses would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The server writes the HTML (server/pages/shell.py) and finds these programs in the manifest by name;
    // index.html and office.html serve development only.
    rollupOptions: {
      input: {
        buyer: "buyer/buyer.tsx",
        office: "office/office.tsx",
        reference: "reference/reference.tsx",
        mail: "mail/mail.tsx",
      },
      // What every program begins with comes as one file, and how pages of the office, and of buyers, find their words as
      // another: apart, they are two dozen requests of a few hundred bytes.
      output: { manualChunks },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/ws": { target: server, ws: true },
    },
  },
  // How fast a machine is says nothing about what is tested.
  test: { environment: "node", include: ["test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 30_000 },
});
