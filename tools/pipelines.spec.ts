import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The pipelines of the guide, as far as they can be checked without the services that run them. */
const guide = readFileSync(join(__dirname, '../docs/guide/ci-and-caching.md'), 'utf8');
const blockOf = (name: string) =>
  new RegExp(`<!-- begin ${name} -->\\s*\`\`\`\\w+\\n([^]*?)\`\`\`\\s*<!-- end ${name} -->`).exec(guide)![1];

/** Throws where a shell cannot read a script. */
const checkShell = (script: string) =>
  execFileSync('sh', ['-n'], { input: script, stdio: ['pipe', 'pipe', 'pipe'] });

/** The variables that the shell pipeline takes. */
const VARIABLES = ['REGISTRY', 'BRANCH', 'BASE', 'SHARDS', 'SHARD'];

interface GitHub {
  readonly jobs: {
    readonly build: { readonly env: object; readonly steps: readonly { readonly run?: string }[] };
  };
}
interface GitLab {
  readonly build: { readonly variables: object; readonly script: readonly string[] };
}

test('the shell pipeline is a script that takes these variables and no others', () => {
  const script = blockOf('pipeline');
  checkShell(script);
  const own = [...script.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  const used = [...script.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name);
  expect(new Set(used.filter((name) => !own.includes(name)))).toEqual(new Set(VARIABLES));
});

test('the pipeline of GitHub gives all of them to the script, and a shell reads its lines', () => {
  const { env, steps } = (parse(blockOf('github')) as GitHub).jobs.build;
  const lines = steps.flatMap(({ run }) => run ?? []);
  const last = lines.find((line) => line.endsWith('sh ci.sh'))!;
  expect([...Object.keys(env), ...assigned(last)].sort()).toEqual([...VARIABLES].sort());
  lines.map((line) => line.replace(/\$\{\{[^}]*\}\}/g, 'x')).forEach(checkShell);
});

test('the pipeline of GitLab gives all of them to the script, and a shell reads its lines', () => {
  const { variables, script } = (parse(blockOf('gitlab')) as GitLab).build;
  const given = [...Object.keys(variables), ...script.flatMap(assigned)];
  expect(VARIABLES.filter((name) => !given.includes(name))).toEqual([]);
  checkShell(script.join('\n'));
});

/** The variables that a line sets for the script. */
function assigned(line: string): string[] {
  return [...line.matchAll(/(?:^|\s)([A-Z]+)=/g)].map(([, name]) => name);
}
