import { digestOf, type Descriptor } from '@nx-linuxkit/oci';
import { formatIndex, othersOf } from './image-index.js';

const image = (name: string, platform?: string, about?: Descriptor): Descriptor => {
  const [os, architecture, variant] = platform?.split('/') ?? [];
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(Buffer.from(name)),
    size: 1,
    ...(platform && { platform: { os, architecture, ...(variant && { variant }) } }),
    ...(about && { annotations: { 'vnd.docker.reference.digest': about.digest } }),
  };
};
const amd64 = image('a', 'linux/amd64');
const arm64 = image('b', 'linux/arm64');
const v6 = image('c', 'linux/arm/v6');
const v7 = image('d', 'linux/arm/v7');

it('the same images have one index, in whatever order they come', () => {
  const one = formatIndex([arm64, v7, amd64, v6]);
  expect(formatIndex([v6, amd64, v7, arm64])).toEqual(one);
  const { manifests } = JSON.parse(one.manifest.toString()) as { manifests: Descriptor[] };
  expect(manifests.map(({ platform }) => Object.values(platform!).join(' '))).toEqual([
    'amd64 linux',
    'arm linux v6',
    'arm linux v7',
    'arm64 linux',
  ]);
});

it('an image takes the place of the one for its platform alone, which may be spelled otherwise', () => {
  expect(othersOf([v7], [amd64, v6, image('old', 'linux/arm/v7')])).toEqual([amd64, v6]);
  expect(othersOf([arm64], [image('old', 'linux/arm64/v8')])).toEqual([]);
  expect(othersOf([amd64], [image('listed'), image('a')])).toEqual([image('listed')]);
});

it('an attestation stays with its image, and goes with it', () => {
  const about = (one: Descriptor) => image(`about ${one.digest}`, 'unknown/unknown', one);
  const old = image('old', 'linux/amd64');
  expect(othersOf([amd64, about(amd64)], [old, about(old), arm64, about(arm64)])).toEqual([
    arm64,
    about(arm64),
  ]);
});
