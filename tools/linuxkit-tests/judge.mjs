// Which cases this machine cannot try, and why. A case that can be tried is judged by its own test.sh alone.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isSystem } from './copy-cases.mjs';
import { unmapped } from './images.mjs';

/** What test.sh itself says, by a pattern of its text. */
const SCRIPT_REASONS = [
  [/^# LABELS:.*\b(gcp|aws|osx|win)\b/m, 'it is for another platform'],
  [/^# LABELS:.*\bdisabled\b/m, 'LinuxKit has disabled it'],
  [/^# LABELS:.*\bskip\b/m, 'LinuxKit skips it'],
  [/^\s*exit (\$RT_CANCEL|"\$RT_CANCEL")\s*$/m, 'it cancels itself'],
  [/(^|[\s(|])docker (run|buildx|inspect|kill|rm|create)\b/m, 'it needs Docker'],
  [/-containerized\b/, 'it runs QEMU in a container'],
  [/linuxkit (push|run) gcp/, 'it needs an account at Google'],
];

/** Why a case cannot be tried, or undefined. `folder` is that of its test.sh, in the copy. */
export function reasonAgainst(folder, examples) {
  const script = scriptOf(folder);
  if (folder.includes('/010_hyperkit/')) return 'it is for macOS';
  for (const [pattern, reason] of SCRIPT_REASONS) {
    // A cancel within a condition is for machines that lack something.
    if (pattern.test(reason === 'it cancels itself' ? withoutConditions(script) : script)) return reason;
  }
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.exp'));
  if (scripts.length > 0 && !isOnPath('expect')) return 'it needs the program expect';
  const [image] = systemsOf(folder, script, examples).flatMap((path) => unmapped(readFileSync(path, 'utf8')));
  if (image)
    return `it needs ${image.replace(/^linuxkit\/(test|kmod)/, 'LinuxKit’s test image linuxkit/$1')}`;
  const base = /linuxkit pkg build/.test(script) && basesOf(folder)[0];
  return base ? `it builds on ${base}, from a registry` : undefined;
}

/** The text of test.sh, and of the scripts beside the case that it includes. */
function scriptOf(folder) {
  const own = readFileSync(join(folder, 'test.sh'), 'utf8');
  const included = [...own.matchAll(/^\. (\.\.?\/\S+)/gm)].map(([, path]) => join(folder, path));
  return [own, ...included.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'))].join(
    '\n',
  );
}

function withoutConditions(script) {
  return script.replace(/^\s*if [\s\S]*?^\s*fi\s*$/gm, '');
}

/** The YAMLs that a case builds: those in its folder, and those that its script names. */
function systemsOf(folder, script, examples) {
  const name = /^NAME=(\S+)/m.exec(script)?.[1] ?? '';
  const text = script.replaceAll('${LINUXKIT_EXAMPLES_DIR}', examples).replaceAll('${NAME}', name);
  const named = [...text.matchAll(/[\w./${}-]+\.ya?ml(\.in)?/g)].map(([path]) => resolve(folder, path));
  const own = readdirSync(folder).map((file) => join(folder, file));
  return [...new Set([...own, ...named])].filter((path) => isSystem(path) && existsSync(path)).sort();
}

/** The images that the Dockerfiles of a case and of its folders begin with. */
function basesOf(folder) {
  const folders = [folder, ...subfolders(folder)];
  const files = folders.flatMap((path) =>
    readdirSync(path)
      .filter((name) => /^Dockerfile/.test(name))
      .map((name) => join(path, name)),
  );
  return files
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/^FROM\s+(?:--\S+\s+)?(\S+)/gm)].map(([, image]) => image),
    )
    .filter((image) => image !== 'scratch' && !/^(\$|linuxkit\/(?!alpine)|@)/.test(image));
}

function subfolders(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
}

function isOnPath(program) {
  return (process.env.PATH ?? '')
    .split(':')
    .some((folder) => existsSync(join(folder || dirname('.'), program)));
}
