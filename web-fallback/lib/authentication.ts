/** Who signs users in: Clerk's own components in the browser. /api/health tells it to who releases and verifies. */
export const AUTHENTICATION = 'client-side';
