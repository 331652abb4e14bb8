'use client';

import { useState, type FormEvent } from 'react';
import { messageOf } from '#lib/browser/messages.ts';
import { Message } from './message.tsx';

type Props = { action: '/api/auth/signin' | '/api/auth/signup'; submit: string; newPassword?: boolean; error?: string | undefined };

/** E-mail and password, for sign-in and sign-up. */
export function CredentialsForm({ action, submit, newPassword = false, error: given }: Props) {
  const [error, setError] = useState(given);
  const [busy, setBusy] = useState(false);

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    const problem = await post(action, { email: form.get('email'), password: form.get('password') });
    if (problem === null) {
      window.location.assign('/protected');
      return;
    }
    setError(problem);
    setBusy(false);
  }

  // method=post: a form sent before this script runs must not put the password into the address.
  return (
    <form method="post" onSubmit={send}>
      <label>
        E-mail address
        <input name="email" type="email" autoComplete={newPassword ? 'email' : 'username'} maxLength={254} required />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          autoComplete={newPassword ? 'new-password' : 'current-password'}
          minLength={newPassword ? 8 : 1}
          maxLength={newPassword ? 128 : 256}
          required
        />
        {newPassword && <small>At least 8 characters.</small>}
      </label>
      <button disabled={busy}>{submit}</button>
      <Message error={error} progress={busy ? 'One moment …' : undefined} />
    </form>
  );
}

async function post(action: string, body: object): Promise<string | null> {
  try {
    const response = await fetch(action, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Client': 'browser' },
      body: JSON.stringify(body),
    });
    if (response.ok) return null;
    const { error, code } = (await response.json()) as { error?: unknown; code?: unknown };
    return messageOf(error, code);
  } catch {
    return messageOf('unavailable');
  }
}
