import { parseDockerfile, planBuild } from '../plan/index.js';
import { rewriteDockerfile, type RewriteOptions } from './rewrite.js';

const rewrite = (text: string, options: RewriteOptions = {}) => {
  const dockerfile = parseDockerfile(text, 'Dockerfile');
  const plan = planBuild(dockerfile, { args: {}, platform: 'linux/arm64', buildPlatform: 'linux/amd64' });
  return rewriteDockerfile(plan, (reference, platform) => `<${reference} ${platform}>`, options);
};

test('directives for BuildKit are left out, and one for another escape stays', () => {
  expect(rewrite('# syntax=docker/dockerfile:1\nFROM a\nRUN x\n')).toBe(
    'FROM <a linux/arm64> AS stage-0\nRUN x\n',
  );
  expect(rewrite('# escape=`\nFROM a\nRUN x `\n y\n')).toBe(
    '# escape=`\nFROM <a linux/arm64> AS stage-0\nRUN x `\n y\n',
  );
});

test('an image for the platform of the builder keeps it for BuildKit, which runs programs of that platform then', () => {
  const text = 'FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM c\nCOPY --from=b /x /\nRUN y\n';
  const lines = (isBuildkit: boolean) => rewrite(text, { isBuildkit }).split('\n').slice(0, 4);
  const rest = ['RUN x', 'FROM <c linux/arm64> AS stage-1', 'COPY --from=stage-0 /x /'];
  expect(lines(true)).toEqual(['FROM --platform=linux/amd64 <a linux/amd64> AS stage-0', ...rest]);
  expect(lines(false)).toEqual(['FROM <a linux/amd64> AS stage-0', ...rest]);
});

test.each([
  ['a script', 'RUN <<EOF\necho $x\n\techo "y"\nEOF\n', ['/bin/sh', '-c', 'echo $x\n\techo "y"\n']],
  ['a script without tabs', 'RUN <<-EOF\n\techo x\n\tEOF\n', ['/bin/sh', '-c', 'echo x\n']],
  ['an input', 'RUN cat <<EOF > /x\na\nEOF\n', ['/bin/sh', '-c', 'cat <<EOF > /x\na\nEOF']],
  ['another shell', 'SHELL ["bash", "-ec"]\nRUN <<EOF\nx\nEOF\n', ['bash', '-ec', 'x\n']],
])('RUN with a heredoc is a command for builders that know none: %s', (_, text, command) => {
  const rewritten = rewrite(`FROM a\n${text}`);
  expect(rewritten.trim().split('\n').at(-1)).toBe(`RUN ${JSON.stringify(command)}`);
  expect(rewrite(`FROM a\n${text}`, { isBuildkit: true })).toContain(text);
});

test('flags of RUN stay, and images in its mounts are renamed', () => {
  expect(rewrite('FROM a\nRUN --mount=from=b,target=/b <<EOF\nx\nEOF\n')).toContain(
    'RUN --mount=from=<b linux/arm64>,target=/b ["/bin/sh","-c","x\\n"]',
  );
});

test.each([
  ['RUN <<EOF\n#!/usr/bin/env python3\nEOF\n', 'RUN: a heredoc that names its program (#!) needs BuildKit'],
  ['COPY <<EOF /x\na\nEOF\nRUN x\n', 'COPY: a heredoc needs BuildKit'],
])('%j needs BuildKit, which an error says at its line', (text, message) => {
  expect(() => rewrite(`FROM a\n${text}`)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(message),
      where: { file: 'Dockerfile', line: 2 },
    }),
  );
});

test.each([
  ['COPY a d/b? /x', 'COPY c/a c/d/b? /x'],
  ['COPY --chown=1 . /x', 'COPY --chown=1 c/. /x'],
  ['COPY ["a b", "/x"]', 'COPY ["c/a b","/x"]'],
  ['COPY ../../a \\\n /x', 'COPY c/a /x'],
  ['ADD https://example.org/a b /x/', 'ADD https://example.org/a c/b /x/'],
  ['COPY --from=b /y /x', 'COPY --from=<b linux/arm64> /y /x'],
  [
    'RUN --mount=target=/x,ro cat /x/--mount=target=/x,ro',
    'RUN --mount=target=/x,ro,source=c/ cat /x/--mount=target=/x,ro',
  ],
  ['RUN --mount=type=bind,src=/d,target=/x \\\n y', 'RUN --mount=type=bind,target=/x,source=c//d \\\n y'],
  ['RUN --mount=type=cache,target=/x y', 'RUN --mount=type=cache,target=/x y'],
  [
    'RUN --mount=target=/src2 --mount=target=/src y',
    'RUN --mount=target=/src2,source=c/ --mount=target=/src,source=c/ y',
  ],
  [
    'RUN --mount=target=/x --mount=target=/x y',
    'RUN --mount=target=/x,source=c/ --mount=target=/x,source=c/ y',
  ],
])('a context in a folder is read there: %j', (text, expected) => {
  const rewritten = rewrite(`FROM a\n${text}\nRUN z\n`, { isBuildkit: true, isOld: true, below: 'c' });
  expect(rewritten).toBe(`FROM <a linux/arm64> AS stage-0\n${expected}\nRUN z\n`);
});

test.each([
  ['ADD $URL /x', ['https://example.org/a'], 'ADD $URL /x'],
  [
    'ADD "https://example.org/a" $B /x/',
    ['https://example.org/a', 'b'],
    'ADD "https://example.org/a" c/b /x/',
  ],
  ['COPY $A/b /x', ['../../a/b'], 'COPY c/a/b /x'],
  ['COPY $A $X', ['a b'], 'COPY ["c/a b","$X"]'],
  ['COPY ["$A", "/x"]', ['a'], 'COPY ["c/a","/x"]'],
  ['COPY ["", "/x"]', [''], 'COPY ["c/","/x"]'],
  ['COPY $A /x', ['$a"\\'], 'COPY c/\\$a\\"\\\\ /x'],
  ['COPY \\$a /x', ['$a'], 'COPY c/\\$a /x'],
])('a source is placed by what its text stands for: %j, %j', (text, sources, expected) => {
  const options = { isBuildkit: true, isOld: true, below: 'c', sourcesOf: () => sources };
  expect(rewrite(`FROM a\n${text}\nRUN z\n`, options)).toBe(
    `FROM <a linux/arm64> AS stage-0\n${expected}\nRUN z\n`,
  );
});

test('--link is left out for builders that do not know it', () => {
  const text = 'FROM a\nCOPY --chown=1 --link --chmod=755 a --link /x\nRUN z\n';
  expect(rewrite(text)).toContain('COPY --chown=1 --chmod=755 a --link /x\n');
  expect(rewrite(text, { isBuildkit: true })).toContain('--link --chmod');
});
