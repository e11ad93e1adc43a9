import { readContent, type Tree } from '@nx-linuxkit/tree';
import { compareFiles } from '../diff/compare-files.js';
import type { FileChange } from '../diff/system-diff.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { LiveSystem } from './live-system.js';

/** What a change of a system's files asks of the guest that runs it. */
export type SystemChange =
  | { readonly kind: 'none' }
  /** The services that stop and start, and the paths that differ. */
  | { readonly kind: 'services'; readonly services: readonly string[]; readonly files: readonly FileChange[] }
  /** Why no service alone can be replaced. */
  | { readonly kind: 'reboot'; readonly reason: string };

/** Bytes that are sent into a running guest; a boot brings more than that sooner. */
const LARGEST_UPDATE = 64 << 20;

const SERVICE = /^containers\/services\/([^/]+)(?:\/|$)/;
const BUNDLE = /^(containers\/[^/]+\/[^/]+)\/runtime\.json$/;

/** Compares the system that a guest runs with what its files are now. */
export async function compareSystems(
  before: Pick<LiveSystem, 'plan' | 'root'>,
  after: Pick<LiveSystem, 'plan' | 'root'>,
): Promise<SystemChange> {
  const kernel = kernelChange(before.plan, after.plan);
  if (kernel !== undefined) return { kind: 'reboot', reason: kernel };
  const files = (await compareFiles(before.root, after.root)).filter(
    // The list of what is in the system is of no use to what runs in it.
    ({ path }) => path !== after.plan.sbom?.path,
  );
  if (files.length === 0) return { kind: 'none' };
  const elsewhere = files.find(({ path }) => !SERVICE.test(path));
  if (elsewhere) return { kind: 'reboot', reason: `${elsewhere.path} is of no service` };
  return servicesOf(files, before.root, after.root);
}

/** The key of `kernel` that differs. */
function kernelChange(before: OsPlan, after: OsPlan): string | undefined {
  const [old, now] = [before, after].map(({ os: { kernel }, settings, segments }) => ({
    ...kernel,
    digest: segments.find(({ plan: { section } }) => section === 'kernel')?.image.id,
    decompressKernel: settings.decompressKernel,
  }));
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const valueOf = (kernel: object, name: string) => keyOf((kernel as Record<string, unknown>)[name] ?? null);
  const name = names.find((one) => valueOf(old, one) !== valueOf(now, one));
  return name === undefined ? undefined : `kernel: ${name} has changed`;
}

async function servicesOf(files: readonly FileChange[], before: Tree, after: Tree): Promise<SystemChange> {
  const changed = new Set(files.map(({ path }) => (SERVICE.exec(path) as RegExpExecArray)[1]));
  const services = new Set(changed);
  for (const name of changed) {
    const bundle = `containers/services/${name}`;
    if (!before.get(`${bundle}/config.json`)) return reboot(`the service ${name} is new`);
    if (!after.get(`${bundle}/config.json`)) return reboot(`the service ${name} is gone`);
    for (const user of await usersOf(bundle, after)) {
      const [, service] = SERVICE.exec(user) ?? [];
      if (service === undefined) return reboot(`${user} has the image of the service ${name}`);
      services.add(service);
    }
  }
  const inode = (path: string) => after.get(path);
  const special = files.find(({ path }) => inode(path)?.xattrs?.size);
  if (special) return reboot(`${special.path} has extended attributes`);
  const size = files.reduce((sum, { path }) => sum + (inode(path)?.content?.size ?? 0), 0);
  if (size > LARGEST_UPDATE) return reboot(`${size} bytes have changed`);
  return { kind: 'services', services: [...services].sort(), files };
}

/** The other containers whose roots lie in the folder of a service, because they have the same image. */
async function usersOf(bundle: string, root: Tree): Promise<string[]> {
  const users: string[] = [];
  for (const { path, inode } of root.entries()) {
    const [, other] = BUNDLE.exec(path) ?? [];
    if (other === undefined || other === bundle || !inode.content) continue;
    let text = '';
    for await (const chunk of readContent(inode.content)) text += Buffer.from(chunk).toString('utf8');
    if (text.includes(`/${bundle}/`)) users.push(other);
  }
  return users;
}

function reboot(reason: string): SystemChange {
  return { kind: 'reboot', reason };
}
