import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import {
  StageError,
  formatTargetName,
  readPlan,
  wholeIdentity,
  type Settings,
  type ShortIdentity,
} from '@nx-linuxkit/stages/plan';

/** The files of a system's formats, relative to the workspace. Throws StageError `missing-file` for one not made. */
export function formatFiles(
  workspaceRoot: string,
  short: ShortIdentity,
  settings: Settings,
  formats?: readonly string[],
): string[] {
  const os = wholeIdentity(short);
  const wanted = formats ?? readPlan(workspaceRoot, os.file, settings, os.before).outputs;
  return wanted.flatMap((format) => {
    const folder = posix.join(os.dist, format);
    const command = `nx ${formatTargetName(format, settings)} ${os.name}`;
    return filesIn(join(workspaceRoot, folder), format, os.name, command).map((name) =>
      posix.join(folder, name),
    );
  });
}

/** A bundle of an earlier run, or one that a killed run has begun. */
const BUNDLE = /\.sigstore\.json(\.\d+\.tmp)?$/;

function filesIn(folder: string, format: string, osName: string, command: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !BUNDLE.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch {
    names = [];
  }
  if (names.length > 0) return names;
  throw new StageError('missing-file', `the format ${format} of ${osName} is not there to be signed`, {
    hint: `Run \`${command}\` first.`,
  });
}
