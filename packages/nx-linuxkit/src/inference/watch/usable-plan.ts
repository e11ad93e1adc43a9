import { loaderImages, type OsPlan } from '@nx-linuxkit/stages/plan';
import { checkOption } from './usable-name.js';

/** Refuses a plan whose texts would not reach its tasks as they are: StageError `unusable-path`. */
export function checkPlan(plan: OsPlan): void {
  const where = { file: plan.file };
  const images = [...plan.images, ...loaderImages(plan)];
  const sources = images.map(({ source }) => (source.kind === 'package' ? source.folder : source.from));
  const segments = plan.segments.map((segment) => JSON.stringify(segment.plan));
  for (const text of [plan.name, plan.file, ...sources, ...segments]) checkOption(text, where);
}
