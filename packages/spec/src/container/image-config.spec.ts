import fc from 'fast-check';
import { containerConfigs, idMap, readOs, type SpecError } from '../index.js';

const LABEL = 'org.mobyproject.config';

const os = readOs('x.yml', () => 'services:\n  - name: app\n    image: reg.example/app:1\n');
const where = os.where(['services', 0, 'image']);
const options = { ids: idMap(os), volumes: [], section: 'services', index: 0, where } as const;
const configs = (config: unknown) => containerConfigs(os.services[0], config, options);
const labelled = (label: unknown) => ({ Labels: { [LABEL]: JSON.stringify(label) } });

describe('the config of an image is refused by its field', () => {
  it.each<[field: string, config: unknown, message: string]>([
    ['config', 'sh', 'config: expected an object, got the string "sh"'],
    ['config', [], 'config: expected an object, got a list'],
    ['Entrypoint', { Entrypoint: {} }, 'config.Entrypoint: expected a list of strings, got an object'],
    ['Cmd', { Cmd: '/bin/sh' }, 'config.Cmd: expected a list of strings, got the string "/bin/sh"'],
    ['Cmd[1]', { Cmd: ['a', 5] }, 'config.Cmd[1]: expected a string, got the number 5'],
    ['Cmd[0]', { Cmd: ['a\0b'] }, 'config.Cmd[0]: expected a text without NUL'],
    ['Env', { Env: { A: 'b' } }, 'config.Env: expected a list of strings, got an object'],
    ['Env[0]', { Env: [null] }, 'config.Env[0]: expected a string, got null'],
    ['Env[0]', { Env: ['A=\0'] }, 'config.Env[0]: expected a text without NUL'],
    ['User', { User: 0 }, 'config.User: expected a string, got the number 0'],
    ['WorkingDir', { WorkingDir: 5 }, 'config.WorkingDir: expected a string, got the number 5'],
    ['WorkingDir', { WorkingDir: '../../x' }, 'config.WorkingDir: expected an absolute path, got "../../x"'],
    ['Labels', { Labels: [] }, 'config.Labels: expected an object, got a list'],
    ['a label', { Labels: { [LABEL]: 5 } }, `config.Labels.${LABEL}: expected a string, got the number 5`],
  ])('%s', (_, config, message) => {
    expect(() => configs(config)).toThrow(
      expect.objectContaining({
        code: 'bad-image-config',
        message: `image reg.example/app:1: ${message}`,
        where,
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['a relative cwd', { cwd: 'x' }, 'cwd: expected an absolute path, got "x"'],
    ['NUL in env', { env: ['A=1', 'B=\0'] }, 'env[1]: expected a text without NUL'],
    ['NUL in a key', { sysctl: { 'a\0': 'x' } }, 'sysctl.a\0: expected a text without NUL'],
    ['a number', { command: [5] }, 'command[0]: expected a string'],
  ])('%s in a label', (_, label, message) => {
    expect(() => configs(labelled(label))).toThrow(
      expect.objectContaining({
        code: 'bad-label',
        message: expect.stringMatching(/^label of the image reg\.example\/app:1, org\.mobyproject\.config:/),
        where,
      }),
    );
    expect(() => configs(labelled(label))).toThrow(message);
  });
});

it('what Go writes for empty fields is an empty config', () => {
  const empty = { Entrypoint: null, Cmd: null, Env: null, User: '', WorkingDir: '', Labels: null };
  expect([null, undefined, {}, empty].map((config) => configs(config).config)).toEqual(
    Array.from({ length: 4 }, () => configs({}).config),
  );
});

/** A config that uses every field, and a label that uses every key of the schema. */
const LABEL_VALUE = {
  ...{ capabilities: ['all'], ambient: ['CAP_CHOWN'], binds: ['/a:/b:ro'], 'binds.add': ['/c:/d'] },
  ...{ mounts: [{ type: 'bind', source: '/a', destination: '/e', options: ['ro'] }] },
  ...{ devices: [{ path: '/dev/x', type: 'c', major: 1, minor: 2, mode: '0600' }] },
  ...{ tmpfs: ['/tmp:size=1m'], command: ['sh'], env: ['A=1'], cwd: '/x', net: 'host', pid: 'new' },
  ...{ uid: 5, gid: 'root', additionalGids: [1], sysctl: { 'a.b': '1' }, rlimits: ['nofile,1,2'] },
  ...{ uidMappings: [{ containerID: 0, hostID: 1, size: 2 }], annotations: { a: 'b' } },
  ...{ resources: { memory: { limit: 5 }, cpu: { shares: 1 }, devices: [{ allow: true }] } },
  ...{ runtime: { mkdir: ['/a'], mounts: [{ type: 'tmpfs', destination: '/b' }], bindNS: { net: '/n' } } },
  ...{ oomScoreAdj: -5, readonly: true, noNewPrivileges: true, maskedPaths: ['/p'], hostname: 'h' },
};
const CONFIG = {
  ...{ Entrypoint: ['/init'], Cmd: ['-x'], Env: ['PATH=/bin'], User: '1:1', WorkingDir: '/srv' },
  ...{ Labels: { maintainer: 'me', [LABEL]: JSON.stringify(LABEL_VALUE) }, ExposedPorts: { '80/tcp': {} } },
};

/** Values that a hostile or broken builder may write anywhere. */
const ODD = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e300, 2 ** 53, '', '\0', '../..', 'a:b:c:d', [], {}, [[]]),
  fc.constantFrom<unknown>(['a', 5], { __proto__: null, toString: 5 }, 'all', ',', '-', '\ud800', '0x10'),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

/** All places of a JSON value. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

function replaced(value: unknown, [step, ...rest]: readonly string[], by: unknown): unknown {
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}

const mutated = (value: unknown) =>
  fc
    .tuple(fc.constantFrom(...placesOf(value)), ODD)
    .map(([path, by]) => replaced(value, path, by) as Record<string, unknown>);

test('a mutated config or label gives bytes that a runtime can read, or an error that names the image', () => {
  const outcomes = { built: 0, refused: 0 };
  const anyConfig = fc.oneof(
    mutated(CONFIG),
    mutated(LABEL_VALUE).map((label) => labelled(label)),
  );
  fc.assert(
    fc.property(anyConfig, (config) => {
      try {
        const { process } = JSON.parse(configs(config).config);
        const texts: unknown[] = [process.args ?? [], process.env ?? [], process.cwd].flat();
        expect(texts.filter((text) => typeof text !== 'string' || text.includes('\0'))).toEqual([]);
        expect(process.cwd[0]).toBe('/');
        outcomes.built += 1;
      } catch (error) {
        const { code, message, where: place } = error as SpecError;
        if (code !== 'bad-image-config' && code !== 'bad-label') throw error;
        expect(message).toContain('reg.example/app:1');
        expect(place).toEqual(where);
        outcomes.refused += 1;
      }
    }),
    { numRuns: 1500, seed: 19 },
  );
  expect(outcomes.built).toBeGreaterThan(150);
  expect(outcomes.refused).toBeGreaterThan(150);
});
