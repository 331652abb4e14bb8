import Link from 'next/link';

export default function Home() {
  return (
    <>
      <h1>Next.js with Clerk backend authentication</h1>
      <p>
        Users sign in on this site’s own API. The access token stays in the page’s memory, the refresh token in a
        cookie that no script can read, and every call to the backend carries this deployment’s tenant.
      </p>
      <p>
        <Link href="/sign-up" prefetch={false}>Create an account</Link>, <Link href="/sign-in" prefetch={false}>sign in</Link>, or
        look at <Link href="/protected" prefetch={false}>the documents</Link>.
      </p>
    </>
  );
}
