import type { BootContainer, BootStep } from '@nx-linuxkit/inspect';
import { SECTIONS, expandCapabilities } from '@nx-linuxkit/spec';
import type { OciImage } from '../layers/oci-image.js';
import type { Bundle, Bundles } from '../oci-config/index.js';
import type { OsPlan } from '../plan/os-plan.js';

/** What of an OCI config this module reads. */
interface OciConfig {
  readonly process?: { readonly capabilities?: { readonly bounding?: readonly string[] } };
  readonly mounts?: readonly {
    readonly type?: string;
    readonly source?: string;
    readonly destination: string;
    readonly options?: readonly string[];
  }[];
  readonly linux?: { readonly namespaces?: readonly { readonly type: string; readonly path?: string }[] };
}

/** The namespaces of the machine that let a container reach others. It shares `ipc` and `uts` unless the YAML says otherwise. */
const NAMESPACES = ['network', 'pid'];

/** What a boot starts, in its order: the kernel, the images of `init`, and the containers of each section. */
export function bootSteps(plan: OsPlan, images: ReadonlyMap<string, OciImage>, bundles: Bundles): BootStep[] {
  const { os } = plan;
  const roots = [
    ...(os.kernel ? [['kernel', os.kernel.image]] : []),
    ...os.init.map((image) => ['init', image]),
  ];
  const containers = SECTIONS.flatMap((section) =>
    os[section].map(({ name, image }, i): BootStep => {
      const bundle = bundles.find(({ location }) => location === `${section}[${i}]`) as Bundle;
      const { config } = images.get(plan.imageOf(image).id) as OciImage;
      return { section, name, image, container: containerOf(bundle, config.document.config) };
    }),
  );
  // A machine runs `onshutdown` last, whatever its place among the sections is.
  const last = containers.filter(({ section }) => section === 'onshutdown');
  return [
    ...roots.map(([section, image]) => ({ section, name: image, image })),
    ...containers.filter((step) => !last.includes(step)),
    ...last,
  ];
}

function containerOf(bundle: Bundle, image: unknown): BootContainer {
  const { process, mounts = [], linux } = JSON.parse(bundle.config) as OciConfig;
  const own = (linux?.namespaces ?? []).filter(({ path }) => path === undefined).map(({ type }) => type);
  return {
    capabilities: shortList(process?.capabilities?.bounding ?? []),
    binds: mounts.flatMap(({ type, source, destination, options = [] }) => {
      const isBind = type === 'bind' || options.some((option) => /^r?bind$/.test(option));
      return isBind ? [`${source}:${destination}${options.includes('ro') ? ':ro' : ''}`] : [];
    }),
    ports: exposed(image),
    shares: NAMESPACES.filter((type) => !own.includes(type)),
    readonly: bundle.readonly,
  };
}

function shortList(capabilities: readonly string[]): readonly string[] {
  return capabilities.length >= expandCapabilities(['all']).length ? ['all'] : capabilities;
}

/** `80/tcp` out of the config of an image, in the order of the ports. */
function exposed(config: unknown): string[] {
  const ports = (config as { readonly ExposedPorts?: unknown } | undefined)?.ExposedPorts;
  if (typeof ports !== 'object' || ports === null) return [];
  return Object.keys(ports).sort((a, b) => parseInt(a, 10) - parseInt(b, 10) || (a < b ? -1 : 1));
}
