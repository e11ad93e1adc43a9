import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageNames } from '@nx-linuxkit/stages/plan';

const ROOT = join(__dirname, '../../..');
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const { executors } = readJson('executors.json');

it('the executor of inferred targets takes every stage, build and package', () => {
  const { properties } = readJson(executors.stage.schema);
  expect([...properties.stage.enum].sort()).toEqual([...stageNames, 'build', 'package'].sort());
});

it.each(stageNames)(
  '%s has an executor for targets written by hand, whose schema is a part of the common one',
  (stage) => {
    const { schema, implementation } = executors[stage];
    expect(implementation).toBe(executors.stage.implementation);
    const { properties, allOf } = readJson(schema);
    expect(properties.stage).toMatchObject({ const: stage, default: stage });
    expect(Object.keys(readJson(executors.stage.schema).properties)).toEqual(
      expect.arrayContaining([...Object.keys(properties), ...allOf[0].required]),
    );
  },
);

it.each([...stageNames, 'build'])(
  'the common executor takes for %s what a schema of its own has',
  (stage) => {
    const own = stage === 'build' ? ['stage', 'os', 'verify'] : propertiesOf(executors[stage].schema);
    const common = readJson(executors.stage.schema).properties as Record<string, { 'x-stages'?: string[] }>;
    const taken = Object.keys(common).filter((name) => common[name]['x-stages']?.includes(stage) ?? true);
    expect(taken).toEqual(expect.arrayContaining(own));
    for (const name of ['image', 'segment', 'root', 'verify', 'format'])
      expect([name, taken.includes(name)]).toEqual([name, own.includes(name)]);
  },
);

function propertiesOf(schema: string): string[] {
  return Object.keys(readJson(schema).properties);
}
