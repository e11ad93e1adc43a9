import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { boot, type BootOptions, type RunningMachine } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, pushSystem, type OsFile } from '@nx-linuxkit/stages';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';

const REPOSITORY = join(__dirname, '../..');
/** QEMU's name of the host in its user network. */
const HOST = '10.0.2.2';

/** A key that signs versions, and what a machine checks them with. */
export const keyPair = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

/** A port on loopback in front of a registry, which counts what it passes on to machines. */
class CountingProxy {
  bytes = 0;
  private constructor(private readonly server: Server) {}

  static async open(host: string): Promise<CountingProxy> {
    const port = Number(host.split(':')[1]);
    const server = createServer((machine) => {
      const registry = connect(port, '127.0.0.1');
      registry.on('data', (chunk) => (proxy.bytes += chunk.length));
      machine.pipe(registry).pipe(machine);
      for (const socket of [machine, registry])
        socket.on('error', () => (machine.destroy(), registry.destroy()));
    });
    const proxy = new CountingProxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }
}

/** Makes versions of a system that updates itself, and pushes them to a registry of its own. */
export class UpdateWorkshop {
  private constructor(
    readonly root: string,
    private readonly registry: TestRegistry,
    private readonly proxy: CountingProxy,
    private readonly onboot: (version: string, workshop: UpdateWorkshop) => readonly string[],
  ) {
    mkdirSync(join(root, 'os'));
  }

  /** `onboot` gives the lines of the section after the network, for a version. */
  static async open(
    onboot: (version: string, workshop: UpdateWorkshop) => readonly string[],
  ): Promise<UpdateWorkshop> {
    const registry = await startRegistry();
    const proxy = await CountingProxy.open(registry.host);
    return new UpdateWorkshop(mkdtempSync(join(tmpdir(), 'ab-update-e2e-')), registry, proxy, onboot);
  }

  /** Bytes that machines have got from the registry, headers included. */
  get fetched(): number {
    return this.proxy.bytes;
  }

  /** The registry as this host calls it. */
  get host(): string {
    return this.registry.host;
  }

  /** The manifest that a tag has now. */
  async manifest(
    tag: string,
  ): Promise<{ layers: { digest: string; annotations: Record<string, string> }[] }> {
    const answer = await fetch(`http://${this.host}/v2/systems/os/manifests/${tag}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    return (await answer.json()) as never;
  }

  async close(): Promise<void> {
    this.proxy.close();
    await this.registry.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Further lines of the section `files`. */
  files: readonly string[] = [];

  /** The reference of a package of the base set. */
  image(name: string): string {
    return `@pkg:${relative(join(this.root, 'os'), join(REPOSITORY, 'images', name))}`;
  }

  /** A line of `onboot` that follows a tag. */
  update(tag: string): string {
    return this.follow(tag, [this.reference(tag)]);
  }

  /** A line of `onboot` that looks at several references; `more` are further keys of it. */
  follow(name: string, references: readonly string[], more = '', options = '-insecure, '): string {
    const words = references.map((reference) => `'${reference}'`).join(', ');
    return `  - { name: update-${name}, image: '${this.image('update')}', command: [/usr/bin/update, -once, ${options}${words}]${more} }`;
  }

  /** What a machine calls a tag of the registry. */
  reference(tag: string): string {
    return `${HOST}:${this.proxy.port}/systems/os:${tag}`;
  }

  /** Makes a version; returns the path of its disk. `publicKey` is what it checks updates with. */
  async make(version: string, publicKey: string): Promise<string> {
    writeFileSync(join(this.root, 'os', 'update.pub'), publicKey);
    writeFileSync(join(this.root, 'os', 'linuxkit.yml'), this.yaml(version));
    const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
    const request = { os, formats: ['ab', 'ab-update'], frozen: true, lockCommand: '' };
    await build(this.environment(), request, () => undefined);
    return join(this.root, 'dist/os/ab/os-ab.img');
  }

  /** Pushes the version that was made last under a tag, or to an OCI layout. */
  async push(tag: string, privateKey: string): Promise<void> {
    process.env.UPDATE_KEY = privateKey;
    const formats = [{ format: 'ab-update', prefix: join(this.root, 'dist/os/ab-update/os') }];
    const to = tag.startsWith('oci:') ? tag : `${this.registry.host}/systems/os:${tag}`;
    const sign = { key: { variable: 'UPDATE_KEY' } };
    await pushSystem(
      this.environment(),
      { name: 'os', platform: 'linux/amd64', formats, to, sign },
      () => undefined,
    );
    delete process.env.UPDATE_KEY;
  }

  private environment() {
    const loaders = loaderNames
      .filter((each) => each !== 'rpi-firmware')
      .map((each) => [each, `@pkg:${relative(this.root, join(REPOSITORY, 'images', each))}`] as const);
    return openEnvironment(this.root, { loaders: Object.fromEntries(loaders) });
  }

  private yaml(version: string): string {
    return `
kernel: { image: '${this.image('kernel')}', cmdline: 'console=ttyS0' }
init: ['${this.image('init')}', '${this.image('runc')}']
onboot:
  - { name: dhcpcd, image: '${this.image('dhcpcd')}', command: [/sbin/dhcpcd, --nobackground, -f, /dhcpcd.conf, '-1'] }
${this.onboot(version, this).join('\n')}
  - { name: poweroff, image: '${this.image('poweroff')}', command: ['/poweroff', '0'] }
files:
${this.files.map((line) => `  - ${line}\n`).join('')}\
  - { path: etc/update.pub, source: update.pub, mode: '0644' }
  - { path: etc/version, contents: "${version}\\n", mode: '0644' }
outputs: [{ format: ab, root: verity, version: '${version}' }]
`;
  }
}

/** Boots a disk, which keeps what the machine writes. The function `say` gets the whole console after each piece. */
export async function bootDisk(
  path: string,
  limit: number,
  say: (console: string, machine: RunningMachine) => void = () => undefined,
  more: Partial<BootOptions> = {},
): Promise<string> {
  const medium = { kind: 'disk', path, firmware: 'uefi', writable: true } as const;
  const machine = await boot({ medium, memory: 640, ...more });
  let console = '';
  machine.output.on('data', (chunk: Buffer) => {
    console += chunk.toString('latin1');
    say(console, machine);
  });
  const late = setTimeout(() => void machine.stop(), limit * 1000);
  await machine.exited;
  clearTimeout(late);
  return console;
}
