// An outside provider of OpenID Connect: whoever was named by `POST /become` is logged in there, and agrees to everything.
// node provider.mjs REDIRECT_URI… ; says on its first line of output where it listens.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const redirects = process.argv.slice(2);
const listening = createServer();
await new Promise((ready) => listening.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${listening.address().port}`;
let person = { sub: "nobody" };
const people = new Map();

const provider = new Provider(issuer, {
  clients: [{ client_id: "aforo", client_secret: "a secret/of ours:", redirect_uris: redirects }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  cookies: { keys: ["for tests"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, id) => ({ accountId: id, claims: async () => people.get(id) }),
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});
const answers = provider.callback();

listening.on("request", async (request, response) => {
  if (request.method === "POST" && request.url === "/become") {
    let text = "";
    for await (const part of request) text += part;
    person = JSON.parse(text);
    people.set(person.sub, person);
    response.end();
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: person.sub, remember: false } });
  } else {
    answers(request, response);
  }
});
console.log(issuer);
