import { buildSchema, extendBuildSchema, formatLabel, linuxkitSchema, readBuild } from './index.js';

const read = (text: string) => readBuild('build.yml', text);

it('reads the keys of LinuxKit', () => {
  const text = `
image: nginx
org: acme
arches: [amd64]
extra-sources: ["../a:a"]
network: true
disable-cache: false
buildArgs: ["A=1"]
depends: {docker-images: {list: [a], target: x}}
config:
  binds: ["/a:/b"]
  resources: {memory: {kerneltcp: 5}}
`;
  expect(read(text).value).toMatchObject({
    image: 'nginx',
    config: { resources: { memory: { kernelTCP: 5 } } },
  });
});

it('accepts a number as a string, as LinuxKit does in this file', () => {
  const { value } = read('image: 5\nconfig: {devices: [{path: a, mode: 0666}], sysctl: {a: 1}, uid: 7}');
  expect(value).toEqual({
    image: '5',
    config: { devices: [{ path: 'a', mode: '0666' }], sysctl: { a: '1' }, uid: 7 },
  });
});

describe('a value that LinuxKit’s tool decodes without a schema', () => {
  it.each([
    ...['yes', 'Yes', 'YES', 'y', 'on', 'ON', 'true', '"yes"'].map((text) => [text, true] as const),
    ...['no', 'No', 'NO', 'n', 'off', 'Off', 'false', '"no"'].map((text) => [text, false] as const),
  ])('network: %s is %s', (text, network) =>
    expect(read(`image: x\nnetwork: ${text}`).value).toEqual({ image: 'x', network }),
  );

  it.each(['arches', 'extra-sources', 'buildArgs'])('%s without a value is an empty list', (key) =>
    expect(read(`image: x\n${key}:`).value).toEqual({ image: 'x', [key]: [] }),
  );

  it.each(['org', 'tag', 'dockerfile', 'gitrepo', 'network', 'disable-cache', 'config', 'depends'])(
    '%s without a value is left out, so that its default applies',
    (key) => expect(read(`image: x\n${key}:`).value).toEqual({ image: 'x' }),
  );

  it('yes is a boolean inside of config too', () =>
    expect(read('image: x\nconfig: {readonly: yes, hostname: yes}').value.config).toEqual({
      readonly: true,
      hostname: 'yes',
    }));

  it('an alias means the same at each place that it is used at', () =>
    expect(read('image: &a yes\nnetwork: *a').value).toEqual({ image: 'yes', network: true }));
});

it.each([
  ['org: x', 'lacks the key "image"'],
  ['image: x\nconfg: {}', 'did you mean "config"?'],
  ['image: x\nconfig: {name: y}', 'unknown key "name" in config'],
  ['image: [x]', 'image: expected a string, got a list'],
  ['image:', 'lacks the key "image"'],
  ['image: x\nnetwork: maybe', 'network: expected true or false, got the string "maybe"'],
  ['image: x\narches: amd64', 'arches: expected a list, got the string "amd64"'],
  ['image: x\ntrust: true', 'unknown key "trust"'],
])('refuses %j', (text, message) => expect(() => read(text)).toThrow(message));

it('can be extended with further keys', () => {
  const item = {
    type: 'object',
    additionalProperties: false,
    properties: { packages: { type: 'array', items: { type: 'string' } } },
  };
  const schema = extendBuildSchema({ contents: { $ref: '#/definitions/contents' } }, { contents: item });
  const text = 'image: x\ncontents:\n  packages: [5]\n';
  const document = readBuild<{ contents: { packages: string[] } }>('build.yml', text, schema);
  expect(document.value.contents.packages).toEqual(['5']);
  expect(document.where(['contents', 'packages', 0])).toEqual({ file: 'build.yml', line: 3, column: 14 });
  expect(() => readBuild('build.yml', 'image: x\ncontents: {packges: []}', schema)).toThrow(
    'did you mean "packages"?',
  );
});

it('has all keys of a container except its name and image', () => {
  const keys = Object.keys(linuxkitSchema.definitions?.Container.properties ?? {});
  expect(Object.keys(buildSchema.properties?.config.properties ?? {})).toEqual(keys.slice(2, -1));
  expect(keys.slice(-1)).toEqual(['$patch']);
  expect(keys.slice(0, 2)).toEqual(['name', 'image']);
});

it('becomes a label with its keys in LinuxKit’s order', () => {
  const label = formatLabel({
    runtime: { mkdir: ['<a>'], cgroups: ['b'] },
    binds: ['/a:/b'],
    capabilities: ['all'],
  });
  expect(label).toBe(
    '{"capabilities":["all"],"binds":["/a:/b"],"runtime":{"cgroups":["b"],"mkdir":["\\u003ca\\u003e"]}}',
  );
});
