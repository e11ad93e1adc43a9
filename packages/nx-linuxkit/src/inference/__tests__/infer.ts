import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CreateNodesContextV2, NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import type { PluginOptions } from '../../options.js';
import { createNodes } from '../create-nodes.js';

/** Digests of images, one for each reference of a lock. */
export const DIGESTS = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);

/** Files of a workspace, by path. */
export type Files = Readonly<Record<string, string>>;

/** A workspace in a temporary folder, whose projects are inferred. */
export class InferenceWorkspace {
  private readonly base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-inference-'));
  private readonly root = join(this.base, 'workspace');

  constructor() {
    mkdirSync(this.root);
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  /** Writes the files, and gives the projects that are inferred from them, by name. */
  async infer(
    files: Files,
    { options = {}, nxJson = {} }: { options?: PluginOptions; nxJson?: NxJsonConfiguration } = {},
  ): Promise<Record<string, ProjectConfiguration>> {
    this.write(files);
    const context = { workspaceRoot: this.root, nxJsonConfiguration: nxJson } as CreateNodesContextV2;
    const results = await createNodes[1](Object.keys(files), options, context);
    const projects = results.flatMap(([, { projects: found = {} }]) => Object.entries(found));
    for (const [path, project] of projects) expect(project.root).toBe(path);
    const names = projects.map(([, { name }]) => name as string);
    expect(names).toEqual([...new Set(names)]);
    return Object.fromEntries(projects.map(([, project]) => [project.name, project as ProjectConfiguration]));
  }
}

/** A workspace for each test of a file. */
export function inferenceWorkspace(): Pick<InferenceWorkspace, 'infer' | 'write' | 'path'> {
  let workspace: InferenceWorkspace;
  beforeEach(() => (workspace = new InferenceWorkspace()));
  afterEach(() => workspace.remove());
  return {
    infer: (files, given) => workspace.infer(files, given),
    write: (files) => workspace.write(files),
    path: (name) => workspace.path(name),
  };
}

/** A lock of references for one platform, each with a digest of its own. */
export function lock(references: readonly string[], platform = 'linux/amd64'): string {
  const images = Object.fromEntries(
    references.map((name, i) => [name, { [platform]: { digest: DIGESTS[i] } }]),
  );
  return JSON.stringify({ lockfileVersion: 1, images });
}

/** The YAML of a system with one init image. */
export const init = (image: string) => `init:\n  - ${image}\noutputs:\n  - format: tar\n`;

/** The YAML of a system with a kernel and a service, and its lock. */
export const OS = `kernel:
  image: kernel:1
  cmdline: console=ttyS0
services:
  - name: web
    image: registry.example/team/web:2
`;
export const OS_LOCK = lock(['kernel:1', 'registry.example/team/web:2']);

/** A locked system in `apps/my-os`. */
export const MY_OS: Files = {
  'apps/my-os/linuxkit.yml': OS,
  'apps/my-os/linuxkit.lock.json': OS_LOCK,
};
