import { planFormat } from '../../plan/format-plan.js';
import { imageKey } from '../../plan/image-node.js';
import type { OsPlan } from '../../plan/os-plan.js';
import type { Field } from './field.js';
import { loadersIn } from './loaders.js';
import { bringing, taskId } from './tasks.js';

/** The options of each format, its keys of Secure Boot, and its boot loaders. */
export function outputFields(plan: OsPlan): Field[] {
  const formats = plan.outputs.map((format): Field => {
    const { options } = planFormat(plan, format);
    return {
      place: `outputs/${format}`,
      name: 'options',
      value: options,
      readers: [taskId('format', format)],
    };
  });
  const signed = plan.outputs.flatMap((format): Field[] => {
    const { secureBoot } = planFormat(plan, format);
    if (!secureBoot) return [];
    const at = { place: `outputs/${format}`, readers: [taskId('format', format)] };
    return [{ ...at, name: 'Secure Boot', value: secureBoot.key }];
  });
  const loaders = loadersIn(plan).map(({ name, format, image }): Field => {
    const readers = [...bringing(image), taskId('format', format)];
    const value = [image.id, image.source.kind === 'pulled' && imageKey(image)];
    return { place: `outputs/${format}`, name: `loader ${name}`, value, readers };
  });
  return [...formats, ...signed, ...loaders];
}
