import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { formatMetadata, readOs } from './index.js';

const CLASSIC = `
kernel: {image: "linuxkit/kernel:6.6", cmdline: "console=ttyS0", tar: none}
init: [linuxkit/init:1, "@pkg:../runc"]
onboot:
  - name: sysctl
    image: linuxkit/sysctl:1
    resources: {memory: {limit: 9223372036854775807}, cpu: {realtimeperiod: 5}}
    mounts: [{type: tmpfs, destination: /x}]
services: [{name: nginx, capabilities: [], image: "nginx:1@sha256:00"}]
volumes: [{name: v, image: redis, readonly: true}, {name: w}]
files: [{mode: "0644", path: a, contents: "0755"}, {path: b, metadata: yaml}]
trust: {org: [linuxkit]}
outputs: [{format: tar}]
`;

const read = (text: string) => readOs('x.yml', () => text);

it.each(['yaml', 'json'] as const)('is written as %s', (format) => {
  expect(formatMetadata(read(CLASSIC), format)).toMatchSnapshot();
});

it.each(['yaml', 'json'] as const)('can be read again from %s, and gives the same text', (format) => {
  const first = formatMetadata(read(CLASSIC), format);
  expect(formatMetadata(read(first), format)).toBe(first);
});

/** The fixtures are what `linuxkit build` 1.8.2 wrote for `system.yml`, which uses most keys. */
describe('beside LinuxKit’s own metadata', () => {
  const fixture = (name: string) =>
    readFileSync(join(__dirname, '__fixtures__/linuxkit-1.8.2', name), 'utf8');

  it('JSON has the same bytes', () => {
    expect(formatMetadata(read(fixture('system.yml')), 'json')).toBe(fixture('metadata.json'));
  });

  it('YAML has the same bytes, except the empty values of `resources`, which LinuxKit’s own schema refuses', () => {
    let resources = Infinity;
    const given = fixture('metadata.yml').split('\n');
    const sensible = given.filter((line) => {
      const column = line.search(/\S/);
      if (column <= resources) resources = Infinity;
      if (line.trim() === 'resources:') resources = column;
      return column < resources || line.endsWith('resources:') || !/: (null|""|\[\]|\{\})$/.test(line);
    });
    expect(given.length - sensible.length).toBe(22);
    expect(formatMetadata(read(fixture('system.yml')), 'yaml')).toBe(sensible.join('\n'));
  });
});

it('keeps every string, even if it looks like another type', () => {
  // The unit `binary` of fast-check would make a table of all code points first, which takes seconds.
  const codePoint = fc.integer({ min: 0, max: 0x10ffff }).filter((point) => point >> 11 !== 0x1b);
  const odd = fc.oneof(
    fc.array(codePoint).map((points) => String.fromCodePoint(...points)),
    fc.constantFrom(
      '0644',
      '0o17',
      '0b1',
      '1_000',
      'yes',
      'null',
      '~',
      '.inf',
      '1e3',
      '<<',
      '2001-01-01',
      ' a',
      'a: b',
      'a #b',
      '- a',
      '',
    ),
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', ':', '#', '"', "'", '-', '\\') }),
  );
  fc.assert(
    fc.property(odd, odd, (cmdline, contents) => {
      const text = JSON.stringify({ kernel: { image: 'k', cmdline }, files: [{ path: 'a', contents }] });
      for (const format of ['yaml', 'json'] as const) {
        const { kernel, files } = read(formatMetadata(read(text), format));
        expect(kernel?.cmdline).toBe(cmdline);
        expect(files[0].contents).toBe(contents);
      }
    }),
    { numRuns: 60 },
  );
});
