import { targetName } from '@nx-linuxkit/stages/plan';
import { reportKinds } from './report-targets.js';
import { logger, type ProjectConfiguration } from '@nx/devkit';
import { stageNames, targetKinds } from '@nx-linuxkit/stages/plan';
import { MY_OS, init, inferenceWorkspace, lock, type Files } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write } = inferenceWorkspace();

let warn: jest.SpyInstance;
beforeEach(() => (warn = jest.spyOn(logger, 'warn').mockImplementation()));
afterEach(() => warn.mockRestore());

const json = (value: unknown) => JSON.stringify(value);
const names = (project: ProjectConfiguration) => Object.keys(project.targets ?? {}).sort();

/** Every name of a target that the nodes refer to. */
function referredTo(projects: Record<string, ProjectConfiguration>): string[] {
  const all = Object.values(projects).flatMap(({ targets = {} }) => Object.values(targets));
  const depends = all.flatMap(({ dependsOn = [] }) => dependsOn);
  return depends.map((one) => (typeof one === 'string' ? one.replace('^', '') : one.target));
}

describe('options of the plugin', () => {
  it.each([
    ['a prefix', { targetPrefix: 'os-' }],
    [
      'a name for each',
      { targetNames: Object.fromEntries(targetKinds().map((kind) => [kind, `os-${kind}`])) },
    ],
  ])('name every target and all that refers to one: %s', async (_, options) => {
    const packages = {
      'images/app/build.yml': 'image: app\ncontents: {}\n',
      'pkg/base/build.yml': 'image: base\n',
      'pkg/base/Dockerfile': 'FROM alpine:3\n',
      'pkg/base/build.lock.json': lock(['alpine:3']),
    };
    const files: Files = {
      ...MY_OS,
      ...packages,
      'apps/new/linuxkit.yml': init('new:1'),
      'apps/made/linuxkit.yml': init('"@pkg:images/app"'),
      'apps/broken/linuxkit.yml': 'init: {',
    };
    const projects = await infer(files, { options: { ...options, sign: {}, sbom: true } });
    const every = Object.values(projects).flatMap(names);
    expect(every.filter((name) => !name.startsWith('os-'))).toEqual([]);
    expect(projects['pkg@pkg-base'].targets?.['os-image'].dependsOn).toEqual(['^os-pull', '^os-image']);
    expect(referredTo(projects).filter((name) => !every.includes(name))).toEqual([]);
    const groups = Object.values(projects['my-os'].metadata?.targetGroups ?? {}).flat();
    expect(groups.sort()).toEqual(names(projects['my-os']));
    for (const stage of stageNames.filter((name) => name !== 'format'))
      expect(every).toContain(`os-${stage}`);
    expect(json(projects)).not.toMatch(/nx (build|boot|boot-test|lock|sign) /);
  });

  it('that name no target fail every system with a reason', async () => {
    const projects = await infer(MY_OS, { options: { targetNames: { lokc: 'x' } } });
    expect(projects['my-os'].targets?.build.options.message).toContain(
      'the plugin\'s option targetNames has no option "lokc", did you mean "lock"?',
    );
    expect(Object.keys(projects)).toEqual(['my-os']);
  });
});

describe('a target of the project’s own', () => {
  it.each([
    ['project.json', { targets: { tar: { executor: 'nx:run-commands' } } }],
    ['project.json', { targets: { tar: { command: 'tar cf x.tar .' } } }],
    ['package.json', { name: 'my-os', nx: { targets: { tar: { command: 'tar cf x.tar .' } } } }],
  ])('in %s has its name, and ours is left out with a warning: %j', async (file, text) => {
    write({ [`apps/my-os/${file}`]: json({ name: 'my-os', ...text }) });
    const { 'my-os': os } = await infer(MY_OS);
    expect(names(os)).toEqual(
      [
        'boot',
        'boot-test',
        'build',
        'dev',
        'kernel+initrd',
        'lock',
        'push-os',
        ...reportKinds.map((kind) => targetName(kind, {})),
      ].sort(),
    );
    expect(os.metadata?.targetGroups?.Formats).toEqual(['kernel+initrd']);
    expect(os.targets?.build.executor).toBe('nx-linuxkit:stage');
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining(
          `apps/my-os/${file} has a target tar of its own, so my-os has none of nx-linuxkit`,
        ),
      ],
    ]);
  });

  it.each([
    ['project.json', { targets: { tar: { dependsOn: ['x'] }, boot: { options: { memory: 512 } } } }],
    ['project.json', { targets: { tar: { executor: 'nx-linuxkit:stage', options: {} } } }],
    ['package.json', { scripts: { tar: 'tar cf x.tar .' } }],
  ])(
    'is none if it only sets options, or is a script of a package that is no project: %s %j',
    async (file, text) => {
      write({ [`apps/my-os/${file}`]: json({ name: 'my-os', ...text }) });
      expect(names((await infer(MY_OS))['my-os'])).toContain('tar');
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['npm', { 'package.json': json({ workspaces: ['apps/*'] }) }, true],
    ['npm, as an object', { 'package.json': json({ workspaces: { packages: ['apps/my-os'] } }) }, true],
    ['npm, of other folders', { 'package.json': json({ workspaces: ['libs/*', 'apps'] }) }, false],
    ['npm, with an exception', { 'package.json': json({ workspaces: ['apps/*', '!apps/my-os'] }) }, false],
    ['pnpm', { 'pnpm-workspace.yaml': "packages:\n  # ours\n  - 'apps/**'\n  - libs/*\n" }, true],
    [
      'pnpm, of other folders',
      { 'pnpm-workspace.yaml': 'packages:\n  - "libs/*"\ncatalog:\n  - apps/*\n' },
      false,
    ],
    ['none, but with a project.json', { 'apps/my-os/project.json': json({ name: 'my-os' }) }, true],
  ])('is a script of a package of the workspaces of %s', async (_, files, counts) => {
    write({ ...files, 'apps/my-os/package.json': json({ name: 'my-os', scripts: { tar: 'x' } }) });
    expect(names((await infer(MY_OS))['my-os']).includes('tar')).toBe(!counts);
    expect(warn).toHaveBeenCalledTimes(counts ? 1 : 0);
  });

  it('is a script only if Nx includes it', async () => {
    const nx = { includedScripts: ['lock'] };
    write({
      'package.json': json({ workspaces: ['apps/*'] }),
      'apps/my-os/package.json': json({ name: 'my-os', nx, scripts: { tar: 'x', lock: 'y' } }),
    });
    const all = names((await infer(MY_OS))['my-os']);
    expect(all).toContain('tar');
    expect(all).not.toContain('lock');
  });

  it('is never run in the place of a format', async () => {
    write({
      'apps/my-os/project.json': json({ name: 'my-os', targets: { 'kernel+initrd': { command: 'x' } } }),
    });
    const { 'my-os': os } = await infer(MY_OS);
    expect(referredTo({ os })).not.toContain('kernel+initrd');
    expect(os.targets?.boot.dependsOn).toEqual([]);
    expect(os.targets?.build.executor).toBe('nx-linuxkit:invalid');
    expect(os.targets?.build.options.message).toContain(
      'apps/my-os/project.json: build cannot make kernel+initrd: a target of the same name is the project',
    );
  });

  it('called build is not what signs', async () => {
    write({ 'apps/my-os/project.json': json({ name: 'my-os', targets: { build: { command: 'x' } } }) });
    const projects = await infer(MY_OS, { options: { sign: {} } });
    expect(projects['my-os@sign'].targets?.sign.dependsOn).toEqual(['^kernel+initrd']);
  });
});
