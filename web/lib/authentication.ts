/** Who signs users in: this app's own API. /api/health tells it to who releases and verifies. */
export const AUTHENTICATION = 'backend';
