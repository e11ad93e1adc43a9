import {
  logger,
  readNxJson,
  updateNxJson,
  visitNotIgnoredFiles,
  type NxJsonConfiguration,
  type Tree,
} from '@nx/devkit';
import { PLUGIN, registersPlugin, type PluginOptions } from '../../options.js';

const LOCK = 'linuxkit.lock.json';
/** Hosts that 0.1 also asked over plain HTTP, beside loopback: the addresses of RFC 1918, and names under `local`. */
const HOST =
  '(?:10\\.\\d+\\.\\d+\\.\\d+|192\\.168\\.\\d+\\.\\d+|172\\.(?:1[6-9]|2\\d|3[01])\\.\\d+\\.\\d+|[a-z0-9.-]+\\.local)(?::\\d+)?';
const PRIVATE = new RegExp(`^${HOST}$`, 'i');
const OS_FILE = /(?:^|[/.])linuxkit\.ya?ml$/;
/** A reference in a YAML: behind `image:` or in a list. A letter follows the slash, as in no range of addresses. */
const IN_YAML = new RegExp(`(?:\\bimage:\\s*|-\\s+|[[,]\\s*)["']?(${HOST})/[a-z]`, 'gi');

/**
 * Adds the registries on private addresses and under `*.local` that locks, OS files and the plugin's options name to the
 * option `insecure`, so that one of plain HTTP still works. HTTPS is tried first, as before.
 */
export default function allowPrivateRegistries(tree: Tree): void {
  const nxJson = readNxJson(tree);
  const at = nxJson?.plugins?.findIndex(registersPlugin) ?? -1;
  if (!nxJson || at === -1) return;
  const known = optionsAt(nxJson, at);
  const found = privateRegistries(tree, known).filter((host) => !known.insecure?.includes(host));
  if (found.length === 0) return;
  const options = { ...known, insecure: [...(known.insecure ?? []), ...found] };
  nxJson.plugins![at] = { ...entryAt(nxJson, at), options };
  updateNxJson(tree, nxJson);
  logger.info(
    `nx.json now lists ${found.join(', ')} under "insecure": remove the registries that speak TLS from that list.`,
  );
}

/** Lists the private registries of a workspace, each once, sorted. */
function privateRegistries(tree: Tree, { images = {}, loaders = {} }: PluginOptions): string[] {
  const hosts = new Set<string>();
  const add = (reference: string) => {
    const host = reference.split('/')[0];
    if (reference.includes('/') && PRIVATE.test(host)) hosts.add(host);
  };
  [...Object.values(images), ...Object.values(loaders)].forEach(add);
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (path.endsWith(LOCK)) referencesOf(tree.read(path, 'utf8') ?? '').forEach(add);
    if (!OS_FILE.test(path)) return;
    for (const [, host] of (tree.read(path, 'utf8') ?? '').matchAll(IN_YAML)) hosts.add(host);
  });
  return [...hosts].sort();
}

/** Reads the references of a lock. A lock that cannot be read has none: `nx lock` reports it. */
function referencesOf(text: string): string[] {
  try {
    return Object.keys((JSON.parse(text) as { images?: object }).images ?? {});
  } catch {
    return [];
  }
}

function entryAt({ plugins = [] }: NxJsonConfiguration, at: number) {
  const entry = plugins[at];
  return typeof entry === 'string' ? { plugin: PLUGIN } : entry;
}

function optionsAt(nxJson: NxJsonConfiguration, at: number): PluginOptions {
  const entry = nxJson.plugins?.[at];
  return (typeof entry === 'object' && (entry.options as PluginOptions)) || {};
}
