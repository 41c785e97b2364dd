/** A file made in the page, handed to the person as a download. */

const KEPT_MS = 10_000; // browsers begin to read it within moments

export function save(name: string, kind: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|]+/g, " ").trim();
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
