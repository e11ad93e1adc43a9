// What grows: for each unit its sizes, and the workspace of one size. Images are tiny, so that the number alone counts.
import { createRequire } from 'node:module';

const testing = createRequire(import.meta.url)('../../../packages/testing');

const text = (name, body) => ({ name, body });
const tiny = (n) => [{ entries: [text(`opt/tiny-${n}`, `image ${n}\n`)] }];
/** Files as a package manager of Node leaves them: two hundred in a folder, with long paths. */
const manyFiles = (count) => [
  {
    entries: Array.from({ length: count }, (_, i) =>
      text(
        `usr/lib/node_modules/package-${Math.floor(i / 200)}/lib/module-${i % 200}.js`,
        `exports.n = ${i};\n`,
      ),
    ),
  },
];
const manyLayers = (count) =>
  Array.from({ length: count }, (_, i) => ({ entries: [text(`opt/layer-${i}`, `${i}\n`)] }));

const OUTPUT = 'outputs: [{format: tar}]\n';
const list = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join('');
const one = (yaml) => ({ 'apps/os-0/linuxkit.yml': `${yaml}${OUTPUT}` });

/**
 * `images` gives layers by name, and `files` the workspace out of references by name. `SERIAL` in a YAML is replaced by
 * another number for each edit.
 */
export const units = [
  {
    id: 'systems',
    title: 'Systems of 13 images: 3 shared by all, 6 of a pool of 30, 4 own',
    sizes: [10, 100, 300],
    images: (size) => Object.fromEntries(Array.from({ length: 33 + 4 * size }, (_, i) => [`i${i}`, tiny(i)])),
    files: (size, reference) =>
      Object.fromEntries(
        Array.from({ length: size }, (_, i) => {
          const pool = Array.from({ length: 6 }, (_, k) => 3 + ((i * 7 + k * 5) % 30));
          const own = Array.from({ length: 4 }, (_, k) => 33 + 4 * i + k);
          const services = [...pool, ...own].map(
            (n) => `  - {name: s${n}, image: "${reference(`i${n}`)}"}\n`,
          );
          const init = [0, 1, 2].map((n) => `"${reference(`i${n}`)}"`).join(', ');
          const file = `files: [{path: etc/name, contents: "os ${i} ${i === 0 ? 'SERIAL' : ''}"}]\n`;
          return [
            `apps/os-${i}/linuxkit.yml`,
            `init: [${init}]\nservices:\n${services.join('')}${file}${OUTPUT}`,
          ];
        }),
      ),
  },
  {
    id: 'services',
    title: 'Services of one system, an image each',
    sizes: [5, 50, 200],
    images: (size) => Object.fromEntries(Array.from({ length: size + 1 }, (_, i) => [`i${i}`, tiny(i)])),
    files: (size, reference) => {
      const services = list(
        size,
        (i) => `  - {name: s${i}, image: "${reference(`i${i + 1}`)}", env: ["N=SERIAL"]}\n`,
      );
      return one(`init: ["${reference('i0')}"]\nservices:\n${services}`);
    },
  },
  {
    id: 'layers',
    title: 'Layers of one image',
    sizes: [1, 20, 127],
    images: (size) => ({ i0: manyLayers(size) }),
    files: (_, reference) =>
      one(`init: ["${reference('i0')}"]\nfiles: [{path: a, contents: "edit SERIAL"}]\n`),
  },
  {
    id: 'files-init',
    title: 'Files of one image, in init',
    sizes: [20_000, 200_000],
    images: (size) => ({ i0: manyFiles(size) }),
    files: (_, reference) =>
      one(`init: ["${reference('i0')}"]\nfiles: [{path: a, contents: "edit SERIAL"}]\n`),
  },
  {
    id: 'files-service',
    title: 'Files of one image, in a service',
    sizes: [20_000, 200_000],
    images: (size) => ({ i0: tiny(0), i1: manyFiles(size) }),
    files: (_, reference) =>
      one(
        `init: ["${reference('i0')}"]\nservices: [{name: s, image: "${reference('i1')}", env: ["N=SERIAL"]}]\n`,
      ),
  },
  ...['contents', 'source', 'folder'].map((kind) => ({
    id: `entries-${kind}`,
    title: {
      contents: '`files` with contents',
      source: '`files` with a `source`',
      folder: 'Files of one folder as a `source`',
    }[kind],
    sizes: [500, 5000],
    images: () => ({ i0: tiny(0) }),
    files: (size, reference) => {
      const entry = (i) =>
        kind === 'contents'
          ? `  - {path: etc/f${i}, contents: "text ${i}"}\n`
          : `  - {path: etc/f${i}, source: many/f${i}}\n`;
      const entries =
        kind === 'folder' ? '  - {path: etc, source: many, directory: true}\n' : list(size, entry);
      const sources =
        kind === 'contents'
          ? []
          : Array.from({ length: size }, (_, i) => [`apps/os-0/many/f${i}`, `text ${i}`]);
      const yaml = one(
        `init: ["${reference('i0')}"]\nfiles:\n  - {path: a, contents: "edit SERIAL"}\n${entries}`,
      );
      return { ...yaml, ...Object.fromEntries(sources) };
    },
  })),
];

/** Pushes images, and gives their references by name. */
export async function pushImages(registry, images) {
  const references = new Map();
  for (const [name, layers] of Object.entries(images)) {
    const platform = { os: 'linux', architecture: 'amd64' };
    const image = await testing.randomImage(1, { layers, platform, config: { Cmd: ['/opt/run'] } });
    await testing.pushTo(registry, image, `growth/${name}:1`);
    references.set(name, `${registry.host}/growth/${name}:1`);
  }
  return (name) => references.get(name);
}

export const startRegistry = () => testing.startRegistry();

/** Bytes that do not compress, other ones for another number. */
export function noise(serial, size) {
  const next = testing.randomNumbers(serial);
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i += 1) bytes[i] = next() * 256;
  return bytes;
}
