import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCleartextMessage, generateKey, sign } from 'openpgp';
import { debFile } from './deb-file.js';

/** A package of the mirror. */
export interface FakePackage {
  readonly version?: string;
  readonly depends?: string;
  /** Default: main. */
  readonly component?: string;
  readonly files: Parameters<typeof debFile>[0];
}

/** A Debian mirror of one suite in this process, whose index is signed with a key of its own. */
export interface FakeMirror {
  readonly url: string;
  /** The folder with its public key. */
  readonly keys: string;
  /** The files that it serves, by path; a test may change them. */
  readonly files: Map<string, Buffer>;
  /** The paths of all requests, in order. */
  readonly requests: string[];
  /** Replaces all packages by these and signs their index. Older .debs disappear, as on a real mirror. */
  publish(packages: Readonly<Record<string, FakePackage>>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a mirror that has no files yet. */
export async function startMirror(suite = 'bookworm'): Promise<FakeMirror> {
  const keys = await mkdtemp(join(tmpdir(), 'keys-'));
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'archive' }], format: 'object' });
  await writeFile(join(keys, 'archive.asc'), publicKey.armor());
  const files = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1));
    requests.push(path);
    const bytes = files.get(path);
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    files,
    requests,
    async publish(packages) {
      files.clear();
      for (const [path, bytes] of await indexOf(packages))
        files.set(path.startsWith('pool') ? path : `dists/${suite}/${path}`, bytes);
      const listed = [...files]
        .filter(([path]) => path.startsWith('dists'))
        .map(([path, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${path.slice(`dists/${suite}/`.length)}`);
      const text = `Origin: Debian\nSuite: oldstable\nCodename: ${suite}\nSHA256:\n${listed.join('\n')}\n`;
      const message = await createCleartextMessage({ text });
      files.set(`dists/${suite}/InRelease`, Buffer.from(await sign({ message, signingKeys: privateKey })));
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(keys, { recursive: true });
    },
  };
}

/** Makes the files of a suite, with the same packages for both architectures. */
async function indexOf(packages: Readonly<Record<string, FakePackage>>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const indexes = new Map<string, string[]>([['main', []]]);
  for (const [name, one] of Object.entries(packages)) {
    const { version = '1.0-1', depends, files: contents, component = 'main' } = one;
    const paragraphs = indexes.get(component) ?? [];
    indexes.set(component, paragraphs);
    const control = `Package: ${name}\nVersion: ${version}\nDescription: ${name} in short\n and at length\nHomepage: x\n`;
    const deb = await debFile(contents, control);
    const path = `pool/${component}/${name[0]}/${name}/${name}_${version}.deb`;
    files.set(path, deb);
    const fields = {
      Package: name,
      Version: version,
      Depends: depends,
      Filename: path,
      Size: String(deb.length),
      SHA256: sha256(deb),
    };
    paragraphs.push(
      Object.entries(fields)
        .flatMap(([key, value]) => (value ? [`${key}: ${value}\n`] : []))
        .join(''),
    );
  }
  for (const [component, paragraphs] of indexes) {
    const text = paragraphs.join('\n');
    const index = { xz: execFileSync('xz', ['-c'], { input: text }), gz: gzipSync(text) };
    for (const architecture of ['amd64', 'arm64']) {
      for (const [suffix, bytes] of Object.entries(index))
        files.set(`${component}/binary-${architecture}/Packages.${suffix}`, bytes);
    }
  }
  return files;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
