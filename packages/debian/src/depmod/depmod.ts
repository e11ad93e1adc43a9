import type { Tree } from '@nx-linuxkit/tree';
import { moduleName, readModule } from './module.js';
import type { ModuleInfo } from './module.js';

/** A module, with its path below `lib/modules/<release>`. */
interface Found extends ModuleInfo {
  readonly path: string;
}

/**
 * Returns the text files that depmod(8) would write for each `lib/modules/<release>` of a tree, by their paths.
 * busybox's modprobe reads `modules.dep` and `modules.alias`; kmod's modprobe reads only binary forms, which are not
 * made. `modules.builtin*` and `modules.order` come with the kernel and stay as they are.
 *
 * Throws `bad-format` for a file `*.ko` or `*.ko.xz` that is not a 64-bit kernel module.
 */
export async function depmod(tree: Tree): Promise<Map<string, string>> {
  const releases = new Map<string, Found[]>();
  for (const { path, inode } of tree.entries()) {
    const match = /^((?:usr\/)?lib\/modules\/[^/]+)\/(.+)$/.exec(path);
    if (!match || inode.type !== 'file' || moduleName(path) === undefined) continue;
    const found = { ...(await readModule(path, inode.content)), path: match[2] };
    releases.set(match[1], [...(releases.get(match[1]) ?? []), found]);
  }
  const files = new Map<string, string>();
  for (const [folder, modules] of releases) {
    for (const [name, text] of indexes(modules)) files.set(`${folder}/${name}`, text);
  }
  return files;
}

function indexes(modules: readonly Found[]): [string, string][] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const lines = (each: (module: Found) => string[], header: string): string =>
    [header, ...modules.flatMap(each)].map((line) => `${line}\n`).join('');
  return [
    [
      'modules.dep',
      modules
        .map(
          (module) =>
            `${module.path}:${dependencies(module, byName)
              .map((d) => ` ${d.path}`)
              .join('')}\n`,
        )
        .join(''),
    ],
    [
      'modules.alias',
      lines(
        (m) => m.aliases.map((alias) => `alias ${alias} ${m.name}`),
        '# Aliases extracted from modules themselves.',
      ),
    ],
    [
      'modules.symbols',
      lines(
        (m) => m.symbols.map((symbol) => `alias symbol:${symbol} ${m.name}`),
        '# Aliases for symbols, used by symbol_request().',
      ),
    ],
    [
      'modules.softdep',
      lines(
        (m) => m.softdeps.map((softdep) => `softdep ${m.name} ${softdep}`),
        '# Soft dependencies extracted from modules themselves.',
      ),
    ],
    ['modules.devname', lines(deviceNodes, '# Device nodes to trigger on-demand module loading.')],
  ];
}

/** Lists all modules that must be loaded before a module, in the reverse order of loading. */
function dependencies(module: Found, byName: ReadonlyMap<string, Found>): Found[] {
  const order: Found[] = [];
  const visited = new Set([module.name]);
  const visit = ({ depends }: Found): void => {
    for (const name of depends) {
      const found = byName.get(name);
      if (!found || visited.has(name)) continue;
      visited.add(name);
      visit(found);
      order.push(found);
    }
  };
  visit(module);
  return order.reverse();
}

/** Makes the line of a module with aliases such as `devname:x` and `char-major-10-229`, which has a device node. */
function deviceNodes({ name, aliases }: Found): string[] {
  const device = aliases.find((alias) => alias.startsWith('devname:'))?.slice('devname:'.length);
  const number = aliases
    .map((alias) => /^(char|block)-major-(\d+)-(\d+)$/.exec(alias))
    .find((match) => match !== null);
  return device && number ? [`${name} ${device} ${number[1][0]}${number[2]}:${number[3]}`] : [];
}
