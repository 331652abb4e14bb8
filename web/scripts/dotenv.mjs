/** Writing `.env` values so that Next reads them back as they are (@next/env: dotenv, then expansion of `$NAME`). */

/**
 * The value as it stands after `NAME=`, or null when no way of quoting can hold it.
 * @param {string} value
 * @returns {string | null}
 */
export function quoteDotenv(value) {
  // Expansion happens in every kind of quotes, so a dollar is escaped in all of them.
  const escaped = value.replaceAll('$', '\\$');
  // Double quotes last: within them \n and \r become line ends.
  const quote = ["'", '`', '"'].find((candidate) => !value.includes(candidate));
  if (quote === undefined || (quote === '"' && /\\[nr]/.test(value))) return null;
  return `${quote}${escaped}${quote}`;
}
