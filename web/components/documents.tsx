'use client';

import { useCallback, useEffect, useState } from 'react';
import { ApiClient, ApiError } from '#lib/browser/api-client.ts';
import { messageOf } from '#lib/browser/messages.ts';
import { BrowserSession, SignedOut, acrossTabs } from '#lib/browser/session.ts';
import { publicSettings } from '#lib/public-settings.ts';
import { Message } from './message.tsx';

type Document = { id: string; title: string };
type Me = { user: { id: string }; tenant: { id: string; slug: string | null; role: string | null } };
type State = { me?: Me; documents?: Document[]; error?: string; busy: boolean };

const session = new BrowserSession({ fetch: (input, init) => fetch(input, init), now: Date.now, lock: acrossTabs });
const api = new ApiClient({
  baseUrl: publicSettings.apiBaseUrl,
  tenant: publicSettings.tenant,
  session,
  fetch: (input, init) => fetch(input, init),
});

/** Who is signed in, from our own API, and the tenant's documents, from the backend. */
export function Documents() {
  const [state, setState] = useState<State>({ busy: true });

  const show = useCallback((next: Awaited<ReturnType<typeof read>>) => {
    if (next instanceof SignedOut) window.location.replace(next.code ? `/sign-in?error=${next.code}` : '/sign-in');
    else setState({ ...next, busy: false });
  }, []);

  useEffect(() => {
    void read().then(show);
  }, [show]);

  function again() {
    setState((before) => ({ ...before, busy: true }));
    void read().then(show);
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

async function read(): Promise<Omit<State, 'busy'> | SignedOut> {
  try {
    const token = await session.token();
    const me = await fetch('/api/auth/me', { headers: { Authorization: `Bearer ${token}` } });
    if (me.status === 401) return new SignedOut('');
    if (me.status === 403) return new SignedOut('tenant_refused');
    if (!me.ok) return { error: messageOf('unavailable') };
    const known = { me: (await me.json()) as Me };
    try {
      return { ...known, documents: documentsOf(await api.request('/documents')) };
    } catch (error) {
      if (error instanceof ApiError) return { ...known, error: `${error.message}. Please try again in a moment.` };
      throw error;
    }
  } catch (error) {
    return error instanceof SignedOut ? error : { error: messageOf('unavailable') };
  }
}

/** The backend answers with the list itself or with `{documents: [...]}`. */
function documentsOf(body: unknown): Document[] {
  const list = Array.isArray(body) ? body : (body as { documents?: unknown } | null)?.documents;
  return Array.isArray(list) ? (list as Document[]) : [];
}
