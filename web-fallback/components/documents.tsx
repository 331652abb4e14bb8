'use client';

import { useAuth, useClerk } from '@clerk/nextjs';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { ApiClient, ApiError } from '#lib/browser/api-client.ts';
import { messageOf } from '#lib/browser/messages.ts';
import { SignedOut } from '#lib/browser/session.ts';
import { isTenant, tenantOfClaims } from '#lib/clerk/tenant.ts';
import { publicSettings } from '#lib/public-settings.ts';
import { Message } from './message.tsx';

type Document = { id: string; title: string };
type Me = { user: { id: string }; tenant: { id: string; slug: string | null; role: string | null } };
type Shown = { me?: Me; documents?: Document[]; error?: string };
type State = Shown & { busy: boolean };

/** Who is signed in, from our own API, and the tenant's documents, from the backend; the token is Clerk's. */
export function Documents() {
  const clerk = useClerk();
  const { isLoaded, getToken, sessionClaims } = useAuth();
  const [state, setState] = useState<State>({ busy: true });

  const session = useMemo(() => {
    const fresh = async (skipCache: boolean) => {
      const token = await getToken({ skipCache });
      if (!token) throw new SignedOut('');
      return token;
    };
    return { token: () => fresh(false), refresh: () => fresh(true) };
  }, [getToken]);

  const tenant = sessionClaims ? tenantOfClaims(sessionClaims) : null;
  const isInside = tenant !== null && isTenant(tenant, publicSettings.tenant);

  const load = useCallback(() => {
    const enter = (organization: string) => clerk.setActive({ organization });
    return read(session, isInside ? null : enter).catch((error: unknown) =>
      error instanceof SignedOut ? error : { error: messageOf('unavailable') },
    );
  }, [clerk, session, isInside]);

  const show = useCallback((next: Shown | SignedOut) => {
    if (!(next instanceof SignedOut)) setState({ ...next, busy: false });
    else if (next.code) setState({ error: messageOf(next.code), busy: false });
    else window.location.replace('/sign-in');
  }, []);

  useEffect(() => {
    if (isLoaded) void load().then(show);
  }, [isLoaded, load, show]);

  function again() {
    setState((before) => ({ ...before, busy: true }));
    void load().then(show);
  }

  const { me, documents, error, busy } = state;
  return (
    <>
      <dl>
        <dt>User</dt>
        <dd id="user">{me?.user.id ?? '…'}</dd>
        <dt>Tenant</dt>
        <dd id="tenant">{me ? (me.tenant.slug ?? me.tenant.id) : '…'}</dd>
      </dl>
      <h2>From the backend</h2>
      <ul className="documents" aria-busy={busy}>
        {documents?.map(({ id, title }) => <li key={id}>{title}</li>)}
        {documents?.length === 0 && <li className="quiet">There are no documents yet.</li>}
      </ul>
      <Message error={error} progress={busy ? 'Loading …' : undefined} />
      <button className="small" type="button" disabled={busy} onClick={again}>
        Load again
      </button>
    </>
  );
}

type Session = { token: () => Promise<string>; refresh: () => Promise<string> };
type Enter = (organization: string) => Promise<void>;

async function read(session: Session, enter: Enter | null): Promise<Shown> {
  if (enter) await join(session, enter);
  const token = enter ? await session.refresh() : await session.token();
  const me = (await good(await ask('GET', '/api/auth/me', token)).json()) as Me;
  const { apiBaseUrl: baseUrl, tenant } = publicSettings;
  const api = new ApiClient({ baseUrl, tenant, session, fetch: (input, init) => fetch(input, init) });
  try {
    return { me, documents: documentsOf(await api.request('/documents')) };
  } catch (error) {
    if (error instanceof ApiError) return { me, error: `${error.message}. Please try again in a moment.` };
    throw error;
  }
}

/** Clerk's session may be in no organization, or in another one: the tenant's is made the active one. */
async function join(session: Session, enter: Enter): Promise<void> {
  const joined = good(await ask('POST', '/api/auth/membership', await session.token()));
  await enter(((await joined.json()) as { organization: string }).organization);
}

async function ask(method: 'GET' | 'POST', path: string, token: string): Promise<Response> {
  return fetch(path, { method, headers: { Authorization: `Bearer ${token}` } });
}

function good(response: Response): Response {
  if (response.status === 401) throw new SignedOut('');
  if (response.status === 403) throw new SignedOut('tenant_refused');
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return response;
}

/** The backend answers with the list itself or with `{documents: [...]}`. */
function documentsOf(body: unknown): Document[] {
  const list = Array.isArray(body) ? body : (body as { documents?: unknown } | null)?.documents;
  return Array.isArray(list) ? (list as Document[]) : [];
}
