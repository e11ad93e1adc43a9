import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleWorkspace } from './examples/example-workspace.js';
import { REPOSITORY } from './workspace/packed.js';
import { RunningNx } from './workspace/running-nx.js';
import type { Workspace } from './workspace/workspace.js';

/** The system of the bench, which is JavaScript. */
const { PAGE, webSystem } = createRequire(__filename)(join(REPOSITORY, 'tools/bench/dev/web-system.cjs')) as {
  PAGE: string;
  webSystem(page: string): Record<string, string>;
};

/** A list of `env` takes the place of the image's own. */
const PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';

describe('nx dev', () => {
  let workspace: Workspace;
  let dev: RunningNx;
  let port: number;

  beforeAll(async () => {
    workspace = await exampleWorkspace([], { files: webSystem('first page\n') });
    await workspace.succeed('build', 'apps');
    dev = RunningNx.start(workspace, 'dev', 'apps', '--publish=0:80', '--output-style=stream');
    port = Number((await dev.until(/port 80 of the guest is at localhost:(\d+)/))[1]);
    await dev.until(/^.*apps: is up after [\d.]+ s/m);
    await answer(/^first page/);
  }, 900_000);
  afterAll(async () => {
    await dev?.stop();
    await workspace?.stop();
  });

  async function answer(expected: RegExp): Promise<void> {
    const limit = Date.now() + 120_000;
    for (;;) {
      const body = await fetch(`http://127.0.0.1:${port}/page.html`, { signal: AbortSignal.timeout(5000) })
        .then((response) => response.text())
        .catch((error) => `${error}`);
      if (expected.test(body)) return;
      if (Date.now() > limit) throw new Error(`expected ${expected}, got ${body}`);
      await sleep(50);
    }
  }

  test('a changed file of a package is live without a reboot', async () => {
    const started = performance.now();
    workspace.write({ [PAGE]: 'second page\n' });
    await answer(/^second page/);
    const took = (performance.now() - started) / 1000;
    const [, said] = await dev.until(
      /apps: replaced web in ([\d.]+) s without a reboot .*page\.html changed/,
    );
    process.stderr.write(
      `nx dev: a changed file is live after ${took.toFixed(1)} s, ${said} s by its own line\n`,
    );
  });

  test('a changed key of the service is too', async () => {
    workspace.edit('apps/linuxkit.yml', (text) =>
      text.replace('net: host', `net: host\n    env: ['LEVEL=2', '${PATH}']`),
    );
    await dev.until(/apps: replaced web in [\d.]+ s without a reboot .*config\.json changed/);
    await answer(/^second page/);
  });

  test('a mistake is said and leaves the guest as it is; its mending changes nothing', async () => {
    workspace.edit('apps/linuxkit.yml', (text) => text.replace('services:', 'servces:'));
    await dev.until(/servces/);
    await answer(/^second page/);
    workspace.edit('apps/linuxkit.yml', (text) => text.replace('servces:', 'services:'));
    workspace.write({ [PAGE]: 'third page\n' });
    await dev.until(/apps: replaced web/);
    await answer(/^third page/);
  });

  test('a changed command line boots again, on the same port', async () => {
    workspace.edit('apps/linuxkit.yml', (text) => text.replace('ttyS0 quiet', 'ttyS0 quiet loglevel=3'));
    await dev.until(/apps: boots again, because kernel: cmdline has changed/);
    await dev.until(/apps: is up after [\d.]+ s/);
    await answer(/^third page/);
  });
});
