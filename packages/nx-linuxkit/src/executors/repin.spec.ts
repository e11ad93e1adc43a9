import { repin, type RepinContext } from './repin.js';

/** A graph of edges written as `user > used`; systems and packages are in upper case. */
function graph(...edges: string[]): Pick<RepinContext, 'projectGraph'> {
  const pairs = edges.map((edge) => edge.split(' > '));
  const node = (name: string) => ({
    name,
    type: 'lib' as const,
    data: { root: name, tags: [name === name.toUpperCase() ? 'linuxkit:os' : 'linuxkit:internal'] },
  });
  const dependencies: Record<string, { source: string; target: string; type: string }[]> = {};
  for (const [source, target] of pairs)
    (dependencies[source] ??= []).push({ source, target, type: 'static' });
  return {
    projectGraph: {
      nodes: Object.fromEntries(pairs.flat().map((name) => [name, node(name)])),
      dependencies,
    },
  };
}

test('the command names the system that is made of the image, over any number of nodes', () => {
  const one = graph('OS > os@initramfs', 'os@initramfs > oci@web@services', 'oci@web@services > oci@web');
  expect(repin('oci@web', one, {})).toBe('Run `nx lock OS --update`');
});

test('the command names all systems that share the image, and no other', () => {
  const shared = graph('B > oci@web', 'A > oci@web', 'C > oci@db', 'oci@web > oci@base');
  expect(repin('oci@web', shared, { targetNames: { lock: 'pin' } })).toBe(
    'Run `nx run-many -t pin -p A,B --update`',
  );
});

test('a system without a graph is the project that runs', () => {
  const context = { ...graph('OTHER > oci@db'), projectName: 'my-os' };
  expect(repin('oci@web', context, {})).toBe('Run `nx lock my-os --update`');
  expect(repin('oci@web', { ...context, projectGraph: undefined as never }, {})).toBe(
    'Run `nx lock my-os --update`',
  );
});
