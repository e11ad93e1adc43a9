import { SECTIONS } from '@nx-linuxkit/spec';
import type { OsPlan } from '../../plan/os-plan.js';
import { stageNames } from '../../stages.js';
import type { Field } from './field.js';
import { fileFields } from './files.js';
import { containerFields, imageStoreField, initFields, kernelFields, volumeFields } from './images.js';
import { outputFields } from './outputs.js';
import { packageFields } from './packages.js';
import { optionFields, versionFields } from './settings.js';
import { trustFields } from './trust.js';

/**
 * Lists what decides the bytes of a system, each with the tasks that read it: the same that `osKeys` makes keys of, one
 * by one. The bytes of files are not among them.
 */
export function fieldsOf(plan: OsPlan): Field[] {
  return [
    { place: 'system', name: 'platform', value: plan.platform, readers: stageNames },
    ...kernelFields(plan),
    ...initFields(plan),
    ...volumeFields(plan),
    imageStoreField(plan),
    ...SECTIONS.flatMap((section) => containerFields(plan, section)),
    ...fileFields(plan),
    ...packageFields(plan),
    ...trustFields(plan),
    ...outputFields(plan),
    ...optionFields(plan),
    ...versionFields(),
  ];
}
