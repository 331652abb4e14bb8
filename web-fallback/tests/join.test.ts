import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clerk } from '#lib/clerk/clerk.ts';
import { ClerkError } from '#lib/clerk/http.ts';
import { joinTenant } from '#lib/clerk/join.ts';
import { Refusal } from '#lib/http/refusal.ts';

const OWN = { id: 'org_2own', slug: 'tenant_production_001' };
const OTHER = { id: 'org_2other', slug: 'tenant_production_002' };
const signal = AbortSignal.timeout(1_000);

function clerk(organizations: object[], refuse?: ClerkError) {
  const added: unknown[] = [];
  const backend = {
    organizationsOf: async () => organizations,
    organization: async () => OWN,
    addMember: async (...given: unknown[]) => {
      if (refuse) throw refuse;
      added.push(given.slice(0, 2));
    },
  };
  return { added, clerk: { tenant: OWN.slug, backend } as unknown as Clerk };
}

test('a member of the tenant stays what he is', async () => {
  const { added, clerk: own } = clerk([OTHER, OWN]);
  assert.equal(await joinTenant(own, 'user_1', signal), OWN.id);
  assert.deepEqual(added, []);
});

test('who is in no organization becomes a member', async () => {
  const { added, clerk: own } = clerk([]);
  assert.equal(await joinTenant(own, 'user_1', signal), OWN.id);
  assert.deepEqual(added, [[OWN.id, 'user_1']]);
});

test('a user of another tenant is refused, and not made a member', async () => {
  const { added, clerk: own } = clerk([OTHER]);
  await assert.rejects(joinTenant(own, 'user_1', signal), (error: Refusal) => error.code === 'tenant_refused');
  assert.deepEqual(added, []);
});

test('a refusal of Clerk is the app’s own fault', async () => {
  const { clerk: own } = clerk([], new ClerkError(403, 'organization_membership_quota_exceeded', null));
  await assert.rejects(joinTenant(own, 'user_1', signal), (error: Refusal) => error.code === 'unavailable');
});
