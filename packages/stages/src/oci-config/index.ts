import { SECTIONS, containerConfigs, expandReference, idMap } from '@nx-linuxkit/spec';
import type { Log } from '../environment.js';
import { duration } from '../format-quantity.js';
import { readSeal, readSealed, writeOutput } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import { mapReference } from '../plan/settings.js';
import { stageVersion } from '../version.js';
import { runtimeConfig } from './label.js';

/** One container's folder, beside the files of its image. */
export interface Bundle {
  /** `containers/services/nginx`. */
  readonly path: string;
  /** LinuxKit's word for the place: `services[0]`. */
  readonly location: string;
  /** The reference as LinuxKit expands it. */
  readonly reference: string;
  readonly readonly: boolean;
  readonly config: string;
  readonly runtime: string;
}

export type Bundles = readonly Bundle[];

const FILE = 'bundles.json';

/** Makes config.json and runtime.json of each container from its stanza, its image's label and config. */
export async function ociConfig(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<Bundles> {
  const folder = pipeline.path(plan.nodes, 'oci-config/oci-config');
  const facts = new Map(
    await Promise.all(
      plan.images.map(async (image) => [image.id, await pipeline.facts(image, log)] as const),
    ),
  );
  const digests = [...facts].map(([id, { manifestDigest }]) => [id, manifestDigest]);
  const key = keyOf([stageVersion('oci-config'), plan.keys.ociConfig, digests]);
  const seal = await readSeal(folder, key);
  const known = seal && (await readSealed(folder, seal, FILE));
  if (known) return JSON.parse(known.toString('utf8')) as Bundles;

  const started = performance.now();
  const ids = idMap(plan.os);
  const roots = new Map<string, string>();
  const bundles = SECTIONS.flatMap((section) =>
    plan.os[section].map((container, index): Bundle => {
      const { config } = facts.get(plan.imageOf(container.image).id) as NonNullable<
        ReturnType<typeof facts.get>
      >;
      const shared = expandReference(mapReference(container.image, plan.settings.images));
      const bundle = containerConfigs(container, runtimeConfig(config), {
        ids,
        volumes: plan.os.volumes,
        section,
        index,
        rootfsAt: roots.get(shared),
        where: plan.os.where([section, index, 'image']),
      });
      if (!roots.has(shared)) roots.set(shared, bundle.root);
      return {
        path: bundle.path,
        location: `${section}[${index}]`,
        reference: expandReference(container.image),
        readonly: bundle.readonly,
        config: bundle.config,
        runtime: bundle.runtime,
      };
    }),
  );
  await writeOutput(folder, key, async (out) => {
    await out.write(FILE, `${JSON.stringify(bundles, null, 1)}\n`);
    return {};
  });
  log(`oci-config ${plan.name}: ${bundles.length} containers, ${duration(started)}`);
  return bundles;
}
