import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

const { infer } = inferenceWorkspace();

it('without the option `sign` nothing signs', async () => {
  expect(Object.keys(await infer(MY_OS)).filter((name) => name.includes('sign'))).toEqual([]);
});

it('with it each system has a node that signs after the build, and no other node changes', async () => {
  const sign = { key: 'cosign.key', passwordFile: 'password' };
  const [before, after] = [await infer(MY_OS), await infer(MY_OS, { options: { sign } })];
  const { 'my-os@sign': node, ...others } = after;
  expect(others).toEqual(before);
  expect(node.implicitDependencies).toEqual(['my-os']);
  expect(node.targets?.sign).toMatchObject({
    executor: 'nx-linuxkit:sign',
    cache: false,
    dependsOn: ['^build'],
    options: { os: { name: 'my-os', file: 'apps/my-os/linuxkit.yml' }, ...sign },
  });
});

it('a system without a lock has the node too: its build locks', async () => {
  const projects = await infer({ 'os/linuxkit.yml': 'init: [a:1]\n' }, { options: { sign: {} } });
  expect(projects['os@sign'].targets?.sign.dependsOn).toEqual(['^build']);
});
