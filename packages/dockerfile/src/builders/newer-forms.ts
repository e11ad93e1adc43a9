import type { Instruction } from '../parse/instruction.js';
import type { BuildPlan } from '../plan/plan.js';

/** Forms of Dockerfiles that not every builder knows. */
export type NewerForm =
  | 'RUN --mount'
  | 'RUN --mount=type=secret'
  | 'RUN --mount=type=ssh'
  | '--chmod'
  | '--chmod with letters'
  | '--exclude'
  | '--parents'
  | '--checksum'
  | '--unpack';

/** Flags of COPY and ADD that are a form by themselves. */
const FLAGS: readonly string[] = ['exclude', 'parents', 'checksum', 'unpack'];

/** The newer forms of the stages that a result needs, each with its first instruction. */
export function newerForms({ stages }: BuildPlan): Map<NewerForm, Instruction> {
  const found = new Map<NewerForm, Instruction>();
  for (const instruction of stages.flatMap(({ text }) => text.instructions)) {
    for (const form of formsOf(instruction)) if (!found.has(form)) found.set(form, instruction);
  }
  return found;
}

function formsOf({ keyword, flags }: Instruction): NewerForm[] {
  if (keyword === 'RUN')
    return flags.flatMap(({ name, value }) => (name === 'mount' ? [mountForm(value)] : []));
  if (keyword !== 'COPY' && keyword !== 'ADD') return [];
  return flags.flatMap(({ name, value }): NewerForm[] => {
    if (name === 'chmod') return [/^[0-7$]/.test(value) ? '--chmod' : '--chmod with letters'];
    return FLAGS.includes(name) ? [`--${name}` as NewerForm] : [];
  });
}

function mountForm(value: string): NewerForm {
  const [, type] = /(?:^|,)type=(secret|ssh)(?:,|$)/.exec(value) ?? [];
  return type === undefined ? 'RUN --mount' : (`RUN --mount=type=${type}` as NewerForm);
}
