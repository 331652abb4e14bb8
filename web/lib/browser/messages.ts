/** What a person reads for an error code of the app's API. */
const MESSAGES: Readonly<Record<string, string>> = {
  bad_request: 'Please enter a complete e-mail address and a password.',
  invalid_credentials: 'E-mail address or password is wrong.',
  tenant_refused: 'This account does not belong to this organization.',
  sign_in_incomplete: 'This account needs a further step that this page does not offer.',
  email_taken: 'There is an account with this e-mail address already. Sign in instead.',
  rate_limited: 'Too many attempts. Please wait a moment and try again.',
  unavailable: 'The service cannot be reached right now. Please try again in a moment.',
  unauthenticated: 'The sign-in did not succeed. Please try again.',
};

const PASSWORD_MESSAGES: Readonly<Record<string, string>> = {
  form_password_pwned: 'This password is known from a data breach. Please choose another.',
};

export function messageOf(error: unknown, detail?: unknown): string {
  if (error === 'password_refused') {
    return PASSWORD_MESSAGES[String(detail)] ?? 'This password is too weak. Please choose a longer one.';
  }
  return MESSAGES[String(error)] ?? 'Something went wrong. Please try again.';
}
