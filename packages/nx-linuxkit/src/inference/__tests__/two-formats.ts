import type * as formats from '@nx-linuxkit/formats';

/**
 * The formats package with two formats, for `jest.mock`. They stand for all: what a node holds of one format, it
 * holds of each.
 */
export function twoFormats(): typeof formats {
  const actual = jest.requireActual<typeof formats>('@nx-linuxkit/formats');
  const two = ['kernel+initrd', 'tar'].map((name) => actual.findFormat(name) as formats.Format);
  return { ...actual, formats: two, formatNames: two.map(({ name }) => name) };
}
