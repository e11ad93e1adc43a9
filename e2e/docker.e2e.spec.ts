import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerArchiveOf, layoutOf, randomImage } from '@nx-linuxkit/testing';
import {
  build,
  identify,
  lock,
  openEnvironment,
  parseOsFile,
  type OsFile,
  type Settings,
} from '@nx-linuxkit/stages';
import { startDockerd, type Dockerd } from './docker/dockerd.js';
import stageExecutor from '../packages/nx-linuxkit/src/executors/stage/index.js';

const REFERENCE = 'docker-daemon:team/app:1';
let daemon: Dockerd;
const workspace = () => join(daemon.dir, 'workspace');
const docker = (args: readonly string[], input?: Buffer) => daemon.docker(args, input);

beforeAll(async () => {
  daemon = await startDockerd();
  process.env.DOCKER_HOST = `unix://${daemon.socketPath}`;
  mkdirSync(join(workspace(), 'node_modules/@nx-linuxkit'), { recursive: true });
  symlinkSync(join(__dirname, '..', 'images'), join(workspace(), 'node_modules/@nx-linuxkit/images'));
  writeFileSync(join(workspace(), 'package.json'), '{}');
}, 90_000);

afterAll(async () => {
  delete process.env.DOCKER_HOST;
  await daemon?.stop();
}, 60_000);

/** Loads an image into the daemon, under the same tag each time, and returns its ID. */
async function load(seed: number): Promise<string> {
  const entries = [{ name: 'app', body: `app ${seed}` }];
  await dockerArchiveOf(await randomImage(seed, { layers: [{ entries }] }), join(daemon.dir, 'app.tar'), [
    'team/app:1',
  ]);
  docker(['load', '-i', join(daemon.dir, 'app.tar')]);
  return docker(['image', 'inspect', '--format', '{{.Id}}', 'team/app:1']);
}

function writeOs(name: string, yaml: string): void {
  mkdirSync(join(workspace(), name), { recursive: true });
  writeFileSync(join(workspace(), name, 'linuxkit.yml'), yaml);
}

async function buildOs(
  name: string,
  format: string,
  settings: Settings = {},
  frozen = false,
): Promise<string[]> {
  const lines: string[] = [];
  const environment = openEnvironment(workspace(), settings);
  const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
  const request = { os, formats: [format], frozen, lockCommand: `nx lock ${name}` };
  await build(environment, request, (line) => lines.push(line));
  return lines;
}

const lockOf = (name: string) =>
  JSON.parse(readFileSync(join(workspace(), name, 'linuxkit.lock.json'), 'utf8')).images;
const tarOf = (name: string) => readFileSync(join(workspace(), 'dist', name, 'tar', `${name}.tar`), 'latin1');

describe('an image of the daemon', () => {
  it('is pinned by its ID', async () => {
    const imageID = await load(1);
    writeOs('source', `init: ['${REFERENCE}']\n`);
    expect(await buildOs('source', 'tar', { store: 'store1' })).not.toContainEqual(
      expect.stringContaining('another image'),
    );
    expect(lockOf('source')[REFERENCE]['linux/amd64']).toMatchObject({ imageID });
    expect(tarOf('source')).toContain('app 1');
  });

  it('rebuilt under its tag is refused if the lock is frozen, and the error says what to run', async () => {
    await load(2);
    await expect(buildOs('source', 'tar', { store: 'store1' }, true)).rejects.toMatchObject({
      code: 'not-locked',
      message: expect.stringContaining(`another image ${REFERENCE} than source/linuxkit.lock.json pins`),
      hint: expect.stringContaining(`\`nx lock source --update=${REFERENCE}\``),
    });
    expect(tarOf('source')).toContain('app 1');
  });

  it('rebuilt under its tag is locked again and built, as by LinuxKit', async () => {
    const [before] = Object.values(lockOf('source')[REFERENCE]) as { imageID: string }[];
    expect(await buildOs('source', 'tar', { store: 'store1' })).toContainEqual(
      expect.stringContaining(`another image ${REFERENCE} now`),
    );
    const [after] = Object.values(lockOf('source')[REFERENCE]) as { imageID: string }[];
    expect(after.imageID).not.toBe(before.imageID);
    expect(tarOf('source')).toContain('app 2');
  });

  it('is found by its ID while the daemon has it, after its tag is gone', async () => {
    docker(['tag', 'team/app:1', 'team/app:kept']);
    docker(['image', 'rm', 'team/app:1']);
    rmSync(join(workspace(), '.linuxkit'), { recursive: true });
    await buildOs('source', 'tar', { store: 'store2' });
    expect(tarOf('source')).toContain('app 2');
  });

  it('that the daemon no longer has is named in an error, which says what to do', async () => {
    docker(['image', 'rm', '-f', lockOf('source')[REFERENCE]['linux/amd64'].imageID]);
    rmSync(join(workspace(), '.linuxkit'), { recursive: true });
    await expect(buildOs('source', 'tar', { store: 'store3' })).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringContaining(`no longer has ${REFERENCE}`),
      hint: expect.stringContaining('--update'),
    });
  });

  it('rebuilt is taken by the target build, after tasks of the graph made the locked one', async () => {
    const yaml = `init: ['${REFERENCE}']\noutputs: [{format: tar}]\n`;
    await load(6);
    writeOs('graph', yaml);
    await buildOs('graph', 'tar', { store: 'store3' });
    await load(7);
    const options = { store: 'store3', frozen: false };
    const context = {
      ...{ root: workspace(), cwd: workspace(), isVerbose: false, projectName: 'graph' },
      nxJsonConfiguration: { plugins: [{ plugin: 'nx-linuxkit', options }] },
      projectsConfigurations: { version: 2, projects: {} },
      projectGraph: { nodes: {}, dependencies: {} },
      taskGraph: {
        roots: [],
        tasks: { 'graph:tar': {} as never },
        dependencies: {},
        continuousDependencies: {},
      },
    };
    const os = identify(parseOsFile('graph/linuxkit.yml') as OsFile, 'graph');
    expect(await stageExecutor({ stage: 'build', os }, context)).toEqual({ success: true });
    expect(tarOf('graph')).toContain('app 7');
    expect((await buildOs('graph', 'tar', options, true)).filter((line) => /another/.test(line))).toEqual([]);
  });

  it('--update takes what is there now', async () => {
    await load(5);
    const environment = openEnvironment(workspace(), { store: 'store3' });
    await lock(environment, { file: 'source/linuxkit.yml', update: [REFERENCE] }, () => undefined);
    await buildOs('source', 'tar', { store: 'store3' }, true);
    expect(tarOf('source')).toContain('app 5');
  });
});

it('with the option docker images come from the daemon, or from elsewhere if it has none', async () => {
  await load(3);
  layoutOf(
    await randomImage(4, { layers: [{ entries: [{ name: 'else', body: 'elsewhere' }] }] }),
    join(workspace(), 'other'),
  );
  writeOs('first', 'init: [team/app:1, other/image]\n');
  await buildOs('first', 'tar', { docker: true, images: { 'other/image': 'oci:other' } });
  const locked = lockOf('first');
  expect(locked['team/app:1']['linux/amd64'].imageID).toBeDefined();
  expect(locked['other/image']['linux/amd64'].imageID).toBeUndefined();
  expect(tarOf('first')).toContain('app 3');
  expect(tarOf('first')).toContain('elsewhere');
});

it('the daemon builds what the format docker makes, and its init starts in a container', async () => {
  writeOs(
    'system',
    `init: ['@pkg:@nx-linuxkit/images/init']
files:
  - path: /etc/init.d/zz-hello
    contents: "#!/bin/sh\\necho userspace of $(cat /etc/name) is up\\n"
    mode: '0755'
  - {path: /etc/name, contents: system, mode: '0644'}
`,
  );
  await buildOs('system', 'docker');
  const context = readFileSync(join(workspace(), 'dist/system/docker/system.docker'));
  docker(['build', '-t', 'system', '-'], context);
  expect(
    JSON.parse(docker(['image', 'inspect', '--format', '{{json .Config.Entrypoint}}', 'system'])),
  ).toEqual(['/bin/rc.init']);
  expect(docker(['run', '--rm', '--network=none', 'system'])).toContain('userspace of system is up');
});
