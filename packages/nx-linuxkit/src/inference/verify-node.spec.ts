import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of the check of signatures', async () => {
  expect((await infer(MY_OS))['my-os@verify']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "oci@kernel-1111111",
       "oci@web-2222222",
     ],
     "metadata": {
       "description": "The images that my-os trusts",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "my-os@verify",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "library",
     "root": ".linuxkit/my-os/verify",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "verify-images": {
         "cache": true,
         "dependsOn": [
           "^pull-image",
           "^make-image",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Check the signatures of the images that the lock pins",
         },
         "options": {
           "key": "verify-a33bc1b5be77 ce9bd0229264741f0419d03b04dd976734ce4e8ea57b41d4b31121af4cada727",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
           "stage": "verify",
         },
         "outputs": [
           "{projectRoot}/verify",
         ],
       },
     },
   }
  `);
});

describe('with the option `signatures`', () => {
  const options = {
    signatures: { images: { 'registry.example/': { key: 'keys/cosign.pub' } } },
  };
  const KEY = { 'keys/cosign.pub': 'a key' };

  it('keys and evidence are inputs of the check and of `build`, which `nx affected` asks', async () => {
    const projects = await infer({ ...MY_OS, ...KEY }, { options });
    const files = ['{workspaceRoot}/keys/cosign.pub', '{workspaceRoot}/apps/my-os/linuxkit.signatures.json'];
    expect(projects['my-os@verify'].namedInputs?.linuxkit).toEqual(files);
    expect(projects['my-os'].targets?.build.inputs).toEqual(expect.arrayContaining(files));
  });

  it('a key file that git ignores makes the system one task that is not cached, as a daemon does not see it change', async () => {
    const projects = await infer({ ...MY_OS, ...KEY, '.gitignore': 'keys\n' }, { options });
    expect(projects['my-os@verify']).toBeUndefined();
    expect(projects['my-os'].targets?.build).toMatchObject({
      cache: false,
      options: { uncached: expect.stringContaining('keys/cosign.pub') },
    });
  });

  it('another key in the same file changes the key of the check and no other target', async () => {
    const before = await infer({ ...MY_OS, ...KEY }, { options });
    const after = await infer({ ...MY_OS, 'keys/cosign.pub': 'another key' }, { options });
    const { 'my-os@verify': checkBefore, ...othersBefore } = before;
    const { 'my-os@verify': check, ...others } = after;
    expect(check.targets?.['verify-images'].options.key).not.toBe(
      checkBefore.targets?.['verify-images'].options.key,
    );
    expect(others).toEqual(othersBefore);
  });

  it('an option of another form fails the targets of systems with its place, and no other project', async () => {
    const wrong = { signatures: { images: { 'registry.example/': { keys: 'a' } } } } as never;
    const projects = await infer(MY_OS, { options: wrong });
    expect(projects['my-os'].targets?.build).toMatchObject({
      executor: 'nx-linuxkit:invalid',
      options: { message: expect.stringContaining('unknown key "keys"') },
    });
  });

  it('the images that pass with a warning are those that `build` names', async () => {
    const signatures = { default: 'warn' as const, images: { 'registry.example/': 'off' as const } };
    const projects = await infer(MY_OS, { options: { signatures } });
    expect(projects['my-os'].targets?.build.metadata).toMatchObject({
      linuxkit: { unchecked: ['kernel:1'] },
    });
  });
});
