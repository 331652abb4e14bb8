import type { Metadata } from 'next';
import { CredentialsForm } from '#components/credentials-form.tsx';

export const metadata: Metadata = { title: 'Sign up' };

export default function SignUp() {
  return (
    <div className="card">
      <h1>Sign up</h1>
      <CredentialsForm action="/api/auth/signup" submit="Create account" newPassword />
    </div>
  );
}
