import { execFileSync } from 'node:child_process';
import { compareVersions } from './version.js';

/** Versions in ascending order by Debian Policy, section 5.6.12. */
const ORDERED = [
  '~~',
  '~~a',
  '~',
  '0',
  '0.1~rc1-1',
  '0.1-1',
  '0.1-1+b1',
  '1.0~rc1',
  '1.0',
  '1.0-0.1',
  '1.0-1',
  '1.0-1+deb12u1',
  '1.0-1+deb12u9',
  '1.0-1+deb12u11',
  '1.0-1.1',
  '1.0a-1',
  '1.0+b-1',
  '1.0.1-1',
  '1.9-1',
  '1.10-1',
  '2:0.1-1',
  '10:0-1',
];

describe('compareVersions', () => {
  const pairs = ORDERED.slice(1).map((later, i) => [ORDERED[i], later]);

  test.each(pairs)('%s is earlier than %s', (earlier, later) => {
    expect(compareVersions(earlier, later)).toBeLessThan(0);
    expect(compareVersions(later, earlier)).toBeGreaterThan(0);
  });

  test.each([
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.007', '1.7'],
    ['1.0-', '1.0'],
  ])('%s equals %s', (a, b) => expect(compareVersions(a, b)).toBe(0));

  const dpkg = ((): boolean => {
    try {
      execFileSync('dpkg', ['--version']);
      return true;
    } catch {
      return false;
    }
  })();
  if (dpkg)
    test('agrees with dpkg on every tenth pair', () => {
      const all = ORDERED.slice(3).flatMap((a) => ORDERED.slice(3).map((b) => [a, b]));
      for (const [a, b] of all.filter((_, i) => i % 10 === 0)) {
        const less = compareVersions(a, b) < 0;
        const agreed = exitCode(['--compare-versions', a, 'lt', b]) === 0;
        expect([a, b, less]).toEqual([a, b, agreed]);
      }
    });
});

function exitCode(args: string[]): number {
  try {
    execFileSync('dpkg', args, { stdio: 'ignore' });
    return 0;
  } catch (error) {
    return (error as { status: number }).status;
  }
}
