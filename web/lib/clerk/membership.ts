import type { Organization } from './backend-api.ts';
import type { Clerk } from './clerk.ts';
import { isTenant } from './tenant.ts';

/** The tenant's organization, if the user is a member of it. */
export async function tenantsOrganization(clerk: Clerk, userId: string, signal: AbortSignal): Promise<Organization | null> {
  const organizations = await clerk.backend.organizationsOf(userId, signal);
  return organizations.find((organization) => isTenant(organization, clerk.tenant)) ?? null;
}
