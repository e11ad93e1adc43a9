import type { HttpRequest } from './http-client.js';
import type { Secrets } from './secrets.js';

/** Returns a URL without its user and password, for messages. */
export function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}

/** Sends the user and password of a URL as a header, which a redirect to another host removes. */
export function userAsHeader(url: URL, secrets: Secrets): Pick<HttpRequest, 'url' | 'headers'> {
  if (url.username === '' && url.password === '') return { url };
  const [user, password] = [url.username, url.password].map(unescaped);
  secrets.addUser(user, password);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return { url: new URL(withoutUser(url.href)), headers: { authorization } };
}

/** A text with a lone percent sign is taken as it is written. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
