import { targetName } from '@nx-linuxkit/stages/plan';
import { init, inferenceWorkspace, lock, type Files } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

const CONTENTS = 'image: app\ncontents:\n  files: [{path: /a, source: a}]\n';
const APP: Files = { 'pkg/app/build.yml': CONTENTS, 'pkg/app/a': 'a' };
const VERBS = (['build', 'export', 'lock', 'manifest', 'push', 'show-tag'] as const)
  .map((verb) => targetName(verb, {}))
  .sort();

/** The projects at folders of packages: those that are no internal nodes and no systems. */
async function packages(
  files: Files,
  options: Parameters<typeof infer>[1] = {},
): Promise<Record<string, string>> {
  const projects = Object.entries(await infer(files, options));
  return Object.fromEntries(
    projects.flatMap(([name, { root, tags }]) => (tags?.includes('linuxkit:package') ? [[root, name]] : [])),
  );
}

it('a package of contents has the verbs of one with a Dockerfile, whether a system names it or not', async () => {
  const projects = await infer(APP);
  expect(Object.keys(projects)).toEqual(['pkg/app', 'pkg@pkg-app']);
  expect(projects['pkg/app']).toMatchObject({ root: 'pkg/app', implicitDependencies: ['pkg@pkg-app'] });
  expect(Object.keys(projects['pkg/app'].targets ?? {}).sort()).toEqual(VERBS);
  expect(projects['pkg/app'].targets?.build).toMatchObject({
    cache: true,
    dependsOn: [`^${targetName('image', {})}`],
    options: { images: [expect.objectContaining({ id: 'pkg@pkg-app' })] },
  });
});

it('its image is the node that systems share, which is the same without the project', async () => {
  const os = { 'apps/os/linuxkit.yml': init('"@pkg:../../pkg/app"') };
  const [free, inProject] = [
    await infer({ ...APP, ...os }),
    await infer({ ...APP, ...os, 'pkg/project.json': '{"name":"pkg"}' }),
  ];
  const { 'pkg/app': project, ...nodes } = free;
  expect(project.root).toBe('pkg/app');
  expect(inProject).toEqual(nodes);
});

it.each<[string, Files]>([
  ['the folder of the workspace is that of the package', { 'build.yml': CONTENTS, a: 'a' }],
  ['a project.json is beside it', { ...APP, 'pkg/app/project.json': '{"name":"app"}' }],
  ['a project.json is above it', { ...APP, 'pkg/project.json': '{"name":"pkg"}' }],
  ['the workspace is a project', { ...APP, 'project.json': '{"name":"all"}' }],
  [
    'the package.json of the workspace has settings of Nx',
    { ...APP, 'package.json': '{"name":"all","nx":{}}' },
  ],
  [
    'npm’s workspaces have a folder above it',
    { ...APP, 'package.json': '{"workspaces":["pkg"]}', 'pkg/package.json': '{"name":"pkg"}' },
  ],
  ['a system is in a folder above it', { ...APP, 'pkg/linuxkit.yml': init('"@pkg:app"') }],
  ['the file is of another program', { 'ci/build.yml': 'image: node:22\nscript: [make]\n' }],
  ['contents is no mapping', { 'ci/build.yml': 'image: node\ncontents: none\n' }],
  ['the file is no YAML', { 'ci/build.yml': 'image: {\n' }],
])('there is no project where %s', async (_, files) => {
  expect(await packages(files)).toEqual({});
});

it.each<[string, Files, Record<string, string>]>([
  [
    'a package.json that no workspaces have',
    { ...APP, 'pkg/package.json': '{"name":"pkg"}' },
    { 'pkg/app': 'pkg/app' },
  ],
  ['a folder of one word', { 'app/build.yml': CONTENTS }, { app: 'app/build.yml' }],
  [
    'a folder of one word with a build.yml that is not valid',
    { 'app/build.yml': 'image: app\ncontents: {}\narches: amd64\n' },
    { app: 'app/build.yml' },
  ],
  [
    'a folder of one word with a Dockerfile',
    { 'app/build.yml': 'image: app\n', 'app/Dockerfile': 'FROM scratch\n' },
    { app: 'app' },
  ],
  [
    'a folder of one word that a system is called by too',
    {
      ...{ 'app/build.yml': 'image: app\n', 'app/Dockerfile': 'FROM scratch\n' },
      ...{ 'apps/app/linuxkit.yml': init('a:1'), 'apps/app/linuxkit.lock.json': lock(['a:1']) },
    },
    { app: 'app/build.yml' },
  ],
  [
    'a Dockerfile without a build.yml that a YAML names',
    { 'pkg/plain/Dockerfile': 'FROM scratch\n', 'apps/os/linuxkit.yml': init('"@pkg:../../pkg/plain"') },
    { 'pkg/plain': 'pkg/plain/Dockerfile' },
  ],
  ['a Dockerfile that no YAML names', { 'pkg/plain/Dockerfile': 'FROM scratch\n' }, {}],
])('%s', async (_, files, expected) => {
  expect(await packages(files)).toEqual(expected);
});

it('a package that has no valid build.yml says so in each verb', async () => {
  const projects = await infer({ 'pkg/app/build.yml': 'image: app\ncontents: {}\narches: amd64\n' });
  const targets = Object.values(projects['pkg/app'].targets ?? {});
  expect(targets).toHaveLength(VERBS.length);
  for (const { executor, options } of targets) {
    expect(executor).toBe('nx-linuxkit:invalid');
    expect(options.message).toContain('pkg/app/build.yml:3:9: ');
  }
});

it('it is built for the platforms of the option that it has', async () => {
  const options = { packages: { platforms: ['linux/amd64', 'linux/arm64'] } };
  const build = 'image: app\narches: [arm64]\ncontents: {}\n';
  const projects = await infer({ 'pkg/app/build.yml': build }, { options });
  expect(projects['pkg/app'].implicitDependencies).toEqual(['pkg@pkg-app@arm64']);
});
