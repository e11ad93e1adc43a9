import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutateJson } from '../mutate-json.js';
import type { Target } from '../target.js';

const FILES = join(__dirname, '../../../images/update/files');

/** The documents of an update, as `push-os` writes them. A word with `$` stands for what is known once the others are written. */
const DOCUMENTS = {
  description: { fileName: 'my-os_1.10-0123456789ab.efi', version: '1.10', roothash: null, hashes: {} },
  manifest: {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    layers: ['description', 'program', 'hashes'].map((role) => ({
      mediaType: 'application/octet-stream',
      digest: '$description',
      size: 100,
      annotations: { 'org.nx-linuxkit.format': 'ab-update', 'org.nx-linuxkit.role': role },
    })),
  },
  payload: {
    critical: { image: { 'docker-manifest-digest': '$manifest' }, type: 'cosign container image signature' },
  },
  signatures: {
    schemaVersion: 2,
    layers: [{ digest: '$payload', annotations: { 'dev.cosignproject.cosign/signature': '$signature' } }],
  },
};

/**
 * What a registry gives to the update service of a machine, which shows it to the shell, jq, curl and openssl. The service has no machine
 * here: a version that it would take ends at the loader, which is not there. It writes to its own folder alone.
 */
export const update: Target = {
  name: 'update',
  sample: 6,
  faults: {},
  seeds: async () => [Buffer.from(JSON.stringify(DOCUMENTS))],
  mutate: mutateJson,
  async read(input) {
    const answers = answersOf(input);
    const { status, output } = await look(answers);
    const files = readdirSync(machine().host, { recursive: true, encoding: 'utf8' });
    if (files.join() !== 'etc,etc/update.pub') throw new Error(`wrote to the system: ${files.join(' ')}`);
    const isRefused = status === 1 && /^update: .*; nothing is changed$/m.test(output);
    if (!isRefused) throw new Error(`ended with ${status}: ${output}`);
    // Only what the key has signed comes as far as the loader, and only under the name of a file.
    const isTaken = output.includes('the machine was not started by systemd-boot');
    if (isTaken && !answers.isSigned) throw new Error(`took a manifest that is not signed: ${output}`);
    if (isTaken && !/^[0-9A-Za-z_~^-][0-9A-Za-z._~^-]*$/.test(answers.fileName))
      throw new Error(`took the name ${answers.fileName}`);
    if (!isTaken && input.equals(Buffer.from(JSON.stringify(DOCUMENTS))))
      throw new Error(`refused: ${output}`);
  },
};

const keys = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** What a registry answers by the ends of paths, and what is in it. */
interface Answers {
  readonly byPath: ReadonlyMap<string, Buffer>;
  readonly isSigned: boolean;
  readonly fileName: string;
}

/** Writes the documents of an input, with their real digests and a real signature where the input names these. */
function answersOf(input: Buffer): Answers {
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(input.toString('utf8'))) as Record<string, unknown>;
  } catch {
    given = { manifest: input.toString('utf8') };
  }
  const write = (name: string, words: Readonly<Record<string, string>> = {}) => {
    const text = typeof given[name] === 'string' ? given[name] : (JSON.stringify(given[name]) ?? '');
    return Buffer.from(text.replace(/\$[a-z]+/g, (word) => words[word] ?? word));
  };
  const description = write('description');
  const manifest = write('manifest', { $description: digestOf(description) });
  const payload = write('payload', { $manifest: digestOf(manifest) });
  const signature = sign('sha256', payload, keys.privateKey).toString('base64');
  const signatures = write('signatures', { $payload: digestOf(payload), $signature: signature });
  return {
    byPath: new Map([
      ['manifests/stable', manifest],
      [`manifests/${digestOf(manifest).replace(':', '-')}.sig`, signatures],
      ...[description, payload].map((bytes) => [`blobs/${digestOf(bytes)}`, bytes] as const),
    ]),
    isSigned: payload.includes(digestOf(manifest)),
    fileName: String((parsed(description) as { fileName?: unknown } | null)?.fileName),
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

let made: { readonly host: string; readonly script: string } | undefined;

/** The script with other places for the machine's root and for its log, and the root with the key alone. */
function machine(): NonNullable<typeof made> {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'));
  const [host, script] = [join(folder, 'host'), join(folder, 'update')];
  mkdirSync(join(host, 'etc'), { recursive: true });
  writeFileSync(join(host, 'etc/update.pub'), keys.publicKey);
  const parts = readdirSync(join(FILES, 'lib')).map((name) => readFileSync(join(FILES, 'lib', name), 'utf8'));
  const text = readFileSync(join(FILES, 'update'), 'utf8')
    .replace('HOST=/hostroot', `HOST=${host}`)
    .replace('WORK=/tmp/update', `WORK=${folder}/work`)
    .replace('/usr/lib/update/$part.sh', `"${FILES}/lib/$part.sh"`)
    .replaceAll('/dev/kmsg', `${folder}/log`);
  const ours = text.replaceAll(folder, '').replaceAll(FILES, '');
  if (/\/hostroot|\/tmp\/|\/dev\/kmsg/.test([ours, ...parts].join('\n')))
    throw new Error('update names other places');
  writeFileSync(script, text);
  return (made = { host, script });
}

let server: Server | undefined;
let served: Answers | undefined;

/** Lets the service look once at a registry with these answers. */
async function look(answers: Answers): Promise<{ status: number | null; output: string }> {
  served = answers;
  server ??= await startServer();
  const { port } = server.address() as AddressInfo;
  const reference = `127.0.0.1:${port}/systems/os:stable`;
  const child = spawn('busybox', ['sh', machine().script, '-once', '-insecure', '-no-reboot', reference]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  );
  return { status, output };
}

function startServer(): Promise<Server> {
  const started = createServer(({ url = '' }, response) => {
    const bytes = served?.byPath.get(url.replace(/^\/v2\/systems\/os\//, ''));
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  // The server does not keep the process alive.
  return new Promise((resolve) => started.listen(0, '127.0.0.1', () => resolve(started.unref())));
}
