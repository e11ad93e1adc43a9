import { Secrets } from './secrets.js';
import { userAsHeader, withoutUser } from './url-user.js';

test.each([
  ['https://me:secret@host/a@b', 'https://host/a@b'],
  ['https://token@host:1/', 'https://host:1/'],
  ['https://host/a@b', 'https://host/a@b'],
])('%s is shown without a user', (url, shown) => expect(withoutUser(url)).toBe(shown));

test.each([
  ['https://me:top%20secret@host/x', 'me:top secret'],
  ['https://me:50%@host/x', 'me:50%'],
  ['https://token@host/x', 'token:'],
])('the user of %s is a header, and a secret', (text, user) => {
  const secrets = new Secrets();
  const { url, headers } = userAsHeader(new URL(text), secrets);
  expect(url.href).toBe('https://host/x');
  expect(headers).toEqual({ authorization: `Basic ${Buffer.from(user).toString('base64')}` });
  expect(secrets.redact(`got ${user}`)).toBe('got ***');
});

test('a URL without a user stays as it is', () => {
  const url = new URL('https://host/x');
  expect(userAsHeader(url, new Secrets())).toEqual({ url });
});
