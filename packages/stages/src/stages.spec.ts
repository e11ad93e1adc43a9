import { stageNames, stageVersion, stagesReadBy, versionWith, type Upstream } from './stages.js';
import type { Ask } from './wiring/index.js';

it.each(stageNames)('%s comes after the stages that it reads', (stage) => {
  const before = stageNames.slice(0, stageNames.indexOf(stage));
  expect(before).toEqual(expect.arrayContaining([...stagesReadBy(stage)]));
});

it.each(stageNames)('the version of %s contains that of each stage upstream', (stage) => {
  const parts = stageVersion(stage).split(',');
  for (const read of stagesReadBy(stage))
    expect(parts).toEqual(expect.arrayContaining(stageVersion(read).split(',')));
});

it.each(stageNames)(
  '%s has another version where zlib writes other bytes, if it holds compressed bytes',
  (stage) => {
    const holdsNone = ['pull', 'verify'].includes(stage);
    expect(versionWith(stage, 'other') === versionWith(stage, '')).toBe(holdsNone);
    expect(versionWith(stage, '')).toBe(stageVersion(stage));
  },
);

it('a stage that asks for a result of a stage that is not upstream of it does not compile', () => {
  const asked: string[] = [];
  const ask: Ask<Upstream<'extract'>> = async (stage) => asked.push(stage) as never;
  void ask('pull', {} as never);
  // @ts-expect-error The stage segment reads extract, not the other way round.
  void ask('segment', {} as never);
  expect(asked).toEqual(['pull', 'segment']);
});
