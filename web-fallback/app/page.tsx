import Link from 'next/link';

export default function Home() {
  return (
    <>
      <h1>Next.js with Clerk’s own components</h1>
      <p>
        Users sign in at Clerk, in the browser. Clerk’s script holds the session and renews its token, and every
        call to the backend carries this deployment’s tenant.
      </p>
      <p>
        <Link href="/sign-up" prefetch={false}>Create an account</Link>, <Link href="/sign-in" prefetch={false}>sign in</Link>, or
        look at <Link href="/protected" prefetch={false}>the documents</Link>.
      </p>
    </>
  );
}
