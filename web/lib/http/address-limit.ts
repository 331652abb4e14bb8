import { Refusal } from './refusal.ts';
import type { Context } from './route.ts';

/** Counts a request to /api/auth for the address that the edge names; on containers nobody before us does. */
export function demandFewRequests({ server, caller }: Pick<Context, 'server' | 'caller'>): void {
  if (!server.authRequests || caller.viewerAddress === null) return;
  const retryAfter = server.authRequests.take(customer(caller.viewerAddress));
  if (retryAfter !== null) throw new Refusal('rate_limited', 'too-many-attempts', { retryAfter });
}

/** An IPv6 customer has a whole /64 and could take another address for each request. */
function customer(address: string): string {
  if (!address.includes(':')) return address;
  // IPv4 inside IPv6, such as ::ffff:203.0.113.7.
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = [], tail = []] = address.split('::').map((groups) => groups.split(':').filter(Boolean));
  const left = address.includes('::') ? 8 - head.length - tail.length : 0;
  return [...head, ...Array<string>(Math.max(0, left)).fill('0'), ...tail].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
