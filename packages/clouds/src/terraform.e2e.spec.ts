import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { disk, MIB, Pushes } from './__tests__/a-push.js';
import { FakeAws } from './__tests__/fake-aws.js';
import { FakeAzure } from './__tests__/fake-azure.js';
import { FakeGoogle } from './__tests__/fake-google.js';
import { FakeOpenstack } from './__tests__/fake-openstack.js';
import type { Fake } from './__tests__/fake.js';

const EXAMPLES = join(__dirname, '../../../examples/terraform');
/** Blocks that a file of Terraform's JSON may have. */
const BLOCKS = ['//', 'terraform', 'variable', 'locals', 'provider', 'resource', 'output'];
/** Functions of Terraform that the modules call. */
const FUNCTIONS = ['jsondecode', 'file', 'base64encode'];

type Block = Readonly<Record<string, Record<string, unknown>>>;
interface Module {
  readonly variable: Block;
  readonly locals: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, Block>>;
  readonly provider: Block;
  readonly terraform: { readonly required_providers: Block };
}

const CLOUDS: Readonly<
  Record<string, { format: string; start: () => Promise<{ fake: Fake; env: Record<string, string> }> }>
> = {
  aws: { format: 'raw-efi', start: () => FakeAws.start() },
  azure: { format: 'vhd-efi', start: () => FakeAzure.start() },
  gcp: { format: 'gcp', start: () => FakeGoogle.start() },
  openstack: { format: 'qcow2-efi', start: () => FakeOpenstack.start() },
};

/** All texts below a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The expressions in `${…}`, whose braces have to be paired. */
function expressionsIn(text: string): string[] {
  const found = [...text.matchAll(/\$\{([^{}]*)\}/g)].map(([, expression]) => expression!);
  expect(text.replace(/\$\{[^{}]*\}/g, '')).not.toMatch(/\$\{/);
  return found;
}

it('there is a module for each of the clouds', () => {
  const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(CLOUDS).sort());
});

describe.each(Object.entries(CLOUDS))('%s', (cloud, { format, start }) => {
  const module = JSON.parse(readFileSync(join(EXAMPLES, cloud, 'main.tf.json'), 'utf8')) as Module;
  const expressions = textsIn(module).flatMap(expressionsIn);

  it('every name that an expression uses is declared', () => {
    expect(Object.keys(module).filter((name) => !BLOCKS.includes(name))).toEqual([]);
    const declared = new Set([
      ...Object.keys(module.variable).map((name) => `var.${name}`),
      ...Object.keys(module.locals).map((name) => `local.${name}`),
      ...Object.entries(module.resource).flatMap(([type, made]) =>
        Object.keys(made).map((name) => `${type}.${name}`),
      ),
    ]);
    const plain = expressions.map((expression) => expression.replace(/"[^"]*"/g, ''));
    const used = plain.flatMap((text) => text.match(/[a-z_0-9]+\.[a-z_0-9]+/gi) ?? []);
    expect(used.length).toBeGreaterThan(0);
    for (const name of used.filter(
      (text) => !/^(push|image|system|network_interface|access_config)\./.test(text),
    ))
      expect([...declared]).toContain(name);
    const called = plain.flatMap((text) => [...text.matchAll(/(\w+)\(/g)].map(([, name]) => name!));
    expect(called.filter((name) => !FUNCTIONS.includes(name))).toEqual([]);
    expect(Object.keys(module.provider)).toEqual(Object.keys(module.terraform.required_providers));
  });

  it('every field of the result that it reads is in the result of a push', async () => {
    const { fake, env } = await start();
    const pushes = new Pushes({ platform: cloud, format, env });
    const bytes =
      cloud === 'azure' ? Buffer.concat([disk('a', 8 * MIB), Buffer.alloc(512, 'footer')]) : disk('a');
    const result = await pushes.push(bytes);
    const paths = expressions.flatMap((text) =>
      [...text.matchAll(/local\.push\.([\w.]+)/g)].map(([, path]) => path!.split('.')),
    );
    const named = new Set(paths.map((path) => path.join('.')));
    expect([named.has('image.id') || named.has('image.selfLink'), named.has('sha256')]).toEqual([true, true]);
    for (const path of paths) {
      const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], result);
      expect([path.join('.'), typeof value]).toEqual([path.join('.'), 'string']);
      expect(value).not.toBe('');
    }
    await fake.close();
    pushes.remove();
  });
});
