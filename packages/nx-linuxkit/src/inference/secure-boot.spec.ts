import { execFileSync } from 'node:child_process';
import type { ProjectConfiguration } from '@nx/devkit';
import type { PluginOptions } from '../options.js';
import { formats, loadersOf } from '@nx-linuxkit/formats';
import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

const { infer, write, path } = inferenceWorkspace();

const KINDS = { rsa: ['rsa:2048'], ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] } as const;

/** The formats that start a unified kernel image without being asked to. */
const SIGNED = formats.filter((format) => loadersOf(format, {}).includes('efi-stub')).map(({ name }) => name);

/** Writes a certificate into the workspace. */
function certificate(name: string, kind: keyof typeof KINDS = 'rsa'): void {
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)];
  const args = ['req', '-x509', '-nodes', '-subj', `/CN=${name}`, '-newkey', ...KINDS[kind], ...files];
  execFileSync('openssl', args, { stdio: 'pipe' });
}

async function system(secureBoot?: PluginOptions['secureBoot']): Promise<ProjectConfiguration> {
  const options = secureBoot ? { secureBoot } : {};
  return (await infer(MY_OS, { options }))['my-os'];
}
const keys = ({ targets = {} }: ProjectConfiguration) =>
  Object.fromEntries(Object.entries(targets).map(([name, { options }]) => [name, options?.key]));
const changed = (a: ProjectConfiguration, b: ProjectConfiguration) =>
  Object.keys(keys(a)).filter((name) => keys(a)[name] !== keys(b)[name]);

it('the certificate is in the keys of the formats that are signed and of the boot tests, and the private key in nothing', async () => {
  certificate('db');
  const plain = await system();
  const signed = await system({ certificate: 'db.pem', key: 'db.key' });
  expect(changed(plain, signed).sort()).toEqual([...SIGNED, 'boot-test'].sort());
  expect(signed.targets?.uki.inputs).toContain('{workspaceRoot}/db.pem');
  expect(signed.targets?.uki.cache).toBe(true);
  expect(JSON.stringify(signed)).not.toContain('db.key');
});

it('another certificate or another declared identity gives other keys, another key file or command the same', async () => {
  certificate('db');
  certificate('other');
  const before = await system({ certificate: 'db.pem', key: 'db.key' });
  expect(changed(before, await system({ certificate: 'db.pem', key: '/elsewhere.key' }))).toEqual([]);
  expect(changed(before, await system({ certificate: 'other.pem' }))).toContain('uki');
  const command = (identity: string, word = 'sign') =>
    system({ certificate: 'db.pem', command: [word], identity });
  expect(changed(await command('card 1'), await command('card 2'))).toContain('uki');
  expect(changed(await command('card 1'), await command('card 1', './sign'))).toEqual([]);
});

it('a certificate of the environment is an input by its variable', async () => {
  const { targets = {} } = await system({ certificateVariable: 'DB_CERTIFICATE' });
  expect(targets.uki.inputs).toContainEqual({ env: 'DB_CERTIFICATE' });
  expect(JSON.stringify(targets)).not.toContain('SECURE_BOOT_KEY');
});

it('nothing that an elliptic key signs is cached, because its signatures differ each time', async () => {
  certificate('db', 'ec');
  const { targets = {} } = await system({ certificate: 'db.pem', key: 'db.key' });
  expect([targets.uki.cache, targets['raw-efi'].cache]).toEqual([false, true]);
});

it('a certificate that git ignores cannot be watched', async () => {
  certificate('db');
  write({ '.gitignore': '*.pem\n' });
  const { targets = {} } = await system({ certificate: 'db.pem', key: 'db.key' });
  expect(targets.uki).toMatchObject({ executor: 'nx-linuxkit:build', cache: false });
});
