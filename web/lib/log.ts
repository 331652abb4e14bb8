import type { Release } from './server-settings.ts';

/** The events that a line may have; alarms and dashboards are built on these names. */
export type Event =
  | 'auth.signin' | 'auth.signup' | 'auth.refresh' | 'auth.signout' | 'auth.me' | 'auth.social'
  | 'health' | 'api.unknown' | 'server.error' | 'startup.secret' | 'secret.refresh';

/** What a line says beside time and release. Never a token, a password or an e-mail address. */
export type Line = {
  event: Event;
  reason: string;
  route?: string;
  method?: string;
  status?: number;
  durationMs?: number;
  validationMs?: number;
  tenant?: string | null;
  synthetic?: boolean;
  /** An error's class name. Its message can hold a path, an ARN or a value, so it is never written. */
  error?: string;
};

export type Log = (line: Line) => void;

type Options = { release: Release; write: (text: string) => void; now: () => number };

/** One JSON object a line. Not console.log: hosts put a prefix before what it prints. */
export function createLog({ release, write, now }: Options): Log {
  return (line) => {
    const { durationMs, validationMs, error, reason, ...rest } = line;
    const fields = {
      time: new Date(now()).toISOString(),
      event: rest.event,
      route: rest.route ?? null,
      method: rest.method ?? null,
      status: rest.status ?? null,
      duration_ms: rounded(durationMs),
      validation_ms: rounded(validationMs),
      reason: word(reason),
      tenant: rest.tenant ?? null,
      slot: release.slot,
      commit: release.commit,
      revision: release.revision,
      synthetic: rest.synthetic ?? false,
      ...(error === undefined ? {} : { error: /^\w{1,60}$/.test(error) ? error : 'Error' }),
    };
    write(`${JSON.stringify(fields)}\n`);
  };
}

/** A reason is one lower-case word with dashes; whatever is not one (a message, a value) is not written. */
export function word(reason: string): string {
  const dashed = reason.toLowerCase().replaceAll('_', '-');
  return /^[a-z][a-z0-9-]{0,59}$/.test(dashed) ? dashed : 'other';
}

function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds * 10) / 10;
}
