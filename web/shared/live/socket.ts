/** The part of a WebSocket that the live client uses, and the part of the platform around it; tests bring their own. */

export interface Socket {
  binaryType: string;
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
}

export interface Platform {
  open(url: string, subprotocol: string): Socket;
  monotonic_ms(): number;
  random(): number;
  later(run: () => void, delay_ms: number): () => void;
  /** Calls back when the network or the page returns to life, and when the network goes; answers how to stop. */
  onWake(calls: Wakes): () => void;
  online(): boolean;
}

export interface Wakes {
  wake(): void;
  online(): void;
  offline(): void;
}

export const browser: Platform = {
  open: (url, subprotocol) => new WebSocket(url, subprotocol) as unknown as Socket,
  monotonic_ms: () => performance.now(),
  random: () => Math.random(),
  later: (run, delay_ms) => {
    const timer = setTimeout(run, delay_ms);
    return () => clearTimeout(timer);
  },
  onWake: ({ wake, online, offline }) => {
    const visible = () => {
      if (document.visibilityState === "visible") wake();
    };
    addEventListener("online", online);
    addEventListener("offline", offline);
    addEventListener("pageshow", visible);
    document.addEventListener("visibilitychange", visible);
    return () => {
      removeEventListener("online", online);
      removeEventListener("offline", offline);
      removeEventListener("pageshow", visible);
      document.removeEventListener("visibilitychange", visible);
    };
  },
  online: () => navigator.onLine,
};
