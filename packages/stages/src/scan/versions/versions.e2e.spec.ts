import { execFileSync } from 'node:child_process';
import { compareVersions } from '@nx-linuxkit/debian';
import { randomNumbers } from '@nx-linuxkit/testing';

describe('Debian’s order', () => {
  /** Texts that are near each other, so that the rare rules decide: `~`, letters, epochs, revisions, zeros. */
  const random = randomNumbers(20);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)];
  const part = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      pick(['0', '1', '9', '10', '007', 'a', 'b', 'rc', '.', '+', '~', '~~']),
    ).join('');
  const version = () =>
    `${pick(['', '', '0:', '1:', '12:'])}${pick(['0', '1', '2'])}${part()}${pick(['', `-${part()}`, `-1${part()}`])}`;
  const pairs = Array.from({ length: 2000 }, (_, i) => {
    const first = version();
    const same = first.includes(':') ? first : `0:${first}`;
    return [first, i % 10 === 0 ? same : version()];
  });

  it('is that of dpkg for thousands of random pairs', () => {
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done';
    const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
    const said = execFileSync('sh', ['-c', script], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ours = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
    const theirs = said.trim().split('\n').map(Number);
    expect(theirs).toHaveLength(pairs.length);
    expect(
      pairs.flatMap((pair, i) => (ours[i] === theirs[i] ? [] : [[...pair, ours[i], theirs[i]]])),
    ).toEqual([]);
    expect(new Set(theirs)).toEqual(new Set([-1, 0, 1]));
  }, 300_000);
});
