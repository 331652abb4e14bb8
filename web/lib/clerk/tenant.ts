/** A tenant is a Clerk organization, or the value of a custom claim `tenant` in the session token. */
export type Tenant = Readonly<{ id: string; slug: string | null; role: string | null }>;

/**
 * The tenant that verified claims name: custom claim, version 2 (`o`), or version 1 (`org_id`).
 *
 * The custom claim comes first: where an instance has one, it decides, and an organization that a
 * user made for himself does not.
 */
export function tenantOfClaims(claims: Readonly<Record<string, unknown>>): Tenant | null {
  if (typeof claims.tenant === 'string' && claims.tenant !== '') return { id: claims.tenant, slug: null, role: null };
  const o = claims.o as { id?: unknown; slg?: unknown; rol?: unknown } | undefined;
  if (typeof o?.id === 'string') return { id: o.id, slug: string(o.slg), role: string(o.rol) };
  if (typeof claims.org_id === 'string') {
    const role = string(claims.org_role);
    return { id: claims.org_id, slug: string(claims.org_slug), role: role?.replace(/^org:/, '') ?? null };
  }
  return null;
}

/** Is it the tenant that this deployment serves? A setting that is an organization's id matches no slug. */
export function isTenant(tenant: Pick<Tenant, 'id' | 'slug'>, expected: string): boolean {
  return tenant.id === expected || (tenant.slug === expected && !expected.startsWith('org_'));
}

function string(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
