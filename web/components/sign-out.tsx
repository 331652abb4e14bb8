'use client';

import { useEffect, useRef, useState } from 'react';
import { Message } from './message.tsx';

type State = 'asking' | 'done' | 'kept' | 'failed';

/** Signs out when the page is opened, and says how it went. */
export function SignOut() {
  const [state, setState] = useState<State>('asking');
  const asked = useRef(false);

  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void signOut().then(setState);
  }, []);

  if (state === 'done') return <Message progress="You are signed out." />;
  if (state === 'asking') return <Message progress="Signing out …" />;
  return (
    <Message
      error={
        state === 'kept'
          ? 'This browser has forgotten you, but the session could not be ended on the server. Sign in and out again later.'
          : 'Signing out failed. Please try again.'
      }
    />
  );
}

async function signOut(): Promise<State> {
  try {
    const response = await fetch('/api/auth/signout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Client': 'browser' },
      body: '{}',
    });
    // 401: there was no session.
    if (response.ok || response.status === 401) return 'done';
    return response.status === 503 || response.status === 429 ? 'kept' : 'failed';
  } catch {
    return 'failed';
  }
}
