// Calls the stand-in with the official SDK. Input: JSON on stdin. Output: JSON lines, one per call.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { apiUrl, secretKey, organizationId, email, sessionId, sessionToken, expiredToken, modules } = JSON.parse(readFileSync(0, 'utf8'));
const { createClerkClient, verifyToken } = createRequire(`${modules}/`)('@clerk/backend');
const clerk = createClerkClient({ apiUrl, secretKey, telemetry: { disabled: true } });

const results = {};
async function run(name, work) {
  try {
    results[name] = (await work()) ?? null;
  } catch (error) {
    results[name] = { failed: true, status: error.status, code: error.errors?.[0]?.code, param: error.errors?.[0]?.meta?.paramName, reason: error.reason, message: error.message, retryAfter: error.retryAfter };
  }
  return results[name];
}

const password = 'a-Long-enough-Passw0rd';
await run('getUserList', () => clerk.users.getUserList({ emailAddress: [email], limit: 1 }));
await run('getCount', () => clerk.users.getCount());
const user = await run('createUser', () => clerk.users.createUser({ emailAddress: ['new@example.com'], password }));
await run('createUserTaken', () => clerk.users.createUser({ emailAddress: ['new@example.com'], password }));
await run('createUserPwned', () => clerk.users.createUser({ emailAddress: ['pwned@example.com'], password: 'Password123' }));
await run('createUserShort', () => clerk.users.createUser({ emailAddress: ['short@example.com'], password: 'a' }));
await run('createUserFormat', () => clerk.users.createUser({ emailAddress: ['no-address'], password }));
await run('getUser', () => clerk.users.getUser(user.id));
await run('verifyPassword', () => clerk.users.verifyPassword({ userId: user.id, password }));
await run('verifyPasswordWrong', () => clerk.users.verifyPassword({ userId: user.id, password: 'wrong' }));
await run('createOrganizationMembership', () =>
  clerk.organizations.createOrganizationMembership({ organizationId, userId: user.id, role: 'org:member' }));
await run('getOrganizationMembershipList', () => clerk.users.getOrganizationMembershipList({ userId: user.id, limit: 2 }));
await run('organizationMembers', () => clerk.organizations.getOrganizationMembershipList({ organizationId, limit: 10 }));
const organization = await run('createOrganization', () => clerk.organizations.createOrganization({ name: 'Third', slug: 'third', createdBy: user.id }));
await run('getOrganization', () => clerk.organizations.getOrganization({ organizationId: organization.id }));
await run('getOrganizationBySlug', () => clerk.organizations.getOrganization({ slug: 'third' }));
await run('getOrganizationList', () => clerk.organizations.getOrganizationList({ query: 'third' }));
await run('createSignInToken', () => clerk.signInTokens.createSignInToken({ userId: user.id, expiresInSeconds: 60 }));
await run('verifyToken', () => verifyToken(sessionToken, { apiUrl, secretKey }));
await run('verifyExpiredToken', () => verifyToken(expiredToken, { apiUrl, secretKey }));
await run('getSession', () => clerk.sessions.getSession(sessionId));
await run('revokeSession', () => clerk.sessions.revokeSession(sessionId));
await run('createTestingToken', () => clerk.testingTokens.createTestingToken());
await run('getInstance', () => clerk.instance.get());
await run('domains', () => clerk.domains.list());
await run('redirectUrls', () => clerk.redirectUrls.getRedirectUrlList());
await run('createRedirectUrl', () => clerk.redirectUrls.createRedirectUrl({ url: 'https://yourapp.com/somewhere' }));
await run('deleteUser', () => clerk.users.deleteUser(user.id));
const wrong = createClerkClient({ apiUrl, secretKey: 'sk_live_wrong', telemetry: { disabled: true } });
await run('wrongKey', () => wrong.users.getCount());
console.log(JSON.stringify(results));
