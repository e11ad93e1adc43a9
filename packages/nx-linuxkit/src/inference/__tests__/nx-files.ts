import { join } from 'node:path';

interface Native {
  WorkspaceContext: new (root: string, cache: string) => { glob(globs: string[]): string[] };
  expandFilesInput(root: string, globs: string[]): string[];
  expandOutputs(root: string, entries: string[]): string[];
}

/** The code by which Nx itself finds the files of a workspace: the oracle of what it watches. */
export function nxFiles(root: string) {
  const { WorkspaceContext, expandFilesInput, expandOutputs } = jest.requireActual<Native>('nx/src/native');
  const context = new WorkspaceContext(root, join(root, '.nx/workspace-data'));
  return {
    /** The files that Nx hashes for an input. */
    glob: (glob: string) => context.glob([glob]),
    /** The same for an input with `includeIgnored`. */
    onDisk: (glob: string) => expandFilesInput(root, [glob]),
    /** What Nx stores for an output. */
    outputs: (glob: string) => expandOutputs(root, [glob]),
  };
}
