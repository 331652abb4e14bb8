// What the reference app's own handlers write, one line each, for the log contract's test.
const { App } = await import(process.argv[2] as string);

const app = new App();
const email = 'lines@yourapp.com';
const password = 'correct horse battery staple';
await app.server.secrets.start();
await app.post('/api/auth/signup', { email, password });
const signedIn = await (await app.post('/api/auth/signin', { email, password })).json();
await app.post('/api/auth/signin', { email, password: 'wrong' });
await app.post('/api/auth/signin', { email: 'stranger@yourapp.com', password });
await app.ask('/api/auth/signin');
await app.post('/api/auth/refresh', { refreshToken: signedIn.refreshToken });
await app.post('/api/auth/refresh', {});
await app.ask('/api/auth/me', { headers: { authorization: `Bearer ${signedIn.accessToken}` } });
const [head, claims, signature] = signedIn.accessToken.split('.');
const tampered = [head, claims, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`].join('.');
await app.ask('/api/auth/me', { headers: { authorization: `Bearer ${tampered}` } });
await app.ask('/api/auth/me');
app.time += 3_600_000;
await app.ask('/api/auth/me', { headers: { authorization: `Bearer ${signedIn.accessToken}` } });
await app.ask('/api/auth/social/google', { params: { provider: 'google' } });
await app.ask('/api/health');
await app.ask('/api/nothing');
await app.post('/api/auth/signout', { refreshToken: signedIn.refreshToken });
app.server.log({ event: 'server.error', route: '/x', reason: 'Some Message: with a value', error: 'TypeError' });
process.stdout.write(app.written.join(''));
