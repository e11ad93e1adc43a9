import { DockerfileError } from '../error.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { isTrigger } from '../parse/trigger.js';
import { splitWords } from '../parse/words.js';
import { givenArgument, readArg, wrong } from '../plan/arguments.js';
import { absolutePath, commandOf, setVariable, variableOf } from './container-config.js';
import { readCopy } from './copy-step.js';
import { readHealthcheck } from './healthcheck.js';
import { expandWord, type Scope } from './scope.js';
import type { Step } from './step.js';

/** Applies an instruction to what is known of its stage; gives the step that changes the file system, if it does. */
type Apply = (scope: Scope, instruction: Instruction) => Step | undefined;

/** Every instruction that is known, by its keyword. https://docs.docker.com/reference/dockerfile/ */
const APPLY: Readonly<Record<string, Apply>> = {
  ADD: readCopy,
  ARG(scope, instruction) {
    const { plan, args, config } = scope;
    const lookup = (name: string) => variableOf(config, name) ?? args.get(name);
    for (const [name, value] of readArg(plan.dockerfile, instruction, lookup)) {
      const chosen = givenArgument(plan.build, name) ?? value ?? plan.globals.get(name);
      if (chosen === undefined) args.delete(name);
      else args.set(name, chosen);
    }
    return undefined;
  },
  CMD(scope, instruction) {
    scope.config.Cmd = commandOf(scope.config, instruction);
    scope.setsCommand = true;
    return undefined;
  },
  COPY: readCopy,
  ENTRYPOINT(scope, instruction) {
    scope.config.Entrypoint = commandOf(scope.config, instruction);
    if (!scope.setsCommand) delete scope.config.Cmd;
    return undefined;
  },
  ENV(scope, instruction) {
    // All values of one instruction see the variables as they were before it.
    const pairs = readPairs(scope, instruction);
    for (const [name, value] of pairs) setVariable(scope.config, name, value);
    return undefined;
  },
  EXPOSE(scope, instruction) {
    const words = expandWord(scope, instruction, instruction.text).split(/\s+/).filter(Boolean);
    const ports = words.flatMap((word) => portsOf(scope, instruction, word));
    scope.config.ExposedPorts = { ...scope.config.ExposedPorts, ...keyed(ports) };
    return undefined;
  },
  HEALTHCHECK(scope, instruction) {
    scope.config.Healthcheck = readHealthcheck(scope, instruction);
    return undefined;
  },
  LABEL(scope, instruction) {
    const pairs = Object.fromEntries(readPairs(scope, instruction));
    scope.config.Labels = { ...scope.config.Labels, ...pairs };
    return undefined;
  },
  // Docker keeps the name in a field that nothing reads; LABEL has replaced the instruction.
  MAINTAINER: () => undefined,
  ONBUILD(scope, instruction) {
    if (!isTrigger(instruction.text)) {
      throw wrong(
        scope.plan.dockerfile,
        instruction,
        `expected an instruction other than FROM, ONBUILD and MAINTAINER, got ${instruction.text || 'nothing'}`,
      );
    }
    scope.config.OnBuild = [...(scope.config.OnBuild ?? []), instruction.text];
    return undefined;
  },
  RUN: (_, instruction) => ({ kind: 'run', instruction }),
  SHELL(scope, instruction) {
    if (!instruction.json?.length) {
      throw wrong(scope.plan.dockerfile, instruction, 'expected the JSON form, ["program", "argument"]');
    }
    scope.config.Shell = [...instruction.json];
    return undefined;
  },
  STOPSIGNAL(scope, instruction) {
    scope.config.StopSignal = oneWord(scope, instruction);
    return undefined;
  },
  USER(scope, instruction) {
    scope.config.User = oneWord(scope, instruction);
    return undefined;
  },
  VOLUME(scope, instruction) {
    const words = instruction.json ?? instruction.text.split(/\s+/);
    const paths = words.map((word) => expandWord(scope, instruction, word)).filter(Boolean);
    scope.config.Volumes = { ...scope.config.Volumes, ...keyed(paths) };
    return undefined;
  },
  WORKDIR(scope, instruction) {
    const path = absolutePath(scope.config, oneWord(scope, instruction)).replace(/(?<=.)\/$/, '');
    scope.config.WorkingDir = path;
    return { kind: 'folder', instruction, path };
  },
};

/** Applies one instruction, and notes it in the history. Throws DockerfileError at its line. */
export function applyInstruction(scope: Scope, instruction: Instruction): void {
  const apply = Object.hasOwn(APPLY, instruction.keyword) ? APPLY[instruction.keyword] : undefined;
  if (!apply) {
    throw new DockerfileError(
      'bad-dockerfile',
      `unknown instruction ${JSON.stringify(instruction.keyword)}`,
      {
        where: whereOf(scope.plan.dockerfile, instruction),
      },
    );
  }
  const step = apply(scope, instruction);
  // A build argument may be a secret, so the history has the instruction as it is written.
  const text = [
    instruction.keyword,
    ...instruction.flags.map(({ name, value }) => `--${name}${value && `=${value}`}`),
  ];
  scope.history.push({ text: [...text, instruction.text].join(' ').trim(), ...(step && { step }) });
}

/** `name=value` pairs; ENV and LABEL also take one name and the rest of the line. */
function readPairs(scope: Scope, instruction: Instruction): [name: string, value: string][] {
  const { dockerfile } = scope.plan;
  const words = splitWords(instruction.text, dockerfile.escape);
  if (words.length === 0) throw wrong(dockerfile, instruction, 'expected name=value, got nothing');
  if (!words[0].includes('=')) {
    const [, name, value] = /^(\S+)\s+([^]*)$/.exec(instruction.text) ?? [];
    if (name === undefined)
      throw wrong(dockerfile, instruction, `expected name=value, got ${instruction.text}`);
    return [[expandWord(scope, instruction, name), expandWord(scope, instruction, value)]];
  }
  return words.map((word) => {
    const [, name, value] = /^([^=]+)=([^]*)$/.exec(word) ?? [];
    if (name === undefined) throw wrong(dockerfile, instruction, `expected name=value, got ${word}`);
    return [expandWord(scope, instruction, name), expandWord(scope, instruction, value)];
  });
}

function oneWord(scope: Scope, instruction: Instruction): string {
  const word = expandWord(scope, instruction, instruction.text);
  if (word === '') throw wrong(scope.plan.dockerfile, instruction, 'expected a value, got nothing');
  return word;
}

/** `80`, `80/udp` and `8000-8010` as the config has them: `80/tcp`. */
function portsOf({ plan }: Scope, instruction: Instruction, word: string): string[] {
  const [, first, last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from > to || to > 65535) {
    throw wrong(plan.dockerfile, instruction, `expected a port as 80 or 80/udp, got ${word}`);
  }
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}/${protocol.toLowerCase()}`);
}

function keyed(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
