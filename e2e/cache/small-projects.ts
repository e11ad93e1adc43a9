import { IN_PROCESS, Workspace } from '../workspace/workspace.js';
import type { CachedRun } from './cached-nx.js';

/** Projects of a workspace without systems: faults of a cache are the same for every task. */
export const PROJECTS = ['one', 'two', 'three'];
export const NX_ARGS = ['run-many', '-t', 'make', '--parallel=3'];
/** Bytes of each output. */
const SIZE = 300_000;

/** Projects that take a part of a second, and write 300 kB that do not compress: the same for the same text. */
const files = Object.fromEntries(
  PROJECTS.flatMap((name) => [
    [
      `${name}/project.json`,
      JSON.stringify({
        name,
        targets: {
          make: {
            executor: 'nx:run-commands',
            cache: true,
            inputs: ['{projectRoot}/**/*'],
            outputs: ['{workspaceRoot}/out/{projectName}'],
            options: { command: `node make.mjs ${name}` },
          },
        },
      }),
    ],
    [`${name}/text`, name],
  ]),
);
const MAKE = `import { createCipheriv } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const name = process.argv[2];
const key = Buffer.alloc(32, readFileSync(name + '/text'));
mkdirSync('out/' + name, { recursive: true });
await new Promise((resolve) => setTimeout(resolve, 400));
writeFileSync('out/' + name + '/file', createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(300_000)));
`;

/** A workspace whose tasks write these files. */
export function smallProjects(): Promise<Workspace> {
  return Workspace.create({
    files: { ...files, 'make.mjs': MAKE },
    nxJson: { plugins: [] },
    env: IN_PROCESS,
  });
}

/** Removes what tasks have made, as on a machine that has nothing. */
export function forgetAll(workspace: Workspace): void {
  workspace.emptyAll();
  workspace.remove('out');
}

/** The build is green, and every output is there. */
export function expectBuilt(
  workspace: Workspace,
  { code, output }: Pick<CachedRun, 'code' | 'output'>,
): void {
  expect({ code, output }).toEqual({ code: 0, output });
  for (const name of PROJECTS) expect(workspace.bytes(`out/${name}/file`).length).toBe(SIZE);
}
