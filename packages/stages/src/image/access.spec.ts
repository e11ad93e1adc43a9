import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '@nx-linuxkit/dockerfile';
import { parseDockerfile, planBuild } from '@nx-linuxkit/dockerfile/plan';
import { Store } from '@nx-linuxkit/oci';
import { parseSecret, withAccess, type AccessInput } from './access.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'access-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const accessOf = async <T>(
  run: string,
  { settings = {}, env = {} }: Partial<Pick<AccessInput, 'settings' | 'env'>>,
  use: (access: Access) => T,
): Promise<T> => {
  const dockerfile = parseDockerfile(`FROM scratch\n${run}\n`, 'Dockerfile');
  const plan = planBuild(dockerfile, { args: {}, platform: 'linux/amd64' });
  const store = Store.open(join(folder, 'store'));
  return withAccess({ plan, settings, env, workspaceRoot: folder, store }, async (access) => use(access));
};

test('only the secrets that RUN mounts are given; one of the environment lies in a private file, and not after the build', async () => {
  writeFileSync(join(folder, 'token'), 'of a file');
  const settings = { secrets: ['id=a,env=A', 'id=b,src=token', 'id=other,env=OTHER'] };
  const run = 'RUN --mount=type=secret,id=a --mount=type=secret,target=/run/secrets/b x';
  const path = await accessOf(run, { settings, env: { A: 'of a variable' } }, ({ secrets }) => {
    expect(Object.keys(secrets)).toEqual(['a', 'b']);
    expect(readFileSync(secrets.a, 'utf8')).toBe('of a variable');
    expect(statSync(secrets.a).mode & 0o777).toBe(0o600);
    expect(readFileSync(secrets.b, 'utf8')).toBe('of a file');
    return secrets.a;
  });
  expect(existsSync(path)).toBe(false);
});

test.each([
  ['id=a,env=A', 'the variable A of a secret is not set'],
  ['id=a,src=nowhere', 'the file nowhere of a secret is not there'],
])('%s that is not there is an error at the RUN', async (secret, message) => {
  const run = 'RUN x\nRUN --mount=type=secret,id=a y';
  await expect(accessOf(run, { settings: { secrets: [secret] } }, () => undefined)).rejects.toMatchObject({
    code: 'missing-file',
    message,
    where: { file: 'Dockerfile', line: 3 },
  });
});

test('agents are for mounts of ssh alone', async () => {
  const settings = { ssh: ['default'] };
  expect(await accessOf('RUN x', { settings }, ({ ssh }) => ssh)).toEqual([]);
  expect(await accessOf('RUN --mount=type=ssh x', { settings }, ({ ssh }) => ssh)).toEqual(['default']);
});

test('proxies are those of the environment that the Dockerfile does not declare', async () => {
  const env = { HTTP_PROXY: 'a', https_proxy: 'b', NO_PROXY: '', FTP_PROXY: 'c', OTHER: 'd' };
  const found = await accessOf('ARG FTP_PROXY=x\nRUN x', { env }, ({ proxies }) => proxies);
  expect(found).toEqual({ HTTP_PROXY: 'a', https_proxy: 'b' });
});

test.each(['a', 'id=a', 'env=A', 'id=a,env=A,src=b'])('%s is no secret', (text) => {
  expect(() => parseSecret(text)).toThrow(expect.objectContaining({ code: 'bad-option' }));
});
