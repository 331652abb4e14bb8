import type { Refusal } from '../http/refusal.ts';
import type { BackendApi } from './backend-api.ts';
import type { FrontendApi } from './frontend-api.ts';
import type { TokenVerifier } from './tokens.ts';

/** What the flows (sign-in, sign-up, session, social) work with. */
export type Clerk = Readonly<{
  backend: BackendApi;
  frontend: FrontendApi;
  tokens: TokenVerifier;
  /** The tenant that this deployment serves. */
  tenant: string;
  /** Told of a failed clean-up, which is not the answer's business. */
  onCleanUpFailed: (refusal: Refusal | Error) => void;
}>;
