import { BrandedError } from '../branded-error.ts';

/** The codes that a caller may see, with their statuses. */
const STATUS = {
  bad_request: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  tenant_refused: 403,
  origin_refused: 403,
  sign_in_incomplete: 403,
  not_found: 404,
  method_not_allowed: 405,
  email_taken: 409,
  password_refused: 422,
  rate_limited: 429,
  unavailable: 503,
} as const;

export type RefusalCode = keyof typeof STATUS;

type Extra = { retryAfter?: number; detail?: Record<string, string>; tenant?: string | null; cookie?: string };

/** An answer that is not a success: the code goes to the caller, the reason to the log line. */
export class Refusal extends BrandedError {
  static override readonly brand = 'Refusal';
  readonly status: number;
  readonly code: RefusalCode;
  readonly reason: string;
  readonly extra: Extra;

  constructor(code: RefusalCode, reason: string, extra: Extra = {}) {
    super(reason);
    this.code = code;
    this.status = STATUS[code];
    this.reason = reason;
    this.extra = extra;
  }
}
