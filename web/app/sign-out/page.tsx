import type { Metadata } from 'next';
import { SignOut } from '#components/sign-out.tsx';

export const metadata: Metadata = { title: 'Sign out' };

export default function SignOutPage() {
  return (
    <>
      <h1>Sign out</h1>
      <SignOut />
    </>
  );
}
