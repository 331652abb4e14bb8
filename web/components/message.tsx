/** A line for what went wrong or goes on; read out when it changes. */
export function Message({ error, progress }: { error?: string | undefined; progress?: string | undefined }) {
  return (
    <p className={error ? 'message error' : 'message'} role={error ? 'alert' : 'status'}>
      <span>{error ?? progress ?? ''}</span>
    </p>
  );
}
