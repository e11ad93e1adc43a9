import { machineName } from './machine-name.js';

it('two machines of one system have two names', () => {
  expect(machineName('my-os')).not.toBe(machineName('my-os'));
});

it.each([
  ['my-os', /^my-os-[0-9a-f]{6}$/],
  ['My OS.x86', /^my-os-x86-[0-9a-f]{6}$/],
  ['1st', /^st-[0-9a-f]{6}$/],
  ['系统', /^system-[0-9a-f]{6}$/],
  ['a'.repeat(100), /^a{48}-[0-9a-f]{6}$/],
])('a machine of %j has a name that every cloud takes', (system, name) => {
  expect(machineName(system)).toMatch(name);
});
