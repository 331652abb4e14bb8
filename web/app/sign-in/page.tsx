import type { Metadata } from 'next';
import { CredentialsForm } from '#components/credentials-form.tsx';
import { messageOf } from '#lib/browser/messages.ts';
import { enabledProviders } from '#lib/clerk/social.ts';
import { publicSettings } from '#lib/public-settings.ts';

export const metadata: Metadata = { title: 'Sign in' };

type Props = { searchParams: Promise<{ error?: string | string[] }> };

export default async function SignIn({ searchParams }: Props) {
  const { error } = await searchParams;
  const providers = enabledProviders(publicSettings.socialClientIds);
  return (
    <div className="card">
      <h1>Sign in</h1>
      <CredentialsForm action="/api/auth/signin" submit="Sign in" error={error ? messageOf(error) : undefined} />
      {providers.length > 0 && (
        <div className="stack">
          {providers.map(({ id, name }) => (
            // The address of the settings: the provider returns there, and the cookie is of one host.
            <a key={id} className="button social" href={`${publicSettings.appUrl}/api/auth/social/${id}`}>
              Continue with {name}
            </a>
          ))}
        </div>
      )}
    </div>
  );
}
