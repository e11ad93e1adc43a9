import { parseDockerfile } from '../parse/parse.js';
import { planBuild } from './plan.js';

const plan = (text: string, args = {}, platform = 'linux/arm64') =>
  planBuild(parseDockerfile(text, 'Dockerfile'), { args, platform });
const images = (text: string, args = {}) =>
  plan(text, args).images.map(({ reference, platform }) => `${reference} ${platform}`);

test('FROM has the values of build arguments, else of the ARGs before it', () => {
  expect(images('ARG V=1\nARG N=a:$V\nFROM $N\n')).toEqual(['a:1 linux/arm64']);
  expect(images('ARG V=1\nARG N=a:$V\nFROM $N\n', { V: '2' })).toEqual(['a:2 linux/arm64']);
});

test('an ARG may be named like a property of every object', () => {
  expect(() => images('ARG constructor\nFROM a:$constructor\n')).not.toThrow();
  expect(images('ARG toString=1\nFROM a:$toString\n')).toEqual(['a:1 linux/arm64']);
});

test('only stages that the last one needs count', () => {
  const text = 'FROM a AS one\nRUN x\nFROM b AS two\nFROM one AS three\nFROM c\nCOPY --from=two /x /\n';
  const { stages, run } = plan(text);
  expect(images(text)).toEqual(['b linux/arm64', 'c linux/arm64']);
  expect(stages.map(({ text: { index } }) => index)).toEqual([1, 3]);
  expect(run).toBeUndefined();
});

test('COPY --from and the mounts of RUN name stages by name and number, and images', () => {
  const text =
    'FROM a AS one\nFROM b\nCOPY --from=0 /x /\nCOPY --from=ONE /x /\nCOPY --from=d:1 /x /\nRUN --mount=type=bind,from=e,target=/e x\n';
  expect(images(text)).toEqual(['a linux/arm64', 'b linux/arm64', 'd:1 linux/arm64', 'e linux/arm64']);
  expect(plan(text).run?.line).toBe(6);
});

test('a stage may have another platform', () => {
  expect(
    images('FROM --platform=linux/amd64 a AS x\nFROM --platform=$TARGETPLATFORM b\nCOPY --from=x /a /\n'),
  ).toEqual(['a linux/amd64', 'b linux/arm64']);
});

test.each([
  ['ARG N\nFROM $N\n', 'FROM: $N stands for nothing'],
  ['FROM --plattform=x a\n', 'unknown flag --plattform'],
  ['FROM a\nCOPY --from=0 /x /\n', 'expected a stage before this one'],
  ['FROM a\nCOPY --from=$x /x /\n', 'variables are not replaced here'],
  ['ARG =1\nFROM a\n', 'expected NAME or NAME=value'],
])('refuses %j', (text, message) => expect(() => plan(text)).toThrow(message));
