// A real OpenID provider for tests, until its standard input ends. Prints its port.
//   node provider.mjs PORT REDIRECT_URI     (port 0: any free one)
// Who signs in is told by the header `x-user`: `SUBJECT EMAIL yes|no`, the last whether the address was
// verified; or `nobody`, who gives up. Its signing key is another one after each start.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
let answer;
const server = createServer((request, response) => answer(request, response));
await new Promise((listening) => server.listen(Number(port), '127.0.0.1', listening));

const people = new Map();
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(6).toString('hex'), use: 'sig', alg: 'RS256' };
const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
  clients: [{ client_id: 'portal', client_secret: 'what the portal and the provider know', redirect_uris: [redirectUri] }],
  jwks: { keys: [key] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...people.get(accountId) }) }),
  // Nobody is asked to agree.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
});

const pages = provider.callback();
answer = async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return pages(request, response);
  const [accountId, email, verified] = request.headers['x-user'].split(' ');
  people.set(accountId, { email, email_verified: verified === 'yes' });
  const result = accountId === 'nobody' ? { error: 'access_denied', error_description: 'given up' } : { login: { accountId } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};
console.log(server.address().port);
process.stdin.resume().on('end', () => process.exit(0));
