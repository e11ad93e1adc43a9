// What is built: the 13 images of the tests in a registry on loopback, and further versions of some of them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

const run = promisify(execFile);
const testing = createRequire(import.meta.url)('../../packages/testing');

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export class Workload {
  static async start(base) {
    const images = await testing.debianImages();
    const registry = await testing.startBareRegistry();
    const references = await testing.pushDebianImages(images, registry.host);
    return new Workload(base, images, registry, references);
  }

  constructor(base, { layout, images }, registry, references) {
    Object.assign(this, { base, layout, images, registry, references });
    this.yaml = testing.benchYaml(references);
    this.variants = 0;
  }

  /** The entry of nx.json: that the registry speaks plain HTTP is known, as LinuxKit is told it too. */
  get plugin() {
    const { host } = this.registry;
    return { plugin: 'nx-linuxkit', options: { mirrors: { [host]: [`http://${host}`] } } };
  }

  stop() {
    return this.registry.stop();
  }

  /** Files of the distinct layers of the images, or of one. */
  layers(names = this.images.map(({ name }) => name)) {
    const digests = names.flatMap((name) => this.manifest(name).layers.map(({ digest }) => digest));
    return [...new Set(digests)].map((digest) => this.blob(digest));
  }

  /** Bytes of the distinct layers when unpacked. */
  unpacked() {
    // A gzip file ends with it.
    return this.layers().reduce(
      (sum, file) => sum + readFileSync(file).readUInt32LE(statSync(file).size - 4),
      0,
    );
  }

  manifest(name) {
    const { digest } = this.images.find((image) => image.name === name);
    return JSON.parse(readFileSync(this.blob(digest), 'utf8'));
  }

  blob(digest) {
    return join(this.layout, 'blobs', digest.replace(':', '/'));
  }

  /**
   * A new version of an image under the same name: one more file in its top layer, or in each of its layers.
   * Returns the digest of its manifest. Files of the new layers are left in the folder `keep`, if there is one.
   */
  async newVersion(name, { all, keep }) {
    const manifest = this.manifest(name);
    const config = JSON.parse(readFileSync(this.blob(manifest.config.digest), 'utf8'));
    for (const [i, layer] of manifest.layers.entries()) {
      if (!all && i < manifest.layers.length - 1) continue;
      const tar = withOneMoreFile(
        gunzipSync(readFileSync(this.blob(layer.digest))),
        `new-${++this.variants}`,
      );
      const blob = await this.#gzip(tar);
      const digest = await this.#push(name, blob);
      if (keep) writeFileSync(join(keep, digest.replace(':', '-')), blob);
      manifest.layers[i] = { mediaType: GZIP, digest, size: blob.length };
      config.rootfs.diff_ids[i] = digestOf(tar);
    }
    const bytes = Buffer.from(JSON.stringify(config));
    manifest.config = { ...manifest.config, digest: await this.#push(name, bytes), size: bytes.length };
    return this.#pushManifest(name, Buffer.from(JSON.stringify(manifest)));
  }

  /** An image of one layer with files of random bytes; returns its reference. */
  async pushLarge(size) {
    const folder = join(this.base, 'large');
    mkdirSync(folder, { recursive: true });
    const piece = 64 << 20;
    for (let i = 0; i < size / piece; i += 1) {
      const file = join(folder, `piece-${i}`);
      // Half of it random: bytes that deflate neither all at once nor not at all.
      await run('sh', [
        '-c',
        `head -c ${piece / 2} /dev/urandom > ${file} && yes "line of text ${i}" | head -c ${piece / 2} >> ${file}`,
      ]);
    }
    const tar = join(this.base, 'large.tar');
    await run('tar', ['-C', folder, '--owner=0', '--group=0', '--mtime=@0', '-cf', tar, '.']);
    const diffID = `sha256:${(await run('sha256sum', [tar])).stdout.slice(0, 64)}`;
    await run('pigz', ['-1', '-p2', '-n', '-k', '-f', tar]);
    const blob = readFileSync(`${tar}.gz`);
    const digest = await this.#push('large', blob);
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [diffID] },
      }),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: await this.#push('large', config),
        size: config.length,
      },
      layers: [{ mediaType: GZIP, digest, size: blob.length }],
    };
    await this.#pushManifest('large', Buffer.from(JSON.stringify(manifest)), '1');
    return { reference: `${this.registry.host}/test/large:1`, layer: `${tar}.gz` };
  }

  async #gzip(tar) {
    const file = join(this.base, 'layer.tar');
    writeFileSync(file, tar);
    await run('gzip', ['-6', '-n', '-f', file]);
    return readFileSync(`${file}.gz`);
  }

  async #push(name, bytes) {
    const digest = digestOf(bytes);
    const repository = `http://${this.registry.host}/v2/test/${name}`;
    const upload = await send(`${repository}/blobs/uploads/`, 'POST');
    const location = new URL(upload.headers.get('location'), repository);
    location.searchParams.set('digest', digest);
    await send(location.href, 'PUT', bytes, 'application/octet-stream');
    return digest;
  }

  async #pushManifest(name, bytes, tag) {
    const digest = digestOf(bytes);
    await send(
      `http://${this.registry.host}/v2/test/${name}/manifests/${tag ?? digest}`,
      'PUT',
      bytes,
      MANIFEST,
    );
    return digest;
  }
}

/** Before the zeros that end a tar: a header and a block of text. */
function withOneMoreFile(tar, name) {
  let end = tar.length;
  while (end > 0 && tar[end - 1] === 0) end -= 1;
  const body = tar.subarray(0, Math.ceil(end / 512) * 512);
  const header = Buffer.alloc(512);
  const field = (at, text) => header.write(text, at, 'latin1');
  field(0, `srv/${name}`);
  field(100, '0000644\0');
  field(108, '0000000\0');
  field(116, '0000000\0');
  field(124, '00000001000\0');
  field(136, '00000000000\0');
  field(148, '        ');
  field(156, '0');
  field(257, 'ustar\x0000');
  field(
    148,
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  return Buffer.concat([body, header, Buffer.alloc(512, name), Buffer.alloc(1024)]);
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function send(url, method, body, type) {
  const response = await fetch(url, { method, ...(body && { body, headers: { 'content-type': type } }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
