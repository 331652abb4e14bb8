import { Refusal } from '../http/refusal.ts';
import type { Clerk } from './clerk.ts';
import { ClerkError } from './http.ts';
import { isTenant } from './tenant.ts';

/**
 * The tenant's organization for a user who signed in: Clerk's components know no tenant.
 *
 * Who is in no organization at all becomes a member, as the sign-up of the other app makes one;
 * who is in others only is of another tenant.
 */
export async function joinTenant(clerk: Clerk, userId: string, signal: AbortSignal): Promise<string> {
  const organizations = await clerk.backend.organizationsOf(userId, signal);
  const known = organizations.find((organization) => isTenant(organization, clerk.tenant));
  if (known) return known.id;
  if (organizations.length > 0) throw new Refusal('tenant_refused', 'tenant-mismatch');
  try {
    const organization = await clerk.backend.organization(clerk.tenant, signal);
    await clerk.backend.addMember(organization.id, userId, signal);
    return organization.id;
  } catch (error) {
    throw error instanceof ClerkError ? new Refusal('unavailable', `membership-${error.code}`) : error;
  }
}
