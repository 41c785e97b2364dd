/**
 * Passkeys of this device: WebAuthn with options and credentials as JSON.
 * Guarantees: works where the browser reads and writes that JSON itself, and where it doesn't yet.
 * Fails with `PasskeyCancelled` when the person turned away, whatever the browser calls that.
 */

export class PasskeyCancelled extends Error {}

type Json = Record<string, unknown>;

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer | null | undefined): string {
  const plain = Array.from(new Uint8Array(bytes ?? new ArrayBuffer(0)), (byte) =>
    String.fromCharCode(byte),
  ).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (list: unknown) =>
  ((list ?? []) as { id: string }[]).map((one) => ({ ...one, id: bytesOf(one.id) }));

/** The options, wherever the server puts them. */
const inner = (options: unknown): Json => {
  const given = options as Json;
  return (given.publicKey ?? given.public_key ?? given.options ?? given) as Json;
};

function creation(options: unknown): PublicKeyCredentialCreationOptions {
  const json = inner(options);
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(
      json as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
  }
  const user = json.user as { id: string };
  return {
    ...json,
    challenge: bytesOf(json.challenge as string),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: named(json.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function request(options: unknown): PublicKeyCredentialRequestOptions {
  const json = inner(options);
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(
      json as unknown as PublicKeyCredentialRequestOptionsJSON,
    );
  }
  return {
    ...json,
    challenge: bytesOf(json.challenge as string),
    allowCredentials: named(json.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

function written(credential: Credential | null): unknown {
  if (credential === null) throw new PasskeyCancelled();
  const made = credential as PublicKeyCredential;
  if (typeof made.toJSON === "function") return made.toJSON();
  const response = made.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const parts: Json = { clientDataJSON: textOf(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"] as const) {
    if (response[part]) parts[part] = textOf(response[part] as ArrayBuffer);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment,
    clientExtensionResults: made.getClientExtensionResults(),
    response: parts,
  };
}

async function asked(how: () => Promise<Credential | null>): Promise<unknown> {
  try {
    return written(await how());
  } catch (error) {
    const turnedAway =
      error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name);
    throw turnedAway ? new PasskeyCancelled() : error;
  }
}

/** Passkeys belong to a name: at an address of numbers browsers refuse to make them. */
const NUMBERS = /^[\d.]+$|^\[/;

export function passkeysWork(): boolean {
  return typeof PublicKeyCredential !== "undefined" && isSecureContext && !NUMBERS.test(location.hostname);
}

export function makePasskey(options: unknown): Promise<unknown> {
  return asked(() => navigator.credentials.create({ publicKey: creation(options) }));
}

export function usePasskeyOf(options: unknown): Promise<unknown> {
  return asked(() => navigator.credentials.get({ publicKey: request(options) }));
}

/** Offered among what the browser fills in, until `signal` ends it; never where the browser can't do that. */
export async function offerPasskey(options: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (!passkeysWork() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return null;
  const publicKey = request(await options());
  if (signal.aborted) return null;
  return asked(() => navigator.credentials.get({ publicKey, mediation: "conditional", signal }));
}
