/** Telling a buyer who looks elsewhere that it is their turn: a sound, a notification. Only after they asked for it. */

import { signal } from "@preact/signals";
import { local } from "../../shared/app/storage";

export const wanted = signal(local.read("alert") === "yes");

let audio: AudioContext | null = null;

/** Must be called from a click: browsers allow sound and ask about notifications only then. */
export async function askForAlerts(): Promise<boolean> {
  audio ??= new AudioContext();
  await audio.resume();
  chime(0.05);
  if ("Notification" in window && Notification.permission === "default")
    await Notification.requestPermission();
  wanted.value = true;
  local.write("alert", "yes");
  return !("Notification" in window) || Notification.permission === "granted";
}

export function stopAlerts(): void {
  wanted.value = false;
  local.write("alert", null);
}

/** Two notes, as in a theatre before the curtain rises. */
function chime(volume: number): void {
  if (!audio) return;
  const start = audio.currentTime;
  [659.25, 523.25].forEach((pitch, nth) => {
    const tone = audio?.createOscillator();
    const gain = audio?.createGain();
    if (!audio || !tone || !gain) return;
    const at = start + nth * 0.45;
    tone.type = "sine";
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 1.2);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 1.25);
  });
}

export function alertBuyer(title: string, body: string): void {
  if (!wanted.value) return;
  chime(0.25);
  if (
    document.visibilityState === "hidden" &&
    "Notification" in window &&
    Notification.permission === "granted"
  ) {
    const shown = new Notification(title, { body, tag: "aforo-turn", icon: "/icon.svg" });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  }
}
