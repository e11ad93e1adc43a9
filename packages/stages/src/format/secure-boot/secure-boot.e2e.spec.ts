import { readFileSync, readdirSync } from 'node:fs';
import { TestWorkspace } from '../../__tests__/test-workspace.js';
import type { Settings } from '../../index.js';
import { LOADERS, addBootImages } from '../__tests__/boot-images.js';
import { run } from '../__tests__/oracles.js';

jest.setTimeout(120_000);

let workspace: TestWorkspace;
const YAML = 'kernel: {image: test/kernel, cmdline: console=ttyS0}\ninit: [test/init]\n';
const path = (name: string) => workspace.path(name);

beforeAll(async () => {
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  for (const name of ['db', 'other']) makeKey(name);
  run(
    'openssl',
    'pkcs8',
    '-topk8',
    '-in',
    path('db.key'),
    '-out',
    path('locked.key'),
    '-passout',
    'pass:open sesame',
  );
});
afterAll(() => workspace.remove());

function makeKey(name: string): void {
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)];
  run(
    'openssl',
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-days',
    '3650',
    '-subj',
    `/CN=${name}`,
    ...files,
  );
}

type Option = NonNullable<Settings['secureBoot']>;

async function build(secureBoot: Option | undefined, format = 'uki', outputs = ''): Promise<string[]> {
  const settings = { loaders: LOADERS, ...(secureBoot && { secureBoot }) };
  return workspace.build('os', YAML + outputs, [format], settings);
}
const uki = () => readFileSync(workspace.output('os', 'uki', 'os.efi'));
const verified = () => run('sbverify', '--cert', path('db.pem'), workspace.output('os', 'uki', 'os.efi'));

const KEY: Option = { certificate: 'db.pem', key: 'db.key' };
/** A signer whose key is elsewhere. */
const COMMAND: Option = {
  certificate: 'db.pem',
  command: ['openssl', 'dgst', '-sha256', '-sign', 'db.key'],
  identity: 'file:db',
};

/** Sets variables of this process for one call. */
async function withEnvironment<T>(values: Record<string, string>, use: () => Promise<T>): Promise<T> {
  Object.assign(process.env, values);
  try {
    return await use();
  } finally {
    for (const name of Object.keys(values)) delete process.env[name];
  }
}

it('sbverify accepts a unified kernel image, whose bytes are the same by key, encrypted key, command and environment', async () => {
  await build(KEY);
  expect(verified()).toContain('verification OK');
  const bytes = uki();
  await build(COMMAND);
  expect(uki().equals(bytes)).toBe(true);
  await withEnvironment({ SECURE_BOOT_PASSWORD: 'open sesame' }, () => build({ ...KEY, key: 'locked.key' }));
  expect(uki().equals(bytes)).toBe(true);
  const text = (name: string) => readFileSync(path(name), 'utf8');
  const variables = { SECURE_BOOT_CERTIFICATE: text('db.pem'), MY_KEY: text('db.key') };
  await withEnvironment(variables, () => build({ keyVariable: 'MY_KEY' }));
  expect(uki().equals(bytes)).toBe(true);
});

it('a disk with a unified kernel image holds the signed one', async () => {
  await build(KEY);
  const program = uki();
  await build(KEY, 'raw-efi', 'outputs: [{format: raw-efi, uki: true}]\n');
  const disk = readFileSync(workspace.output('os', 'raw-efi', 'os-efi.img'));
  expect(disk.includes(program.subarray(-1000))).toBe(true);
});

it('without the option a unified kernel image has no signature', async () => {
  await build(undefined);
  expect(() => verified()).toThrow();
});

it('a format that starts GRUB says that nothing is signed in it', async () => {
  const lines = await build(KEY, 'raw-efi');
  expect(lines).toContainEqual(expect.stringMatching(/^warning: raw-efi of os is not signed: .*uki: true/));
});

it('no log, output or stage holds the private key', async () => {
  const lines = await build(KEY);
  const text = readFileSync(path('db.key'), 'utf8');
  const secret = text.split('\n')[2];
  expect(text.length).toBeGreaterThan(1000);
  expect(lines.join('\n')).not.toContain(secret);
  for (const folder of ['dist', '.linuxkit', 'store']) {
    for (const entry of readdirSync(path(folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        expect(readFileSync(`${entry.parentPath}/${entry.name}`).includes(secret)).toBe(false);
      }
    }
  }
});

it.each([
  [{ certificate: 'none.pem' }, 'unreadable-file', /certificate .*: it does not exist/],
  [{ certificate: 'db.key', key: 'db.key' }, 'bad-option', /certificate in PEM in db\.key/],
  [{ certificate: 'db.pem' }, 'bad-option', /a private key for Secure Boot in a file or in SECURE_BOOT_KEY/],
  [{}, 'bad-option', /a certificate for Secure Boot in a file or in SECURE_BOOT_CERTIFICATE/],
  [{ ...KEY, key: 'other.key' }, 'bad-option', /in other\.key is not that of the certificate/],
  [{ ...KEY, key: 'db.pem' }, 'bad-option', /expected a private key in PEM in db\.pem/],
  [{ ...KEY, key: 'locked.key' }, 'bad-option', /expected a private key in PEM in locked\.key/],
  [{ ...KEY, key: '-----BEGIN PRIVATE KEY-----' }, 'bad-option', /holds the text of a private key/],
  [{ ...COMMAND, identity: undefined }, 'bad-option', /no secureBoot\.identity/],
  [{ ...COMMAND, command: [] }, 'bad-option', /command is empty/],
  [{ ...COMMAND, command: ['no-such-program'] }, 'signing-failed', /there is no such program/],
  [{ ...COMMAND, command: ['true'] }, 'signing-failed', /wrote no signature/],
  [{ ...COMMAND, command: ['sh', '-c', 'echo no card >&2; exit 3'] }, 'signing-failed', /status 3: no card/],
  [{ ...COMMAND, command: ['cat'] }, 'bad-option', /a signature that the certificate verifies/],
] as [Option, string, RegExp][])('%j is refused', async (option, code, message) => {
  await expect(build(option)).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.any(String) }),
  );
});
