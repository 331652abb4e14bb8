import type { Log } from '../log.ts';
import { SecretProblem, type Secrets } from './document.ts';

type Options = {
  read: () => Promise<Secrets>;
  log: Log;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
};

/** Minutes-old copies are read again, so that a rotated secret reaches the release without a restart. */
const FRESH_MS = 5 * 60_000;
/** After a failed read: with an old copy there is no hurry; without one requests are waiting. */
const RETRY_WITH_COPY_MS = 30_000;
const RETRY_WITHOUT_COPY_MS = 1_000;
/** The credentials of a compute role may come some seconds after the process. */
const STARTUP_WAITS_MS = [0, 300, 700, 1_500];

/** The secrets, with an expiry. A copy is kept for as long as no newer one can be read. */
export class SecretStore {
  readonly #options: Options;
  #copy: Secrets | null = null;
  #problem: SecretProblem = new SecretProblem('secret-missing');
  #readAt = 0;
  #dueAt = 0;
  #reading: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Reads at start-up, for seconds; never throws: the server starts, and health says what is wrong. */
  async start(): Promise<void> {
    const { log, now, sleep } = this.#options;
    const startedAt = now();
    for (const wait of STARTUP_WAITS_MS) {
      if (wait > 0) await sleep(wait);
      await this.#readOnce();
      if (this.#copy) break;
    }
    log({
      event: 'startup.secret',
      reason: this.#copy ? 'ok' : this.#problem.reason,
      durationMs: now() - startedAt,
      ...(this.#copy || !this.#problem.causeName ? {} : { error: this.#problem.causeName }),
    });
  }

  /** The secrets; reads them first when there is no copy, and in the background when the copy is old. */
  async get(): Promise<Secrets> {
    const due = this.#options.now() >= this.#dueAt;
    if (this.#copy) {
      if (due) void this.#readOnce();
      return this.#copy;
    }
    if (due || this.#reading) await this.#readOnce();
    if (!this.#copy) throw this.#problem;
    return this.#copy;
  }

  /** Clerk refused the key: it may have been rotated, so the next request reads again, at most every 30 s. */
  suspect(): void {
    if (this.#options.now() >= this.#readAt + RETRY_WITH_COPY_MS) this.#dueAt = 0;
  }

  #readOnce(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { read, log, now } = this.#options;
    const startedAt = now();
    this.#readAt = startedAt;
    try {
      const before = this.#copy;
      this.#copy = await read();
      this.#dueAt = now() + FRESH_MS;
      if (before && before.secretKey.reveal() !== this.#copy.secretKey.reveal()) {
        log({ event: 'secret.refresh', reason: 'changed', durationMs: now() - startedAt });
      }
    } catch (error) {
      this.#problem = error instanceof SecretProblem ? error : new SecretProblem('secret-unreadable', (error as Error)?.name);
      this.#dueAt = now() + (this.#copy ? RETRY_WITH_COPY_MS : RETRY_WITHOUT_COPY_MS);
      if (this.#copy) {
        const { reason, causeName: name } = this.#problem;
        log({ event: 'secret.refresh', reason, durationMs: now() - startedAt, ...(name ? { error: name } : {}) });
      }
    }
  }
}
