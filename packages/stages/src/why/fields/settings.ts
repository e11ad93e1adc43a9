import { compressorId } from '@nx-linuxkit/deflate/compressor';
import type { OsPlan } from '../../plan/os-plan.js';
import { privilegesKey } from '../../plan/privileges.js';
import { compressorOf } from '../../plan/settings.js';
import { stageNames, stageVersion, versionWith, type StageName } from '../../stages.js';
import type { Field } from './field.js';
import { CONFIG, FORMAT, INITRAMFS, SBOM, segmentOf } from './tasks.js';

/** The options of the plugin that decide bytes. */
export function optionFields(plan: OsPlan): Field[] {
  const { settings, sbom } = plan;
  const option = (name: string, value: unknown, readers: readonly string[]): Field => ({
    ...{ place: `option ${name}`, name: 'value', value, readers },
  });
  const segments = plan.segments.flatMap(segmentOf);
  return [
    option('compressor', compressorOf(settings), [...segments, ...INITRAMFS]),
    option('filesOverrideParents', settings.filesOverrideParents ?? false, INITRAMFS),
    option('decompressKernel', settings.decompressKernel ?? false, FORMAT),
    option('imagePrivileges', privilegesKey(settings), CONFIG),
    option('sbom', sbom && [sbom.path, sbom.created], SBOM),
  ];
}

/** The versions of the stages, which are nx-linuxkit itself, and the zlib of this Node where it counts. */
export function versionFields(): Field[] {
  const stages = stageNames.map((stage): Field => {
    const own = (name: StageName) => new RegExp(`^${name}\\d+$`);
    const value = stageVersion(stage)
      .split(',')
      .find((part) => own(stage).test(part));
    const readers = stageNames.filter((name) =>
      stageVersion(name)
        .split(',')
        .some((part) => own(stage).test(part)),
    );
    return { place: `stage ${stage}`, name: 'version', value, readers };
  });
  const value = compressorId();
  if (value === '') return stages;
  const readers = stageNames.filter((stage) => versionWith(stage, '') !== stageVersion(stage));
  return [...stages, { place: 'this Node', name: 'zlib', value, readers }];
}
