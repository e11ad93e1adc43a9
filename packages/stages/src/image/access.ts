import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Access } from '@nx-linuxkit/dockerfile';
import { whereOf, type BuildPlan, type Instruction } from '@nx-linuxkit/dockerfile/plan';
import type { Store } from '@nx-linuxkit/oci';
import { StageError } from '../error.js';
import type { PackageSettings } from '../plan/settings.js';

/** Variables of proxies, which Docker takes from its user as well. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/** Where access comes from. */
export interface AccessInput {
  readonly plan: BuildPlan;
  readonly settings: Pick<PackageSettings, 'secrets' | 'ssh'>;
  /** Paths of secrets start here. */
  readonly workspaceRoot: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly store: Store;
}

/**
 * Lets `use` build with the secrets and agents that the Dockerfile mounts, and with the proxies of the environment that it
 * does not declare itself. A secret out of the environment lies in a file that only the user can read, until `use` has ended.
 * Throws StageError at the RUN whose secret is not there.
 */
export async function withAccess<T>(input: AccessInput, use: (access: Access) => Promise<T>): Promise<T> {
  const { plan, settings, env, store } = input;
  const given = new Map((settings.secrets ?? []).map(parseSecret));
  const secrets: Record<string, string> = {};
  const written: string[] = [];
  try {
    for (const [id, run] of mountsOf(plan, 'secret')) {
      const secret = given.get(id);
      if (!secret) continue;
      secrets[id] = 'env' in secret ? await writeSecret(secret.env, run) : fileOf(secret.src, run);
    }
    const ssh = mountsOf(plan, 'ssh').size > 0 ? (settings.ssh ?? []) : [];
    return await use({ secrets, ssh, proxies: proxiesOf(plan, env) });
  } finally {
    for (const path of written) await rm(path, { force: true });
  }

  async function writeSecret(name: string, run: Instruction): Promise<string> {
    const value = env[name];
    if (value === undefined) throw missing(`the variable ${name} of a secret is not set`, run);
    const path = await store.temp();
    written.push(path);
    await writeFile(path, value, { mode: 0o600 });
    return path;
  }

  function fileOf(path: string, run: Instruction): string {
    const file = resolve(input.workspaceRoot, path);
    if (!existsSync(file)) throw missing(`the file ${path} of a secret is not there`, run);
    return file;
  }

  function missing(message: string, run: Instruction): StageError {
    return new StageError('missing-file', message, {
      where: whereOf(plan.dockerfile, run),
      hint: 'Look at the plugin option `packages.secrets`, or at --secret.',
    });
  }
}

type Secret = { readonly env: string } | { readonly src: string };

/** Reads `id=name,env=VARIABLE` and `id=name,src=path`. Throws StageError `bad-option`. */
export function parseSecret(text: string): [id: string, secret: Secret] {
  const fields = new Map(text.split(',').map((field) => field.split(/=(.*)/s, 2) as [string, string]));
  const {
    id,
    src = fields.get('source'),
    env,
  } = Object.fromEntries(fields) as Record<string, string | undefined>;
  if (id && env && !src) return [id, { env }];
  if (id && src && !env) return [id, { src }];
  throw new StageError(
    'bad-option',
    `expected a secret as id=NAME,env=VARIABLE or id=NAME,src=FILE, got ${JSON.stringify(text)}`,
    { hint: 'Correct the plugin option `packages.secrets`, or --secret.' },
  );
}

/** The ids of the mounts of a type, each with the first RUN that has it. A mount without an id has the name of its target. */
function mountsOf({ stages }: BuildPlan, type: string): Map<string, Instruction> {
  const found = new Map<string, Instruction>();
  for (const instruction of stages.flatMap(({ text }) => text.instructions)) {
    if (instruction.keyword !== 'RUN') continue;
    for (const { name, value } of instruction.flags) {
      const fields = new Map(value.split(',').map((field) => field.split(/=(.*)/s, 2) as [string, string]));
      if (name !== 'mount' || fields.get('type') !== type) continue;
      const target = fields.get('target') ?? fields.get('dst') ?? 'default';
      const id = fields.get('id') ?? target.split('/').at(-1)!;
      if (!found.has(id)) found.set(id, instruction);
    }
  }
  return found;
}

/** A variable that the Dockerfile declares is an argument like any other, whose value is in the key. */
function proxiesOf(
  { dockerfile, stages }: BuildPlan,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const instructions = [...dockerfile.globals, ...stages.flatMap(({ text }) => text.instructions)];
  const declared = instructions
    .filter(({ keyword }) => keyword === 'ARG')
    .flatMap(({ text }) => text.split(/\s+/).map((word) => word.split('=')[0]));
  const names = PROXIES.flatMap((name) => [name, name.toLowerCase()]).filter(
    (name) => !declared.includes(name),
  );
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name] as string]] : [])));
}
