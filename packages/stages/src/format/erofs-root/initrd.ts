import { imageContent, makeImage, type Extent, type Image } from '@nx-linuxkit/disk';
import {
  CPIO_HEADER_SIZE,
  bytesContent,
  cpioMembers,
  encodeMember,
  encodeTrailer,
  writeMembers,
  type Content,
} from '@nx-linuxkit/tree';
import { aligned } from '../../archive/alignment.js';
import type { Context } from '../../context.js';
import { StageError } from '../../error.js';
import { generatedFile } from '../../generated-inode.js';
import { driverModules } from '../root-loader/kernel-modules.js';
import { loaderTree } from '../root-loader/loader-tree.js';
import type { System } from '../system.js';
import { erofsRoot } from './root-image.js';

/** What mounts the root, in the order in which Linux loads it: a file as a disk, the root, and what takes writes to it. */
const DRIVERS = ['loop', 'erofs', 'overlay'];
/** The file that the loader mounts. */
const ROOT = 'root.erofs';
/** A file of zeros before it, so that the root begins at a whole block of the initrd. */
const PADDING = 'padding';
const BLOCK = 4096;

/** The same system with an initrd out of which Linux mounts the root. */
export function withErofsRoot(system: System, context: Pick<Context, 'store' | 'file'>): System {
  return { ...system, initrd: () => erofsInitrd(system, context) };
}

/**
 * The initrd of a system whose root Linux does not unpack: microcode, then one uncompressed archive with a small loader and the
 * root as a compressed erofs, which the loader mounts where it lies.
 */
async function erofsInitrd(
  system: Pick<System, 'rootTree' | 'kernel' | 'hasKernel' | 'loader' | 'log' | 'format' | 'name'>,
  context: Pick<Context, 'store' | 'file'>,
): Promise<Content> {
  const root = await system.rootTree();
  const { modules, missing } = await driverModules(root, DRIVERS);
  if (missing.length > 0) throw withoutDrivers(missing);
  const ucode = system.hasKernel ? (await system.kernel()).ucode : undefined;
  const loader = await collected(
    writeMembers(cpioMembers(await loaderTree(system, 'rootfs-loader', modules))),
  );
  return imageContent(placed(ucode, loader, await erofsRoot(root, system, context)));
}

/** Puts one behind the other: microcode, the loader, a file of zeros, the root, and the end of the archive. */
function placed(ucode: Content | undefined, loader: Buffer, root: Image): Image {
  const start = ucode ? aligned(ucode.size) : 0;
  const name = memberHeader(ROOT, imageContent(root));
  const head = start + loader.length + headerSize(PADDING) + name.length;
  const padding = bytesContent(Buffer.alloc((BLOCK - (head % BLOCK)) % BLOCK));
  const paddingMember = [memberHeader(PADDING, padding), Buffer.alloc(padding.size)];
  const front = Buffer.concat([loader, ...paddingMember, name]);
  const rootStart = start + front.length;
  const trailer = encodeTrailer();
  const extents: Extent[] = [
    ...(ucode ? [{ offset: 0, content: ucode }] : []),
    { offset: start, content: bytesContent(front) },
    ...root.extents.map(({ offset, content }) => ({ offset: rootStart + offset, content })),
    { offset: rootStart + root.size, content: bytesContent(trailer) },
  ];
  return makeImage(rootStart + root.size + trailer.length, extents);
}

/** Bytes of a member's header and name. */
function headerSize(name: string): number {
  return aligned(CPIO_HEADER_SIZE + name.length + 1);
}

function memberHeader(path: string, content: Content): Buffer {
  return encodeMember({ path, inode: generatedFile(content), content });
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

function withoutDrivers(missing: readonly string[]): StageError {
  return new StageError(
    'unsupported',
    `the kernel has no ${missing.join(', no ')}, which \`root: erofs\` needs`,
    { hint: 'Take a kernel that has it, such as images/kernel, or leave out `root: erofs`.' },
  );
}
