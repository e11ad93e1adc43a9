import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bundlePath,
  containerConfigs,
  idMap,
  readOs,
  SECTIONS,
  type OciImageConfig,
  type OsSpec,
} from './index.js';
import { compose } from './yaml/compose.js';
import { parseText } from './yaml/events.js';
import { toValue } from './yaml/node.js';

/** A case recorded from LinuxKit with a synthetic input, and corrected where LinuxKit is wrong. */
interface Case {
  name: string;
  yaml: string;
  images: Record<string, OciImageConfig>;
  error?: true;
  expect?: Record<string, { error?: true; config?: unknown; runtime?: unknown }>;
}

/** Parses JSON with exact integers, which JSON.parse would round: 18446744073709551615 is one of them. */
const parse = (text: string) =>
  toValue(
    compose(parseText(text)) ?? { kind: 'scalar', text: '', value: null, style: { plain: true, tag: '' } },
  );

const cases = parse(readFileSync(join(__dirname, '__fixtures__/oci-config.json'), 'utf8')) as Case[];

/** Removes the mounts of the root file system, which the recordings do not have. */
function withoutRootfs(runtime: { mounts: unknown[] }, readonly: boolean): unknown {
  return { ...runtime, mounts: runtime.mounts.slice(readonly ? 1 : 3) };
}

function configs(os: OsSpec, images: Case['images']): Map<string, () => unknown> {
  const ids = idMap(os);
  return new Map(
    SECTIONS.flatMap((section) =>
      os[section].map((container, index) => [
        bundlePath(section, index, container.name).replace('containers/', ''),
        () => {
          const options = { ids, volumes: os.volumes, section, index };
          const { config, runtime, readonly } = containerConfigs(container, images[container.image], options);
          const { ociVersion, ...rest } = parse(config) as Record<string, unknown>;
          expect(ociVersion).toBe('1.2.1');
          return { config: rest, runtime: withoutRootfs(parse(runtime) as { mounts: unknown[] }, readonly) };
        },
      ]),
    ),
  );
}

describe('OCI configurations as LinuxKit makes them', () => {
  it('has all recorded cases', () => expect(cases).toHaveLength(344));

  it.each(cases)('$name', ({ yaml, images, expect: expected = {}, error }) => {
    const containers = Object.values(expected);
    const mustFail = error ?? (containers.length > 0 && containers.every((container) => container.error));
    const run = () =>
      configs(
        readOs('linuxkit.yml', () => yaml),
        images,
      );
    // readOs already refuses faults of the YAML itself, which LinuxKit finds later.
    if (mustFail) expect(() => run().forEach((make) => make())).toThrow();
    else expect(Object.fromEntries([...run()].map(([name, make]) => [name, make()]))).toEqual(expected);
  });
});
