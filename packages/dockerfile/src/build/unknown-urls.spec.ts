import { parseDockerfile, planBuild } from '../plan/index.js';
import { refuseUnknownUrls } from './unknown-urls.js';

const refuse = (text: string) => {
  const plan = planBuild(parseDockerfile(text, 'Dockerfile'), { args: {}, platform: 'linux/amd64' });
  return refuseUnknownUrls({ plan, image: () => Promise.reject(new Error('no image')) });
};
const checksum = `--checksum=sha256:${'0'.repeat(64)}`;
const stages = (lines: string) => `FROM scratch AS a\n${lines}\nFROM scratch\nCOPY --from=a / /\nRUN x\n`;

test.each([
  ['https://example.org/x', 'ADD https://example.org/x /'],
  ['https://example.org/x.git#main', 'ADD https://example.org/x.git#main /'],
  ['https://example.org/v', 'ENV HOST=example.org\nADD https://$HOST/v /'],
  ['https://example.org/x', 'ADD https://user:password@example.org/x /'],
])('%s without a checksum is refused, also in a stage below', async (url, lines) => {
  await expect(refuse(stages(lines))).rejects.toMatchObject({
    code: 'unsupported',
    message: `ADD: ${url} is fetched from the network, which the package does not have`,
    where: { file: 'Dockerfile', line: lines.split('\n').length + 1 },
  });
});

test.each([
  ['names a URL', 'ADD --later https://example.org/x.git /'],
  ['may name one', 'ENV U=https://example.org/x\nADD --later a /\nADD "$U" /'],
  ['stands on it and may', 'ADD --later a /\nENV U=https://example.org/x\nFROM a AS b\nADD $U /'],
])('a stage that only a builder can read, and that %s, is refused', async (_, lines) => {
  const text = stages(lines).replace('--from=a', lines.includes('AS b') ? '--from=b' : '--from=a');
  await expect(refuse(text)).rejects.toMatchObject({
    code: 'unsupported',
    message: 'ADD: the flag --later is not supported',
  });
});

test.each([
  ['a checksum', `ADD ${checksum} https://example.org/x /`],
  ['a file', 'ADD x /'],
  ['a file, in a form that only a builder knows', `ADD --later x /\nADD ${checksum} https://example.org/x /`],
])('%s is left to the builder', async (_, lines) => {
  await expect(refuse(stages(lines))).resolves.toBeUndefined();
});
