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
  eif: 'nitro-cli run-enclave --eif-path {.eif} --cpu-count 2 --memory 1024',
  'raw-rpi': 'dd if={-rpi.img} of=/dev/SD_CARD bs=4M conv=fsync',
  rpi3: 'tar -xf {.tar} -C /media/SD_CARD',
};

/** The formats that clouds and registries take, with the options of the push. */
const PUSHED: Readonly<Record<string, string>> = {
  aws: '--to=aws',
  gcp: '--to=gcp',
  vhd: '--to=azure',
  'vhd-efi': '--to=azure',
  'ab-update': '--to=REGISTRY/ --format=ab-update --sign',
};

/** The commands that make and start a format, in their order; at least one. */
export function startCommands(
  { name, medium }: Format,
  { name: project, dist, flat, settings }: Pick<OsPlan, 'name' | 'dist' | 'flat' | 'settings'>,
): string[] {
  const boots = medium ? [`nx ${targetName('boot', settings)} ${project} --format=${name}`] : [];
  const pushed = PUSHED[name] ? [`nx ${targetName('push-os', settings)} ${project} ${PUSHED[name]}`] : [];
  const tool = OTHER_TOOLS[name];
  if (tool === undefined) return [...boots, ...pushed];
  const file = `${flat ? dist : `${dist}/${name}`}/${fileNameOf(project)}`;
  const command = tool.replace(/\{([^}]+)\}/g, (_, word: string) =>
    word === 'name' ? fileNameOf(project) : `${file}${word}`,
  );
  return [`nx ${formatTargetName(name, settings)} ${project}`, command];
}
