import { matcher } from './glob.js';

describe('matcher', () => {
  test.each([
    ['/usr/bin/tool', 'usr/bin/tool', true],
    ['/usr/bin/tool', 'usr/bin/tools', false],
    ['/usr/*/tool', 'usr/bin/tool', true],
    ['/usr/*', 'usr/bin/tool', false],
    ['/usr/**', 'usr/bin/tool', true],
    ['/usr/**/tool', 'usr/tool', true],
    ['/usr/**/tool', 'usr/a/b/tool', true],
    ['/lib/*.so.?', 'lib/libz.so.1', true],
    ['/lib/*.so.?', 'lib/libz.so.10', false],
    ['/k/{net,drivers/net}/*.ko*', 'k/drivers/net/veth.ko.xz', true],
    ['/k/{net,drivers/net}/*.ko*', 'k/drivers/veth.ko', false],
    ['/a+b/[c](d).e', 'a+b/[c](d).e', true],
    ['/a.b', 'axb', false],
    ['/a,b', 'a,b', true],
    ['/a', 'x/a', false],
  ])('%s matches %s: %s', (glob, path, matches) => expect(matcher([glob])(path)).toBe(matches));

  test('an empty list of globs matches nothing', () => expect(matcher([])('a')).toBe(false));
});
