import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LyingRegistry, withOneBitChanged, type Lie } from './ab/lying-registry.js';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';

/** What a machine says, and leaves as it is, when a registry lies to it, its clock is that of 1970, and its disk for data is full. */

/** Seconds for all starts of the machine, each of which takes about 20 on an idle host. */
const BOOT_LIMIT = 500;
jest.setTimeout(2 * BOOT_LIMIT * 1000);
const CLOCK = ['-rtc', 'base=1970-01-01T00:00:10'];
/** QEMU's name of the host in its user network. */
const HOST = '10.0.2.2';

/** The digests of files of the version in the registry, by their roles. */
const digests: Record<string, string> = {};
const about =
  (role: string): Lie =>
  (path, body) =>
    path === `blobs/${digests[role]}` ? withOneBitChanged(body) : body;
const LIES: Record<string, { lie: Lie; says: RegExp }> = {
  manifest: {
    lie: (path, body) => (path === 'manifests/stable' ? Buffer.concat([body, Buffer.from('\n')]) : body),
    says: /answers 404 to manifests\/sha256-[0-9a-f]{64}\.sig/,
  },
  description: { lie: about('description'), says: /gives other bytes than those of sha256:[0-9a-f]{64}/ },
  root: { lie: about('root'), says: /root-b has other bytes than the update/ },
  program: { lie: about('program'), says: /the loader partition has other bytes than the update/ },
  signature: {
    lie: (path, body) => (path.endsWith('.sig') ? withAnotherSignature(body) : body),
    says: /no signature of sha256:[0-9a-f]{64} is by the key \/etc\/update\.pub/,
  },
};

/** The same document of signatures, each of which is reversed. */
function withAnotherSignature(body: Buffer): Buffer {
  const document = JSON.parse(body.toString('utf8'));
  const name = 'dev.cosignproject.cosign/signature';
  for (const { annotations } of document.layers) {
    annotations[name] = Buffer.from(annotations[name], 'base64').reverse().toString('base64');
  }
  return Buffer.from(JSON.stringify(document));
}

const { publicKey, privateKey } = keyPair();
let workshop: UpdateWorkshop;
let disk: string;
const lying = new Map<string, LyingRegistry>();
let secure: LyingRegistry;
afterAll(async () => {
  for (const one of [...lying.values(), secure]) one?.close();
  await workshop?.close();
});

test('each fault is one clear line that changes no slot; then the same machine takes the version', async () => {
  workshop = await UpdateWorkshop.open((version, made) => [
    `  - { name: state, image: '${made.image('state')}' }`,
    `  - { name: fill, image: '${made.image('getty')}', binds: ['/var:/var'], command: [sh, -c, 'dd if=/dev/zero of=/var/full bs=1M; echo more >/var/more'] }`,
    `  - { name: bless, image: '${made.image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }`,
    made.follow(
      'secure',
      [`${HOST}:${secure.at}/systems/os:stable`],
      ", env: [CURL_CA_BUNDLE=/hostroot/etc/ca.pem, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']",
      '',
    ),
    ...[...lying].map(([name, one]) => made.follow(name, [`${HOST}:${one.at}/systems/os:stable`])),
  ]);
  const { root } = workshop;
  const files = ['-keyout', join(root, 'tls.key'), '-out', join(root, 'os', 'ca.pem')];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=IP:${HOST}`];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', ...subject, ...files], {
    stdio: 'pipe',
  });
  const tls = { key: readFileSync(join(root, 'tls.key')), cert: readFileSync(join(root, 'os', 'ca.pem')) };
  workshop.files = ["{ path: etc/ca.pem, source: ca.pem, mode: '0644' }"];
  secure = await LyingRegistry.open(workshop.host, undefined, tls);
  for (const [name, { lie }] of Object.entries(LIES)) {
    lying.set(name, await LyingRegistry.open(workshop.host, lie));
  }

  disk = join(root, 'machine.img');
  copyFileSync(await workshop.make('1', publicKey), disk);
  await workshop.make('2', publicKey);
  await workshop.push('stable', privateKey);
  for (const { digest, annotations } of (await workshop.manifest('stable')).layers) {
    digests[annotations['org.nx-linuxkit.role']!] = digest;
  }
  const versions = () =>
    execFileSync('mdir', ['-b', '-i', `${disk}@@1M`, '::EFI/Linux'], { encoding: 'utf8' });
  const before = versions();

  const refused = await bootDisk(disk, BOOT_LIMIT, undefined, { args: CLOCK });
  expect(refused).toMatch(
    /answers 000 to manifests\/stable: .*certificate is not yet valid.*; nothing is changed/,
  );
  for (const [name, { says }] of Object.entries(LIES)) {
    expect([name, refused]).toEqual([
      name,
      expect.stringMatching(new RegExp(`update: [^\n]*${says.source}[^\n]*; nothing is changed`)),
    ]);
  }
  expect(refused).toMatch(/No space left on device/);
  expect(refused).not.toContain('has 3 tries');
  expect(versions()).toBe(before);

  for (const one of lying.values()) one.lie = undefined;
  const taken = await bootDisk(disk, BOOT_LIMIT, undefined, { args: CLOCK });
  expect(taken).toContain('version 2 has 3 tries');
  expect(taken).toMatch(/bless: os_2-[0-9a-f]{12}\.efi works/);
  expect(taken).toContain('reboot: Power down');
});
