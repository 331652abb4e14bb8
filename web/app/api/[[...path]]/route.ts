import { Refusal } from '#lib/http/refusal.ts';
import { routes } from '#lib/http/route.ts';

/** Every other address under /api: JSON and a log line, and no answer at all to who came past the edge. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'api.unknown',
  route: '/api/[[...path]]',
  handlers: {},
  otherwise: async () => {
    throw new Refusal('not_found', 'route-unknown');
  },
});
