import type { Format } from '@nx-linuxkit/formats';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import { formatTargetName, targetName } from '../plan/target-names.js';

/**
 * What starts a format that QEMU does not boot: other tools, named with their files. A word in braces is the path of the file with
 * that ending.
 */
const OTHER_TOOLS: Readonly<Record<string, string>> = {
  tar: 'tar -tvf {.tar}',
  docker: 'docker build -t {name} - < {.docker}',
  'tar-kernel-initrd': 'tar -xf {-initrd.tar}',
  'ab-update': '{push} {project} --to=REGISTRY/{name} --format=ab-update --sign',
  eif: 'nitro-cli run-enclave --eif-path {.eif} --cpu-count 2 --memory 1024',
  rpi3: 'tar -xf {.tar} -C /media/SD_CARD',
};

/** The formats that clouds import, with the cloud. */
const CLOUDS: Readonly<Record<string, string>> = { aws: 'aws', gcp: 'gcp', vhd: 'azure', 'vhd-efi': 'azure' };

/** The commands that make and start a format, in their order; at least one. */
export function startCommands(
  { name, medium }: Format,
  { name: project, dist, flat, settings }: Pick<OsPlan, 'name' | 'dist' | 'flat' | 'settings'>,
): string[] {
  const push = `nx ${targetName('push-os', settings)}`;
  const boots = medium ? [`nx ${targetName('boot', settings)} ${project} --format=${name}`] : [];
  const cloud = CLOUDS[name] ? [`${push} ${project} --to=${CLOUDS[name]}`] : [];
  const other = OTHER_TOOLS[name];
  if (other === undefined) return [...boots, ...cloud];
  const folder = flat ? dist : `${dist}/${name}`;
  const words: Readonly<Record<string, string>> = { name: fileNameOf(project), project, push };
  const text = other.replace(/\{([^}]+)\}/g, (_, word: string) =>
    Object.hasOwn(words, word) ? words[word] : `${folder}/${fileNameOf(project)}${word}`,
  );
  return [`nx ${formatTargetName(name, settings)} ${project}`, text];
}
