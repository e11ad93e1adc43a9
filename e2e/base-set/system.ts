import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mediumOf, type KernelMedium } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';

const images = join(__dirname, '..', '..', 'images');
const guest = join(__dirname, 'guest');

/** Of a system in a folder of `root`, by which `@pkg:` goes. */
export const image = (root: string, name: string) => `@pkg:${relative(join(root, 'os'), join(images, name))}`;

/** The scripts that run in the guest, as `files` of its YAML. */
export const GUEST_FILES = readdirSync(guest).map((name) => ({
  path: `etc/probe/${name}`,
  contents: readFileSync(join(guest, name), 'utf8'),
  mode: '0755',
}));

/** A command that runs a script on the host: in all namespaces of its first process. */
export const onHost = (script: string, ...words: string[]) => [
  ...['nsenter', '-t', '1', '-m', '-u', '-i', '-n', '--'],
  ...['sh', `/etc/probe/${script}`, ...words],
];

/** Builds a system out of the base set; JSON is YAML. */
export async function buildSystem(root: string, name: string, yaml: object): Promise<KernelMedium> {
  mkdirSync(join(root, name), { recursive: true });
  const file = `${name}/linuxkit.yml`;
  writeFileSync(join(root, file), JSON.stringify({ ...yaml, outputs: [{ format: 'kernel+initrd' }] }));
  const os = identify(parseOsFile(file) as OsFile, name);
  const wanted = { os, formats: ['kernel+initrd'], frozen: true, lockCommand: '' };
  await build(openEnvironment(root, {}), wanted, () => undefined);
  return mediumOf('kernel+initrd', join(root, 'dist', name, 'kernel+initrd', name)) as KernelMedium;
}

/** What guests say: `probe NAME: text`, a list for a name that is said several times. */
export function saidOf(console: string, name: string): string[] {
  return [...console.matchAll(/^probe ([^:]+): ?(.*)$/gm)].flatMap(([, said, text]) =>
    said === name ? [text.trim()] : [],
  );
}

const file = process.env.CONSOLE_LOG;

/** CONSOLE_LOG=file shows who develops what a guest says while it runs. */
export const watched = file ? { onLine: (line: string) => appendFileSync(file, `${line}\n`) } : {};
