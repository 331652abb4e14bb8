'use client';

import { useAuth, useClerk } from '@clerk/nextjs';
import { useEffect, useRef, useState } from 'react';
import { Message } from './message.tsx';

type State = 'asking' | 'done' | 'failed';

/** Signs out when the page is opened, and says how it went. */
export function SignOut() {
  const clerk = useClerk();
  const { isLoaded } = useAuth();
  const [state, setState] = useState<State>('asking');
  const asked = useRef(false);

  useEffect(() => {
    if (!isLoaded || asked.current) return;
    asked.current = true;
    void clerk.signOut({ redirectUrl: '/sign-out' }).then(
      () => setState('done'),
      () => setState('failed'),
    );
  }, [clerk, isLoaded]);

  if (state === 'done') return <Message progress="You are signed out." />;
  if (state === 'asking') return <Message progress="Signing out …" />;
  return <Message error="Signing out failed. Please try again." />;
}
