import { withoutUser } from '@nx-linuxkit/oci/http';
import { joinPath } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import { Copier, type Destination } from './copier.js';
import { failing, type CopyInput } from './copy-input.js';
import { download } from './download.js';
import { filterOf } from './filter.js';
import { BadPattern, isPattern, literalFolder, matchPaths } from './glob.js';
import type { LayerTree } from './layer-tree.js';
import { findOwner, type Owner } from './owner.js';
import { addedUrl, type AddedUrl } from './url.js';

/** Applies COPY or ADD to the tree of a stage. Throws DockerfileError at the line of the instruction. */
export async function copyInto(target: LayerTree, input: CopyInput): Promise<void> {
  const { step, dockerfile } = input;
  const owner = await ownerOf(target, input);
  const copier = new Copier(target, input, owner);
  if (step.parents) return copyParents(copier, input);
  const urls = step.sources.flatMap((text) => addedUrl(text, input) ?? []);
  const paths = step.sources.flatMap((text) => (addedUrl(text, input) ? [] : pathsOf(text, input)));
  const to = destinationOf(target, input, paths.length + urls.length + step.texts.length);
  const filter = filterOf(dockerfile, step);
  for (const path of paths) await copier.copy(path, to, filter);
  for (const url of urls) await addUrl(copier, url, to, input);
  for (const { name, text } of step.texts) copier.write(name, text, to);
}

/** Copies with the folders above each source, or with those after `/./` in it. */
function copyParents(copier: Copier, input: CopyInput): void {
  const { step, dockerfile } = input;
  for (const text of step.sources) {
    const [above, ...rest] = text.split('/./');
    const [folder, pattern] = rest.length > 0 ? [above, rest.join('/./')] : ['', text];
    const wanted = pattern.split('/').reduce(joinPart, '');
    if (!isPattern(folder) && !isPattern(wanted)) pathsOf(joinPath(folder, wanted), input);
    const filter = filterOf(dockerfile, step, wanted);
    for (const root of pathsOf(folder, input)) copier.copyParents(root, step.destination, filter);
  }
  for (const { name, text } of step.texts) {
    copier.write(name, text, { path: step.destination, isFolder: true });
  }
}

/** Adds a part of a path; `..` takes one away. */
function joinPart(path: string, part: string): string {
  if (part === '' || part === '.') return path;
  return part === '..' ? path.slice(0, Math.max(0, path.lastIndexOf('/'))) : joinPath(path, part);
}

/** The paths that a source names. A pattern may match nothing, as long as the folder that it looks into is there. */
function pathsOf(pattern: string, input: CopyInput): string[] {
  const { step, source } = input;
  const fail = failing(input);
  try {
    const paths = matchPaths(source, pattern);
    const folder = literalFolder(pattern);
    if (paths.length > 0 || (folder !== undefined && matchPaths(source, folder).length > 0)) return paths;
  } catch (error) {
    throw error instanceof BadPattern ? fail('bad-dockerfile', `${pattern}: ${error.message}`) : error;
  }
  const where = step.from ? 'the image or stage that --from names' : 'the build context';
  throw fail(
    'missing-file',
    `${pattern} is not in ${where}`,
    step.from ? undefined : 'Look at the path, and at .dockerignore.',
  );
}

function destinationOf(target: LayerTree, input: CopyInput, count: number): Destination {
  const { destination: path } = input.step;
  const isFolder = path.endsWith('/') || target.folderAt(path) !== undefined;
  if (count <= 1 || isFolder) return { path, isFolder };
  throw failing(input)(
    'bad-dockerfile',
    `with more than one source the destination must be a folder: expected ${path}/`,
  );
}

async function addUrl(
  copier: Copier,
  { url, name, checksum }: AddedUrl,
  to: Destination,
  input: CopyInput,
): Promise<void> {
  const fail = failing(input);
  if (to.isFolder && name === undefined) {
    throw fail(
      'bad-dockerfile',
      `${withoutUser(url.href)} has no name for a file: write the destination as a file, without a slash at its end`,
    );
  }
  try {
    const bytes = await download(url, checksum, input.http ?? {}, input.keep);
    await copier.add(name ?? '', bytes, to);
  } catch (error) {
    if (!(error instanceof DockerfileError) || error.where) throw error;
    throw fail(error.code, error.message, error.hint);
  }
}

async function ownerOf(target: LayerTree, input: CopyInput): Promise<Owner | undefined> {
  const { owner: text } = input.step;
  if (text === undefined) return undefined;
  const owner = await findOwner(text, (path) => target.follow(path));
  if (owner) return owner;
  throw failing(input)(
    'missing-file',
    `--chown=${text}: the image has no such user or group`,
    'Use numbers, as in --chown=1000:1000.',
  );
}
