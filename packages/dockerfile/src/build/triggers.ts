import { DockerfileError } from '../error.js';
import type { BaseImage } from '../image/base-image.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';
import { parseDockerfile } from '../parse/parse.js';
import { isTrigger } from '../parse/trigger.js';
import { planBuild, type BuildPlan, type PlannedStage } from '../plan/plan.js';
import type { BuildInput } from './build-input.js';

/**
 * The plan with the triggers that ONBUILD has left in the images and stages below, written out after each FROM. Triggers are
 * known only when these images are, so they may not name further images. Throws DockerfileError `unsupported`.
 * https://docs.docker.com/reference/dockerfile/#onbuild
 */
export async function withTriggers({ plan, image }: Pick<BuildInput, 'plan' | 'image'>): Promise<BuildPlan> {
  const { dockerfile } = plan;
  if (dockerfile.origins) return plan;
  const after = new Map<number, readonly string[]>();
  for (const stage of plan.stages) {
    const triggers = await triggersBelow(plan, stage, image);
    const open = triggers.find((trigger) => !standsAlone(trigger, dockerfile));
    if (open !== undefined) throw goesOn(open, dockerfile, stage);
    if (triggers.length > 0) after.set(stage.text.from.lastLine, triggers);
  }
  if (after.size === 0) return plan;
  const [lines, origins]: [string[], number[]] = [[], []];
  for (const [i, text] of dockerfile.text.split('\n').entries()) {
    for (const line of [text, ...(after.get(i + 1) ?? [])]) {
      lines.push(line);
      origins.push(i + 1);
    }
  }
  const written = parseDockerfile(lines.join('\n'), dockerfile.file);
  const expanded = planBuild({ ...written, origins }, plan.build);
  const named = new Set(plan.images.map(({ reference, platform }) => `${reference} ${platform}`));
  const other = expanded.images.find(({ reference, platform }) => !named.has(`${reference} ${platform}`));
  if (!other) return expanded;
  throw new DockerfileError(
    'unsupported',
    `a trigger of ONBUILD names the image ${other.reference}, which the Dockerfile does not`,
    { where: other.where, hint: `Name it by a stage of this Dockerfile: FROM ${other.reference}.` },
  );
}

/** Whether a trigger is one instruction with other lines behind it: a heredoc or a last escape would take these. */
function standsAlone(trigger: string, { escape, file }: Dockerfile): boolean {
  const begin = escape === '`' ? '# escape=`\n' : '';
  try {
    const { stages } = parseDockerfile(`${begin}FROM scratch\n${trigger}\nSTOPSIGNAL 9\n`, file);
    const [first, ...rest] = stages.flatMap(({ instructions }) => instructions);
    return stages.length === 1 && rest.length === 1 && first.heredocs.length === 0;
  } catch (error) {
    if (error instanceof DockerfileError) return false;
    throw error;
  }
}

function goesOn(trigger: string, dockerfile: Dockerfile, { text: { from } }: PlannedStage): DockerfileError {
  return new DockerfileError(
    'unsupported',
    `a trigger of ONBUILD does not end on its line: ${JSON.stringify(trigger)}`,
    {
      where: whereOf(dockerfile, from),
      hint: 'Write it without a heredoc, or build on another image.',
    },
  );
}

/** An image as it is when its triggers stand in the Dockerfile. */
export function withoutTriggers(image: BaseImage): BaseImage {
  const { OnBuild, ...config } = (image.config.config ?? {}) as { OnBuild?: readonly string[] };
  return OnBuild?.length ? { ...image, config: { ...image.config, config } } : image;
}

async function triggersBelow(
  { dockerfile, stages }: BuildPlan,
  { base, text: { from } }: PlannedStage,
  image: BuildInput['image'],
): Promise<readonly string[]> {
  if (base.kind === 'scratch') return [];
  if (base.kind === 'stage') {
    const below = stages.find(({ text }) => text.index === base.index)?.text.instructions ?? [];
    return below.filter(({ keyword }) => keyword === 'ONBUILD').map(({ text }) => text);
  }
  const found = await image(base.reference, base.platform);
  const { OnBuild } = (found.config.config ?? {}) as { OnBuild?: unknown };
  const triggers = Array.isArray(OnBuild) ? (OnBuild as unknown[]) : [];
  for (const trigger of triggers) {
    if (isTrigger(trigger)) continue;
    throw new DockerfileError(
      'unsupported',
      `${base.reference} has a trigger of ONBUILD that is no instruction: ${JSON.stringify(trigger)}`,
      { where: whereOf(dockerfile, from), hint: 'Build on another image.' },
    );
  }
  return triggers as string[];
}
