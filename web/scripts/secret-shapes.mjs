/** What a secret looks like, and which variables hold one. Shared by the check before the build and the one after. */

/** Ten or more characters after the prefix: the bare prefix stands in Clerk's own code. */
export const SECRET_SHAPES = [
  { name: 'a Clerk secret key', pattern: /sk_(?:live|test)_[A-Za-z0-9]{10,}/ },
  { name: 'a webhook signing secret', pattern: /whsec_[A-Za-z0-9+/]{16,}/ },
  { name: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|\s)*[A-Za-z0-9+/]{20,}/ },
  { name: 'an AWS access key id', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { name: 'a GitHub token', pattern: /\b(?:github_pat_[A-Za-z0-9_]{22,}|gh[opsu]_[A-Za-z0-9]{36,})/ },
];

const SECRET_NAME = /SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|ACCESS_KEY|API_KEY|JWT_KEY|ENCRYPTION_KEY/;
/** Names that point at a secret, or that Next itself has to write into the build. */
const NOT_SECRET = /^NEXT_PUBLIC_|_(?:ARN|FILE|PATH|ID|URI|URL|DIR|NAME)$|^NEXT_SERVER_ACTIONS_ENCRYPTION_KEY$/;

/** @param {string} name */
export function isSecretName(name) {
  return SECRET_NAME.test(name) && !NOT_SECRET.test(name);
}

/**
 * The name of the secret that a text holds the shape of, or null.
 * @param {string} text
 * @returns {string | null}
 */
export function secretShapeIn(text) {
  return SECRET_SHAPES.find(({ pattern }) => pattern.test(text))?.name ?? null;
}
