import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pipelineOf } from './shell-pipeline.js';

/** What a service gives to its jobs. */
export interface Job {
  /** Host of the registry, in the place of the service's own. */
  readonly registry: string;
  readonly user: string;
  readonly password: string;
  /** The commit to compare with. */
  readonly base: string;
}

interface GitHubJob {
  readonly env: Readonly<Record<string, string | number>>;
  readonly steps: readonly { readonly run?: string }[];
}
interface GitLabJob {
  readonly variables: Readonly<Record<string, string | number>>;
  readonly script: readonly string[];
}

/** The first of the machines of GitHub's matrix: its lines as a script, with what GitHub puts into them. */
export function gitHubScript({ registry, user, password, base }: Job): string {
  const { jobs } = parse(pipelineOf('github')) as { jobs: { build: GitHubJob } };
  const { env, steps } = jobs.build;
  const values: Readonly<Record<string, string>> = {
    'github.repository': 'acme/systems',
    'github.head_ref || github.ref_name': 'main',
    'github.token': password,
    'github.actor': user,
    'matrix.shard': '0',
  };
  const filled = (text: string) =>
    text.replaceAll('ghcr.io', registry).replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => {
      if (values[name] === undefined) throw new Error(`the pipeline of GitHub uses ${name}`);
      return values[name];
    });
  const variables = Object.entries(env).map(([name, value]) => exported(name, filled(`${value}`)));
  // nrwl/nx-set-shas sets it.
  return [
    ...variables,
    exported('NX_BASE', base),
    ...steps.flatMap(({ run }) => (run ? filled(run) : [])),
  ].join('\n');
}

/** The second of the machines of GitLab's `parallel`, as a script after what GitLab sets. */
export function gitLabScript({ registry, user, password, base }: Job): string {
  const { build } = parse(pipelineOf('gitlab')) as { build: GitLabJob };
  const set = {
    CI_REGISTRY: registry,
    CI_REGISTRY_IMAGE: `${registry}/acme/systems`,
    CI_REGISTRY_USER: user,
    CI_REGISTRY_PASSWORD: password,
    CI_COMMIT_REF_NAME: 'main',
    CI_COMMIT_BEFORE_SHA: base,
    CI_NODE_TOTAL: '4',
    CI_NODE_INDEX: '1',
  };
  const variables = [...Object.entries(set), ...Object.entries(build.variables)];
  return [...variables.map(([name, value]) => `export ${name}="${value}"`), ...build.script].join('\n');
}

const exported = (name: string, value: string) => `export ${name}='${value}'`;

/**
 * Programs that change a runner, for a machine that is to stay as it is: `apt-get install` fails unless Debian has all of
 * the packages installed, and `docker login` writes its file without asking a daemon.
 */
export function runnerPrograms(folder: string): string {
  const programs = {
    sudo: 'exec "$@"',
    'apt-get': `[ "$1" = update ] && exit
[ "$1 $2" = "install -y" ] && shift 2 && exec dpkg -s -- "$@" > /dev/null`,
    docker: `[ "$1" = login ] && [ "$3" = -u ] && [ "$5" = --password-stdin ] || exit 1
mkdir -p ~/.docker
auth=$(printf '%s:%s' "$4" "$(cat)" | base64 -w0)
echo "{\\"auths\\":{\\"$2\\":{\\"auth\\":\\"$auth\\"}}}" > ~/.docker/config.json`,
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
