import { bypassesProxy, inRange, isLoopback } from './no-proxy.js';

describe('NO_PROXY', () => {
  // The cases are those of Go's and curl's documentation.
  it.each([
    ['', 'https://example.com/', false],
    ['example.com', 'https://example.com/', true],
    ['EXAMPLE.com', 'https://Example.COM/', true],
    ['example.com', 'https://a.example.com/', true],
    ['example.com', 'https://notexample.com/', false],
    ['example.com', 'https://example.com.attacker.net/', false],
    ['.example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['a, example.com ,b', 'https://example.com/', true],
    ['a example.com', 'https://example.com/', true],
    ['*', 'https://example.com/', true],
    ['example.com:443', 'https://example.com/', true],
    ['example.com:80', 'http://example.com/', true],
    ['example.com:5000', 'https://example.com/', false],
    ['example.com:5000', 'http://a.example.com:5000/', true],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.1.2.3:5000', 'http://10.1.2.3:5000/', true],
    ['2.3', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://10.255.0.1/', true],
    ['10.0.0.0/8', 'https://11.0.0.1/', false],
    ['10.0.0.0/8', 'https://10.example.com/', false],
    ['10.0.0.0/99', 'https://10.0.0.1/', false],
    ['2001:db8::/32', 'https://[2001:db8::5]/', true],
    ['2001:db8::5', 'https://[2001:db8::5]:5000/', true],
    ['[2001:db8::5]:5000', 'https://[2001:db8::5]:5000/', true],
    ['[2001:db8::5]:5000', 'https://[2001:db8::5]/', false],
  ])('%j and %s: %s', (list, url, bypassed) => {
    expect(bypassesProxy(list, new URL(url))).toBe(bypassed);
  });

  it.each(['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('is not asked for %s', (host) => {
    expect(bypassesProxy('', new URL(`http://${host}:5000/`))).toBe(true);
  });
});

it.each(['localhost.attacker.net', '128.0.0.1', '127.0.0.1.nip.io', 'notlocalhost', '::2'])(
  '%s is not loopback',
  (host) => expect(isLoopback(host)).toBe(false),
);

it.each(['', '/', '10.0.0.0/', '10.0.0.0/x', 'a/8', '10.0.0.0/-1'])(
  'no address is in the range %j',
  (range) => {
    expect(inRange(range, '10.0.0.1')).toBe(false);
  },
);
