import { packageNode, pulledNode } from './image-node.js';
import { systemNodeName, systemNodes } from './node-names.js';
import type { SegmentPlan, SegmentSection } from './os-plan.js';
import { segmentNode } from './segment-node.js';

const DIGEST = `sha256:0123456789abcdef${'0'.repeat(48)}`;
const pulled = (from: string, platform = 'linux/amd64') =>
  pulledNode({ kind: 'pulled', digest: DIGEST, from }, platform);
const made = (folder: string, platform = 'linux/amd64') => packageNode({ kind: 'package', folder }, platform);
const at = (image: ReturnType<typeof pulled>, place: string, more: Partial<SegmentPlan> = {}) => {
  const section = place.split('/')[0] as SegmentSection;
  const path = place === section ? '' : `containers/${place}`;
  return segmentNode(image, { section, at: path, compressor: 'gzip', ...more });
};

it.each([
  [pulled('docker.io/library/nginx'), 'oci@nginx-0123456'],
  [pulled('localhost:5000/a/my_app'), 'oci@my-app-0123456'],
  [pulled('oci:./build/layout'), 'oci@layout-0123456'],
  [pulled('docker.io/library/nginx', 'linux/arm64'), 'oci@nginx-0123456@arm64'],
  [made('images/app'), 'pkg@images-app'],
  [made('images/app', 'linux/arm64'), 'pkg@images-app@arm64'],
  [made('../elsewhere/app'), 'pkg@elsewhere-app'],
  [made('bilder/größe'), 'pkg@bilder-größe'],
  [made('node_modules/@nx-linuxkit/images/dhcpcd'), 'base@dhcpcd'],
  [
    made('node_modules/.pnpm/@nx-linuxkit+images@0.2.0/node_modules/@nx-linuxkit/images/dhcpcd'),
    'base@dhcpcd',
  ],
  [made('node_modules/@acme/images/app'), 'pkg@acme-images-app'],
])('the name of an image says what it is and where it is from: %#', ({ id }, name) => {
  expect(id).toBe(name);
});

it.each([
  ['kernel', 'pkg@images-app@kernel'],
  ['init', 'pkg@images-app@init'],
  ['services/app', 'pkg@images-app@services'],
  ['services/web', 'pkg@images-app@services-web'],
  ['services/kernel', 'pkg@images-app@services-kernel'],
  ['services/init', 'pkg@images-app@services-init'],
  ['services/initramfs', 'pkg@images-app@services-initramfs'],
  ['services/001-app', 'pkg@images-app@services-001-app'],
  ['onboot/001-app', 'pkg@images-app@onboot-001'],
  ['onboot/001-web', 'pkg@images-app@onboot-001-web'],
  ['volumes/app', 'pkg@images-app@volumes'],
])('a segment at %s is called %s', (place, name) => {
  expect(at(made('images/app'), place).id).toBe(name);
});

it('places that differ in anything have names and folders that differ', () => {
  const image = made('images/app');
  const places = ['kernel', 'init', 'services/kernel', 'services/init', 'services/app', 'services/001'];
  const nodes = [
    ...[...places, 'services/001-app', 'onboot/001-app', 'onboot/002-app', 'onboot/001-x'].map((place) =>
      at(image, place),
    ),
    at(image, 'services/app', { readonly: true }),
    at(image, 'services/app', { readonly: false }),
    at(image, 'services/app', { compressor: 'zstd' }),
  ];
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  expect(new Set(nodes.map(({ root }) => root)).size).toBe(nodes.length);
});

it('services called alike but for case, con, and with a dot at the end have folders on every file system', () => {
  const names = ['nginx', 'Nginx', 'NGINX', 'con', 'Con', 'aux.txt', 'web', 'web.', 'web ', 'a:b', '..'];
  const folders = names.map((name) => at(made('images/app'), `services/${name}`).root);
  expect(new Set(folders.map((folder) => folder.toLowerCase().replace(/[. ]+$/, ''))).size).toBe(
    names.length,
  );
  for (const folder of folders) {
    expect(folder).toMatch(/^\.linuxkit\/segment\/pkg\/images\/app-amd64\/services\/[a-z0-9~-]+$/);
    expect(folder).not.toMatch(/\/(con|aux)(\.|$)/);
  }
});

/** How Nx looks for a project that is given by a part of its name: `find-matching-projects.js`. */
const nxFinds = (part: string, name: string) =>
  new RegExp(`(?<![@a-zA-Z0-9-])${part}(?![@a-zA-Z0-9-])`, 'i').test(name);

it('no internal node answers to the short name of a scoped project', () => {
  const internal = [
    ...systemNodes.map((node) => systemNodeName('@acme/web', node)),
    ...[
      pulled('docker.io/library/web'),
      made('images/web'),
      made('node_modules/@nx-linuxkit/images/web'),
    ].flatMap((image) => [
      image.id,
      ...['init', 'services/web', 'onboot/000-web'].map((place) => at(image, place).id),
    ]),
  ];
  expect(nxFinds('web', '@acme/web')).toBe(true);
  for (const part of ['web', 'images', 'acme', 'initramfs', 'services', 'init']) {
    expect({ part, found: internal.filter((name) => nxFinds(part, name)) }).toEqual({ part, found: [] });
  }
});
