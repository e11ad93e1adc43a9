import { OciError } from '../error.js';
import { Secrets, withoutSecrets } from './secrets.js';

const secrets = new Secrets();
secrets.addUser('me', 'pass"word/+');

it.each([
  ['pass"word/+', '***'],
  ['say pass"word/+ and pass"word/+', 'say *** and ***'],
  [JSON.stringify({ p: 'pass"word/+' }), '{"p":"***"}'],
  [`Basic ${Buffer.from('me:pass"word/+').toString('base64')}`, 'Basic ***'],
  [Buffer.from('pass"word/+').toString('base64url'), '***'],
  [encodeURIComponent('pass"word/+'), '***'],
  ['it starts with "pass"w…"', 'it starts with "***…"'],
  ['nothing', 'nothing'],
])('%s is shown as %s', (text, shown) => expect(secrets.redact(text)).toBe(shown));

it('an error loses a cause that has a secret, and keeps its code and any other cause', () => {
  const cause = new Error('got pass"word/+');
  const redacted = withoutSecrets(new OciError('forbidden', 'no pass"word/+', { cause }), secrets);
  expect(redacted).toMatchObject({ code: 'forbidden', message: 'no ***' });
  expect((redacted as OciError).cause).toBeUndefined();
  const harmless = new OciError('forbidden', 'no', { cause: new Error('x') });
  expect(withoutSecrets(harmless, secrets)).toBe(harmless);
});
