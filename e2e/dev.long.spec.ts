import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DevProcess } from './dev/dev-process.js';
import { exampleWorkspace } from './examples/example-workspace.js';
import { REPOSITORY } from './workspace/packed.js';
import type { Workspace } from './workspace/workspace.js';

const NGINX = join(REPOSITORY, 'images/nginx');
/** The base set's nginx with a page of the workspace's own. */
const BUILD_YML = readFileSync(join(NGINX, 'build.yml'), 'utf8')
  .replace(/^gitrepo:.*\n/m, '')
  .replace('  files:\n', '  files:\n    - { path: /var/www/html/page.html, source: page.html }\n');
/** A list of `env` takes the place of the image's own. */
const PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
const YAML = `kernel:
  image: linuxkit/kernel:6.6.13
  cmdline: 'console=ttyS0 quiet'
init: [linuxkit/init:v1.0, linuxkit/runc:v1.0]
onboot:
  - name: dhcpcd
    image: linuxkit/dhcpcd:v1.0
    binds: ['/var:/var', '/tmp/etc:/etc']
    command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1']
services:
  - name: web
    image: '@pkg:../images/web'
    capabilities: [CAP_NET_BIND_SERVICE, CAP_CHOWN, CAP_SETUID, CAP_SETGID, CAP_DAC_OVERRIDE]
    net: host
outputs: [{ format: kernel+initrd }]
`;

describe('nx dev', () => {
  let workspace: Workspace;
  let dev: DevProcess;
  let port: number;

  beforeAll(async () => {
    workspace = await exampleWorkspace([], {
      files: {
        'apps/linuxkit.yml': YAML,
        'images/web/build.yml': BUILD_YML,
        'images/web/build.lock.json': readFileSync(join(NGINX, 'build.lock.json')),
        'images/web/page.html': 'first page\n',
      },
    });
    await workspace.succeed('build', 'apps');
    dev = DevProcess.start(workspace, 'apps', '--publish=0:80');
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
    workspace.write({ 'images/web/page.html': 'second page\n' });
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
    workspace.write({ 'images/web/page.html': 'third page\n' });
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
