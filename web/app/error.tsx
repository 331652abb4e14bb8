'use client';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <>
      <h1>Something went wrong</h1>
      <p role="alert">The error was recorded. Please try again.</p>
      <button className="small" type="button" onClick={reset}>Try again</button>
    </>
  );
}
