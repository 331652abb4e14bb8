import { routes } from '#lib/http/route.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'health',
  route: '/api/health',
  open: true,
  handlers: {
    GET: async ({ server, note }) => {
      const report = await server.health.report();
      if (report.status === 'ok') return report;
      note.reason = Object.values(report.checks).find((check) => check !== 'ok' && check !== 'unknown') ?? 'clerk-unreachable';
      return Response.json(report, { status: 503 });
    },
  },
});
