import { formatTargetName, targetName } from '@nx-linuxkit/stages/plan';
import { systemNames, type Workspace } from './rename-nodes.js';

/** The stages whose targets have other names since 0.2, all on internal nodes. */
const STAGES = ['pull', 'extract', 'image', 'verify'] as const;

/** Replaces the names that targets had in 0.1 where they stand beside a node, which has its new name already. */
export function renameTargets(text: string, { systems }: Pick<Workspace, 'systems'>): string {
  const system = systemNames(systems);
  const internal = `(?:(?:oci|pkg|base)@[\\w@.-]+|${system}@verify)`;
  const renamed = STAGES.reduce((all, stage) => beside(all, internal, stage, targetName(stage, {})), text);
  return beside(renamed, system, 'docker', formatTargetName('docker', {}));
}

/** Renames a target in `nx <target> <node>` and `<node>:<target>`. JSON has a backslash before a quotation mark. */
function beside(text: string, node: string, target: string, name: string): string {
  return text
    .replace(new RegExp(`(\\bnx\\s+)${target}(?=\\s+\\\\?["']?${node}(?![\\w/@-]))`, 'g'), `$1${name}`)
    .replace(new RegExp(`(?<![\\w/.@-])(${node}):${target}(?![\\w/@-])`, 'g'), `$1:${name}`);
}
