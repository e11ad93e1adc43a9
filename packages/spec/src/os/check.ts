import { formatWhere } from '@nx-linuxkit/errors';
import { checkCapability, expandCapabilities } from '../container/capabilities.js';
import { parseMode, resolveDevice } from '../container/devices.js';
import { parseBind, parseTmpfs, resolveMount } from '../container/mounts.js';
import { NAMESPACE_KEYS, checkNamespace } from '../container/namespaces.js';
import { ociHugepageLimit } from '../container/resources.js';
import { parseRlimit } from '../container/rlimits.js';
import { bindVolume, mountVolume } from '../container/volumes.js';
import { SpecError } from '../error.js';
import { idMap, numericId } from '../ids.js';
import type { Container } from '../linuxkit-yml.js';
import { SECTIONS, type DocumentPath, type FileSpec, type OsSpec } from '../model.js';
import { formatPath, type Problem } from '../problem.js';
import { checkReference } from '../reference.js';
import { unknownValue } from '../schema/validate.js';
import { FOLDER_KEYS, checkFilePath, checkPattern, fileKind } from './files.js';

/** Finds what the schema cannot express and a later step would fail on, and reports it with its place. */
export function checkOs(os: OsSpec, formats?: readonly string[]): Problem[] {
  const checker = new Checker(os);
  checker.names();
  checker.references();
  checker.outputs(formats);
  for (const section of SECTIONS)
    os[section].forEach((entry, index) => checker.container(entry, [section, index]));
  os.files.forEach((file, index) => checker.file(file, ['files', index]));
  return checker.problems;
}

class Checker {
  readonly problems: Problem[] = [];
  private readonly ids: ReadonlyMap<string, number>;

  constructor(private readonly os: OsSpec) {
    this.ids = idMap(os);
  }

  names(): void {
    this.unique('services');
    this.unique('volumes');
    this.os.volumes.forEach(({ name }, index) => {
      this.check(['volumes', index, 'name'], () => {
        if (/^[a-z0-9_-]*$/.test(name)) return;
        throw new SpecError('bad-value', `a volume cannot be named "${name}"`, {
          hint: 'Use only a-z, 0-9, _ and -.',
        });
      });
    });
  }

  references(): void {
    const { kernel, init, volumes } = this.os;
    if (kernel) this.check(['kernel', 'image'], () => checkReference(kernel.image));
    init.forEach((image, index) => this.check(['init', index], () => checkReference(image)));
    volumes.forEach(({ image }, index) => {
      if (image) this.check(['volumes', index, 'image'], () => checkReference(image));
    });
  }

  outputs(formats: readonly string[] | undefined): void {
    this.os.outputs.forEach(({ format }, index) => {
      if (formats && !formats.includes(format))
        this.report(['outputs', index, 'format'], unknownValue(format, formats));
    });
    this.os.platforms.forEach((platform, index) =>
      this.check(['platforms', index], () => checkPlatform(platform)),
    );
    if (this.os.platforms.length === 0)
      this.report(['platforms'], 'expected at least one platform, got none');
  }

  container(container: Container, path: DocumentPath): void {
    const { ids } = this;
    const { volumes } = this.os;
    const list = <Key extends keyof Container, Item>(
      key: Key,
      items: readonly Item[] | undefined,
      check: (item: Item) => unknown,
    ) => items?.forEach((item, index) => this.check([...path, key, index], () => check(item)));
    const bind = (text: string) => parseBind(bindVolume(text, volumes));

    this.check([...path, 'name'], () => checkName(container.name));
    this.check([...path, 'image'], () => checkReference(container.image));
    for (const key of ['capabilities', 'capabilities.add', 'ambient'] as const) {
      const names = container[key];
      const ignored = key === 'capabilities.add' && container.capabilities;
      if (names?.length === 1 && !ignored) this.check([...path, key, 0], () => expandCapabilities(names));
      else if (!ignored) list(key, names, checkCapability);
    }
    list('binds', container.binds, bind);
    if (!container.binds) list('binds.add', container['binds.add'], bind);
    list('mounts', container.mounts, (mount) => resolveMount(mountVolume(mount, volumes)));
    list('tmpfs', container.tmpfs, parseTmpfs);
    list('devices', container.devices, resolveDevice);
    list('rlimits', container.rlimits, parseRlimit);
    for (const key of NAMESPACE_KEYS) this.check([...path, key], () => checkNamespace(container[key]));
    this.check([...path, 'uid'], () => numericId(container.uid, ids));
    this.check([...path, 'gid'], () => numericId(container.gid, ids));
    list('additionalGids', container.additionalGids, (id) => numericId(id, ids));
    container.resources?.hugepageLimits?.forEach((limit, index) =>
      this.check([...path, 'resources', 'hugepageLimits', index], () => ociHugepageLimit(limit)),
    );
  }

  file(file: FileSpec, path: DocumentPath): void {
    this.check([...path, 'path'], () => checkFilePath(file.path));
    this.check(path, () => fileKind(file));
    this.owner(file, path);
    this.folder(file, path);
  }

  private owner({ mode, uid, gid }: Pick<FileSpec, 'mode' | 'uid' | 'gid'>, path: DocumentPath): void {
    this.check([...path, 'mode'], () => mode && parseMode(mode));
    this.check([...path, 'uid'], () => numericId(uid, this.ids));
    this.check([...path, 'gid'], () => numericId(gid, this.ids));
  }

  /** The keys of a folder with its files. */
  private folder(file: FileSpec, path: DocumentPath): void {
    const patterns = (texts: readonly string[] | undefined, at: DocumentPath) =>
      texts?.forEach((text, index) => this.check([...at, index], () => checkPattern(text)));
    const unused = FOLDER_KEYS.find((key) => file[key] !== undefined);
    if (unused && !(file.directory && file.source)) {
      const hint = 'Give the entry a source that is a folder, and directory: true.';
      this.report([...path, unused], 'only a folder with its files has this key', 'bad-value', hint);
    }
    patterns(file.include, [...path, 'include']);
    patterns(file.exclude, [...path, 'exclude']);
    file.rules?.forEach((rule, index) => {
      patterns(rule.match, [...path, 'rules', index, 'match']);
      this.owner(rule, [...path, 'rules', index]);
    });
  }

  private unique(key: 'services' | 'volumes'): void {
    const seen = new Map<string, number>();
    this.os[key].forEach(({ name }, index) => {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      else this.taken([key, index, 'name'], [key, first, 'name'], name);
    });
  }

  /** An entry of an earlier file is named by its place, because its number is that of the merged list. */
  private taken(path: DocumentPath, by: DocumentPath, name: string): void {
    const other = this.os.where(by);
    const isInherited = other.file !== this.os.where(path).file;
    const place = isInherited ? `at ${formatWhere(other)}` : `by ${formatPath(by.slice(0, -1))}`;
    this.report(
      path,
      `the name "${name}" is already taken ${place}`,
      'duplicate-name',
      isInherited
        ? 'Give it another name, or write $patch: replace to take the place of that entry.'
        : undefined,
    );
  }

  private report(
    path: DocumentPath,
    message: string,
    code: Problem['code'] = 'bad-value',
    hint?: string,
  ): void {
    this.problems.push({
      code,
      message: `${formatPath(path)}: ${message}`,
      where: this.os.where(path),
      hint,
    });
  }

  private check(path: DocumentPath, run: () => unknown): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.report(path, error.message, error.code, error.hint);
    }
  }
}

/** What the kernel calls an architecture, and what images call it. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  x86: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm/v7',
};

/** Refuses what no image can be made for: every system is Linux, and images have Go's names of architectures. */
function checkPlatform(platform: string): void {
  const [, os, arch] = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/[a-z0-9.]+)?$/.exec(platform) ?? [];
  if (os === undefined)
    throw new SpecError('bad-value', `expected os/arch[/variant], got "${platform}"`, {
      hint: 'Write it as linux/amd64 or linux/arm64.',
    });
  const meant = KERNEL_NAMES[arch] ?? arch;
  if (os === 'linux' && meant === arch) return;
  throw new SpecError('bad-value', `no image is made for "${platform}"`, {
    hint: `Did you mean linux/${meant}?`,
  });
}

/** Refuses a name that cannot be the name of the container's directory. */
function checkName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return;
  throw new SpecError('bad-value', `a container cannot be named "${name}"`, {
    hint: 'Use letters, digits, - and _.',
  });
}
