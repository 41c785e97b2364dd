// Puts a brotli and a gzip copy beside each built file that gets smaller by it, so that the server never compresses.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".js", ".mjs", ".css", ".svg", ".json", ".webmanifest", ".txt"]);
const BYTES_MIN = 1000;

const folder = process.argv[2];
for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!item.isFile() || !TEXT.has(extname(item.name))) continue;
  const path = join(item.parentPath ?? item.path, item.name);
  const body = readFileSync(path);
  if (body.length < BYTES_MIN) continue;
  const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gzip = gzipSync(body, { level: 9 });
  if (brotli.length < body.length) writeFileSync(`${path}.br`, brotli);
  if (gzip.length < body.length) writeFileSync(`${path}.gz`, gzip);
}
