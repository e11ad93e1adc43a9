import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mediumOf, type KernelMedium } from '@nx-linuxkit/machine';
import {
  build,
  identify,
  openEnvironment,
  parseOsFile,
  type OsFile,
  type Settings,
} from '@nx-linuxkit/stages';

const images = join(__dirname, '..', '..', 'images');
const guest = join(__dirname, 'guest');

/** Returns the reference of a package of the base set, for a system in a folder of `root`. */
export const image = (root: string, name: string) => `@pkg:${relative(join(root, 'os'), join(images, name))}`;

/** The scripts that run in the guest, as `files` of its YAML. */
export const GUEST_FILES = readdirSync(guest).map((name) => ({
  path: `etc/probe/${name}`,
  contents: readFileSync(join(guest, name), 'utf8'),
  mode: '0755',
}));

/** Returns a command that runs a script in all namespaces of the guest's first process. */
export const onHost = (script: string, ...words: string[]) => [
  ...['nsenter', '-t', '1', '-m', '-u', '-i', '-n', '--'],
  ...['sh', `/etc/probe/${script}`, ...words],
];

/** Builds a system from the base set, for amd64 unless the YAML has one platform. Its YAML is written as JSON. */
export async function buildSystem(
  root: string,
  name: string,
  yaml: object & { readonly platforms?: readonly string[] },
  settings: Settings = {},
  options: { readonly root?: 'erofs' } = {},
): Promise<KernelMedium> {
  mkdirSync(join(root, name), { recursive: true });
  const file = `${name}/linuxkit.yml`;
  writeFileSync(
    join(root, file),
    JSON.stringify({ ...yaml, outputs: [{ format: 'kernel+initrd', ...options }] }),
  );
  const [platform] = yaml.platforms ?? [];
  const os = identify(
    parseOsFile(file) as OsFile,
    name,
    ...(platform ? [{ platform, firstPlatform: platform }] : []),
  );
  const wanted = { os, formats: ['kernel+initrd'], frozen: true, lockCommand: '' };
  await build(openEnvironment(root, settings), wanted, () => undefined);
  return mediumOf('kernel+initrd', join(root, 'dist', name, 'kernel+initrd', name)) as KernelMedium;
}

/** Returns the texts of all lines `probe NAME: text` of a console. */
export function saidOf(console: string, name: string): string[] {
  return [...console.matchAll(/^probe ([^:]+): ?(.*)$/gm)].flatMap(([, said, text]) =>
    said === name ? [text.trim()] : [],
  );
}

const file = process.env.CONSOLE_LOG;

/** With CONSOLE_LOG=file the console goes to a file while the guest runs. */
export const watched = file ? { onLine: (line: string) => appendFileSync(file, `${line}\n`) } : {};
