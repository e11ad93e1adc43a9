import { DIGESTS, MY_OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of an image', async () => {
  expect((await infer(MY_OS))['oci@web-2222222']).toMatchInlineSnapshot(`
   {
     "metadata": {
       "description": "registry.example/team/web for linux/amd64",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "oci@web-2222222",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "library",
     "root": ".linuxkit/images/web-222222222222-amd64",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "extract-image": {
         "cache": true,
         "dependsOn": [
           "pull-image",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Flatten the layers of registry.example/team/web into one tree",
         },
         "options": {
           "image": {
             "id": "oci@web-2222222",
             "platform": "linux/amd64",
             "root": ".linuxkit/images/web-222222222222-amd64",
             "source": {
               "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
               "from": "registry.example/team/web",
               "kind": "pulled",
             },
           },
           "stage": "extract",
           "v": "extract-19085c90f02f",
         },
         "outputs": [
           "{projectRoot}/extract",
         ],
       },
       "pull-image": {
         "cache": true,
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Fetch the manifest, config and layers of registry.example/team/web and verify their digests",
         },
         "options": {
           "image": {
             "id": "oci@web-2222222",
             "platform": "linux/amd64",
             "root": ".linuxkit/images/web-222222222222-amd64",
             "source": {
               "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
               "from": "registry.example/team/web",
               "kind": "pulled",
             },
           },
           "stage": "pull",
           "v": "pull-25629f75a946",
         },
         "outputs": [
           "{projectRoot}/pull",
         ],
       },
     },
   }
  `);
});

it('images of one name from two registries', async () => {
  const references = ['a.example/web:1', 'b.example/web:1'];
  const yaml = `init:\n${references.map((reference) => `  - ${reference}\n`).join('')}`;
  const images = Object.keys(
    await infer({
      'apps/my-os/linuxkit.yml': yaml,
      'apps/my-os/linuxkit.lock.json': lock(references),
    }),
  ).filter((name) => /^oci@[^@]+$/.test(name));
  expect(images).toEqual(['oci@web-1111111', 'oci@web-2222222']);
});

it('one digest under two names is one node', async () => {
  const same = { 'linux/amd64': { digest: DIGESTS[0] } };
  const projects = await infer({
    'apps/my-os/linuxkit.yml': 'init:\n  - a.example/web:1\n  - a.example/web:latest\n',
    'apps/my-os/linuxkit.lock.json': JSON.stringify({
      lockfileVersion: 1,
      images: { 'a.example/web:1': same, 'a.example/web:latest': same },
    }),
  });
  expect(Object.keys(projects).filter((name) => /^oci@[^@]+$/.test(name))).toEqual(['oci@web-1111111']);
});

const banner = { 'images/banner/build.yml': 'image: banner\ncontents: {}\n' };

it('the node of a package has its files as inputs', async () => {
  const projects = await infer({
    ...banner,
    'apps/my-os/linuxkit.yml': init('"@pkg:../../images/banner"'),
  });
  expect(projects['pkg@images-banner']).toMatchInlineSnapshot(`
   {
     "metadata": {
       "description": "images/banner for linux/amd64",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "pkg@images-banner",
     "namedInputs": {
       "default": [],
       "linuxkit": [
         "{workspaceRoot}/images/banner/**/*",
         {
           "fileset": "{workspaceRoot}/images/banner/build.lock.json",
           "includeIgnored": true,
         },
       ],
     },
     "projectType": "library",
     "root": ".linuxkit/packages/images/banner-amd64",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "export-image": {
         "cache": false,
         "dependsOn": [
           "make-image",
         ],
         "executor": "nx-linuxkit:export",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Write the image of images/banner to a file",
           "help": {
             "command": "nx export-image pkg@images-banner --output-file=image.tar",
             "example": {
               "options": {},
             },
           },
           "technologies": [
             "linuxkit",
             "oci",
           ],
         },
         "options": {
           "image": {
             "id": "pkg@images-banner",
             "platform": "linux/amd64",
             "root": ".linuxkit/packages/images/banner-amd64",
             "source": {
               "folder": "images/banner",
               "kind": "package",
             },
           },
         },
       },
       "extract-image": {
         "cache": true,
         "dependsOn": [
           "make-image",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Flatten the layers of images/banner into one tree",
         },
         "options": {
           "image": {
             "id": "pkg@images-banner",
             "platform": "linux/amd64",
             "root": ".linuxkit/packages/images/banner-amd64",
             "source": {
               "folder": "images/banner",
               "kind": "package",
             },
           },
           "stage": "extract",
           "v": "extract-19085c90f02f",
         },
         "outputs": [
           "{projectRoot}/extract",
         ],
       },
       "lock": {
         "cache": false,
         "executor": "nx-linuxkit:lock",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Pin what the image of images/banner is made of to its current versions",
           "help": {
             "command": "nx lock pkg@images-banner",
             "example": {
               "options": {},
             },
           },
           "technologies": [
             "linuxkit",
             "debian",
           ],
         },
         "options": {
           "folder": "images/banner",
         },
       },
       "make-image": {
         "cache": true,
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Make the image of images/banner",
         },
         "options": {
           "image": {
             "id": "pkg@images-banner",
             "platform": "linux/amd64",
             "root": ".linuxkit/packages/images/banner-amd64",
             "source": {
               "folder": "images/banner",
               "kind": "package",
             },
           },
           "stage": "image",
           "v": "image-4bf5718b5fd9",
         },
         "outputs": [
           "{projectRoot}/image",
         ],
       },
     },
   }
  `);
  expect(projects['pkg@images-banner@init'].targets?.segment.inputs).toEqual([
    { externalDependencies: [] },
    'linuxkit',
    { projects: ['pkg@images-banner'], input: 'linuxkit' },
  ]);
});

it('a build.yml of another tool makes no node', async () => {
  const foreign = {
    '.github/workflows/build.yml': 'on: push\n',
    'ci/build.yml': 'image: node:22\nscript: [make]\n',
  };
  expect(await infer(foreign)).toEqual({});
});

it.each([
  ['with RUN', 'FROM scratch\nCOPY a /\nRUN x\n', true],
  ['with triggers for what stands on it', 'FROM scratch\nONBUILD RUN x\n', true],
  ['that runs nothing', 'FROM scratch\nCOPY a /\n', false],
])('the variable that names a builder is an input of a Dockerfile %s', async (_, text, isInput) => {
  const files = { 'pkg/a/build.yml': 'image: a\n', 'pkg/a/Dockerfile': text, 'pkg/a/a': '1' };
  const { namedInputs } = (await infer(files))['pkg@pkg-a'];
  const found = (namedInputs?.linuxkit ?? []).filter((input) => typeof input === 'object' && 'env' in input);
  expect(found).toEqual(isInput ? [{ env: 'NX_LINUXKIT_BUILDER' }] : []);
});
