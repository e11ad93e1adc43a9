import { SECTIONS, containerConfigs, expandReference, idMap } from '@nx-linuxkit/spec';
import type { OciImage } from '../layers/oci-image.js';
import type { OsPlan } from '../plan/os-plan.js';
import { sharedRoot } from '../plan/shared-root.js';
import { PRIVILEGES, checkPrivileges, type PrivilegedImage } from '../plan/privileges.js';
import { hasSecretEnv } from '../plan/secrets.js';
import { readSealed } from '../seal.js';
import type { Stage } from '../stage.js';
import { labelOf } from './label.js';
import { privilegesOf } from './privileges.js';

/** What the configs of a system's containers are made of. */
export interface OciConfigInput {
  readonly plan: OsPlan;
  /** Every image of the system by its node's id, in the order of `plan.images`. */
  readonly images: ReadonlyMap<string, OciImage>;
}

/** One container's folder, beside the files of its image. */
export interface Bundle {
  /** `containers/services/nginx`. */
  readonly path: string;
  /** LinuxKit's word for the place: `services[0]`. */
  readonly location: string;
  /** The reference as LinuxKit expands it. */
  readonly reference: string;
  readonly readonly: boolean;
  /** Text of config.json. */
  readonly config: string;
  /** Text of runtime.json. */
  readonly runtime: string;
}

/** The bundles of a system, section by section in LinuxKit's order. */
export type Bundles = readonly Bundle[];

const BUNDLES = 'bundles.json';

/** Makes config.json and runtime.json of each container from its stanza, its image's label and its image's config. */
export const ociConfig: Stage<OciConfigInput, object, Bundles> = {
  name: 'oci-config',
  subject: ({ plan }) => plan.name,
  folder: ({ plan }) => `${plan.nodes}/oci-config/oci-config`,
  key: ({ plan, images }) => [plan.keys['oci-config'], [...images].map(([id, { digest }]) => [id, digest])],

  isSecret: ({ plan }) => hasSecretEnv(plan.os),

  async open(_input, { folder, seal }) {
    const [text, privileged] = await Promise.all(
      [BUNDLES, PRIVILEGES].map((name) => readSealed(folder, seal, name)),
    );
    return text && privileged && (JSON.parse(text.toString('utf8')) as Bundles);
  },

  async make(input, out) {
    const bundles = bundlesOf(input);
    const privileged = privilegedImages(input);
    checkPrivileges(privileged, input.plan.file, input.plan.settings);
    await out.write(PRIVILEGES, `${JSON.stringify(privileged, null, 1)}\n`);
    await out.write(BUNDLES, `${JSON.stringify(bundles, null, 1)}\n`);
    return {
      facts: {},
      result: () => bundles,
      summary: `${input.plan.name}: ${bundles.length} containers`,
    };
  },
};

function bundlesOf({ plan, images }: OciConfigInput): Bundles {
  const { os } = plan;
  const ids = idMap(os);
  /** Where an image that several containers share has its root: at the first of them. */
  const roots = new Map<string, string>();
  return SECTIONS.flatMap((section) =>
    os[section].map((container, index): Bundle => {
      const { config } = images.get(plan.imageOf(container.image).id) as OciImage;
      const shared = sharedRoot(os, section, plan.targetOf(container.image));
      const bundle = containerConfigs(container, config.document.config, {
        ids,
        volumes: os.volumes,
        section,
        index,
        rootfsAt: roots.get(shared),
        where: os.where([section, index, 'image']),
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
}

/** The images whose labels ask for control over the machine, in the order of the YAML. */
function privilegedImages({ plan, images }: OciConfigInput): PrivilegedImage[] {
  const found = new Map<string, { locations: string[]; asks: Set<string> }>();
  for (const section of SECTIONS) {
    plan.os[section].forEach((container, index) => {
      const { config } = images.get(plan.imageOf(container.image).id) as OciImage;
      const asks = privilegesOf(container, labelOf(config, container.image));
      if (asks.length === 0) return;
      const known = found.get(container.image) ?? { locations: [], asks: new Set() };
      known.locations.push(`${section}[${index}]`);
      asks.forEach((ask) => known.asks.add(ask));
      found.set(container.image, known);
    });
  }
  return [...found].map(([image, { locations, asks }]) => ({ image, locations, asks: [...asks] }));
}
