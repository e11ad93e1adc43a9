import type { ImageNode, PackageImage } from '../../plan/image-node.js';
import type { OsPlan } from '../../plan/os-plan.js';
import type { Field } from './field.js';
import { loadersIn } from './loaders.js';
import { CONFIG, bringing, reads, segmentOf, taskId } from './tasks.js';

/** What a package is made of beside the bytes of its files: the arguments, labels and bases of one with a Dockerfile. */
export function packageFields(plan: OsPlan): Field[] {
  return packagesOf(plan).flatMap((image): Field[] => {
    const { dockerfile, records = true } = image.source;
    const at = { place: packagePlace(image), readers: packageReaders(plan, image) };
    return [
      { ...at, name: 'records', value: records },
      ...(dockerfile ? [{ ...at, name: 'arguments, names and base images', value: dockerfile.key }] : []),
    ];
  });
}

/** An image that is made of a package folder. */
export type PackageNode = ImageNode & { readonly source: PackageImage };

/** The packages of a system, and those of loaders that its formats need. */
export function packagesOf(plan: OsPlan): PackageNode[] {
  const images = [...plan.images, ...loadersIn(plan).map(({ image }) => image)];
  return images.filter((image): image is PackageNode => image.source.kind === 'package');
}

/** Where a package stands among the fields. */
export function packagePlace({ source: { folder, file } }: PackageNode): string {
  return `package ${file === undefined ? folder : `${folder}/${file}`}`;
}

/** The tasks that read the files of a package. */
export function packageReaders(plan: OsPlan, image: PackageNode): string[] {
  const nodes = plan.segments.filter((segment) => segment.image.id === image.id);
  const inSystem = plan.images.some(({ id }) => id === image.id);
  const formats = loadersIn(plan).filter((loader) => loader.image.id === image.id);
  return [
    ...bringing(image),
    ...nodes.flatMap(segmentOf),
    ...(inSystem
      ? [...reads(plan, 'sbom'), ...CONFIG]
      : formats.map(({ format }) => taskId('format', format))),
  ];
}
