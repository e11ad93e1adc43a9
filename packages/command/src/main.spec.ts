import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from './__tests__/call.js';
import { commands } from './index.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-command-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('help lists every command', async () => {
  const { code, stdout } = await call(folder, ['help']);
  expect(code).toBe(0);
  for (const { name } of commands) expect(stdout).toContain(`  ${name} `);
});

it.each(commands.filter(({ load }) => load))('$name --help shows its flags', async ({ name, flags }) => {
  const { code, stdout } = await call(folder, [...name.split(' '), '--help']);
  expect(code).toBe(0);
  for (const flag of flags.filter(({ as }) => as !== 'refused')) expect(stdout).toContain(`--${flag.name}`);
});

it.each(commands.filter(({ load }) => !load))(
  '$name is named as missing, with what to do',
  async ({ name, instead }) => {
    const { code, log } = await call(folder, [...name.split(' '), 'build', '--anything', '.']);
    expect(code).toBe(1);
    expect(log).toBe(`error: ${name} is not built\n  hint: ${instead}`);
  },
);

it('build --set and --variant give variables their values', async () => {
  const yaml =
    'variables: {A: 1, B: 2}\nvariants: {b: {B: 3}}\nfiles: [{path: a, contents: "<${A}-${B}>"}]\n';
  writeFileSync(join(folder, 'values.yml'), yaml);
  const build = (...args: string[]) => call(folder, ['build', '--dry-run', ...args, 'values.yml']);
  expect((await build()).stdout).toContain('<1-2>');
  expect((await build('--set', 'A=x,y=z', '--variant', 'b')).stdout).toContain('<x,y=z-3>');
  expect((await build('--set', 'C=1')).log).toContain('--set C: no variable is called "C"');
  expect((await build('--set', 'A')).log).toContain('--set: expected NAME=value, got "A"');
});

it('version prints the version', async () => {
  expect((await call(folder, ['version', '--short'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  ['build', [], 'build needs the path of a YAML file'],
  ['build', ['https://example.com/os.yml'], 'build reads no URL'],
  ['build', ['missing.yml'], 'missing.yml'],
  ['build', ['--size', '1T', 'a.yml'], '--size: expected a size such as 1024M or 2G, got "1T"'],
  ['build', ['--arch', 'z80', 'a.yml'], 'unknown architecture "z80"'],
  ['build', ['--mirror', 'ftp://x', 'a.yml'], '--mirror: expected [REGISTRY=]URL, got "ftp://x"'],
  ['build', ['-f', 'vhd,dynamic-vhd', 'a.yml'], 'vhd and dynamic-vhd both write a.vhd'],
  [
    'build',
    ['-f', 'kernel+initrd', '-o', '-', 'a.yml'],
    '-o takes one format of one file, got kernel+initrd',
  ],
  ['build', ['-format', 'tar', 'a.yml'], 'Did you mean --format? A flag of several letters has two dashes.'],
  ['run', ['nothing-there'], 'nothing to boot at'],
  ['run', ['gcp', '-machine', 'x'], 'run qemu has no flag -machine'],
  ['run', ['gcp', 'image'], 'run gcp is not built: run boots in QEMU alone'],
  ['cache', ['export', 'nginx'], 'cache export needs one image and --outfile'],
  [
    'cache',
    ['export', '--outfile=x', '--format=oci', '--path=y', 'nginx'],
    '--path is for --format filesystem',
  ],
  ['cache', ['push', 'nginx:1'], 'the cache has no image docker.io/library/nginx:1'],
  ['completion', ['csh'], 'completion needs a shell, got csh'],
])('%s %j is one error', async (command, args, message) => {
  const { code, stdout, log } = await call(folder, [command, ...args]);
  expect([code, stdout]).toEqual([1, '']);
  expect(log).toContain(message);
  expect(log).not.toMatch(/^\s+at /m);
});

/** What bash offers behind a line, which ends with the word that is completed. */
async function completed(line: string): Promise<string[]> {
  const { stdout } = await call(folder, ['completion', 'bash']);
  const words = line.split(' ');
  const script = `${stdout}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_nx_linuxkit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

it.each([
  ['nx-linuxkit b', ['build']],
  ['nx-linuxkit cache e', ['export']],
  ['nx-linuxkit build --form', ['--format']],
  ['nx-linuxkit build --format raw', ['raw-bios', 'raw-efi', 'raw-rpi']],
  ['nx-linuxkit build a.yml --docker --format raw', ['raw-bios', 'raw-efi', 'raw-rpi']],
  ['nx-linuxkit build a.yml --form', ['--format']],
  ['nx-linuxkit pkg build --form', ['']],
  ['nx-linuxkit cache export --format d', ['docker']],
])('bash completes %s', async (line, expected) => expect(await completed(line)).toEqual(expected));

it('fish compares the words of a command from the first on', async () => {
  const { stdout } = await call(folder, ['completion', 'fish']);
  expect(stdout).toContain(`-n '__nx_linuxkit_begins build' -l format -x -a '`);
  expect(stdout).toContain(`-n '__nx_linuxkit_begins pkg build' -l build-yml\n`);
  expect(stdout).toContain(`-n '__nx_linuxkit_is cache' -f -a 'ls `);
});
