import { readBuild } from './build.js';

describe('readBuild', () => {
  test('reads the keys of LinuxKit and contents, and adds defaults', () => {
    const build = readBuild(
      'image: x\ngitrepo: https://r\nconfig: {pid: host}\ncontents: {labels: {a: b}}',
      'build.yml',
    );
    expect(build).toMatchObject({
      image: 'x',
      org: 'linuxkit',
      arches: ['amd64', 'arm64'],
      config: { pid: 'host' },
    });
    expect(build.contents).toMatchObject({
      suite: 'bookworm',
      packages: [],
      labels: { 'org.opencontainers.image.source': 'https://r', a: 'b' },
    });
  });

  test.each([
    ['an unknown key, with the nearest', 'contents:\n  binarys: []', '2:3', 'did you mean "binaries"'],
    ['a relative path', 'contents:\n  files:\n    - {path: etc/x}', '3:14', 'expected an absolute path'],
    ['a path that climbs', 'contents:\n  files:\n    - {path: /etc/../x}', '3:14', 'without ".."'],
    [
      'a relative glob',
      'contents:\n  binaries:\n    - package: a\n      paths: [bin/*]',
      '4:15',
      'expected an absolute path',
    ],
    ['a relative link', 'contents:\n  links:\n    a: b', '3:8', 'expected an absolute path'],
    ['a mode that is not octal', 'contents:\n  files:\n    - {path: /x, mode: "9"}', '3:24', 'octal'],
    ['from without package', 'contents:\n  files:\n    - {path: /x, from: /y}', '3:7', 'package and from'],
    [
      'two kinds of content',
      'contents:\n  files:\n    - {path: /x, contents: a, source: b}',
      '3:7',
      'got contents and source',
    ],
    ['a list where a map is expected', 'contents:\n  links: []', '2:10', 'expected a mapping, got a list'],
    ['a variable without value', 'contents:\n  env: [A]', '2:9', 'expected NAME=value'],
    [
      'an unknown key of the label',
      'contents: {}\nconfig: {capabilitys: []}',
      '2:10',
      'unknown key "capabilitys"',
    ],
  ])('%s is refused with its place', (_, text, place, message) => {
    const [line, column] = place.split(':').map(Number);
    expect(() => readBuild(`${text}\nimage: x`, 'build.yml')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        where: { file: 'build.yml', line, column },
      }),
    );
  });

  test('a build.yml without contents, which needs a Dockerfile, is refused', () => {
    expect(() => readBuild('image: x', 'build.yml')).toThrow('has no contents');
  });

  test('architectures that are not supported are left out, and it is an error if none is left', () => {
    expect(readBuild('image: x\narches: [amd64, riscv64]\ncontents: {}', 'f').arches).toEqual(['amd64']);
    expect(() => readBuild('image: x\narches: [riscv64]\ncontents: {}', 'f')).toThrow(
      'expected one of amd64, arm64',
    );
    expect(() => readBuild('image: x\narches:\ncontents: {}', 'f')).toThrow('expected one of amd64, arm64');
  });

  test('a key of ours without a value is refused, because LinuxKit has no rule for it', () => {
    expect(() => readBuild('image: x\ncontents:\n  packages:', 'f')).toThrow(
      'contents.packages: expected a list, got nothing',
    );
  });
});
