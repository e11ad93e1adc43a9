import { MY_OS, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of a segment', async () => {
  expect((await infer(MY_OS))['oci@web-2222222@services']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "oci@web-2222222",
     ],
     "metadata": {
       "description": "oci@web-2222222 at containers/services/web",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "oci@web-2222222@services",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "library",
     "root": ".linuxkit/segment/oci/web-222222222222-amd64/services/web",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "segment": {
         "cache": true,
         "dependsOn": [
           "^extract-image",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Make the initramfs segment of oci@web-2222222 at containers/services/web",
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
           "root": ".linuxkit/segment/oci/web-222222222222-amd64/services/web",
           "segment": {
             "at": "containers/services/web",
             "compressor": "gzip",
             "section": "services",
           },
           "stage": "segment",
           "v": "segment-bf80ac42e356",
         },
         "outputs": [
           "{projectRoot}/segment",
         ],
       },
     },
   }
  `);
});

it('an image at one place in two systems has one segment, whatever its stanza says', async () => {
  const services = ['env: [A=1]', 'env: [B=2]', 'readonly: true'].map(
    (more) => `services: [{name: web, image: 'web:1', ${more}}]\n`,
  );
  const files = services.flatMap((yaml, i) => [
    [`apps/os-${i}/linuxkit.yml`, yaml],
    [`apps/os-${i}/linuxkit.lock.json`, lock(['web:1'])],
  ]);
  const projects = await infer(Object.fromEntries(files) as Record<string, string>);
  const segments = Object.keys(projects).filter((name) => name.split('@').length === 3);
  const shared = 'oci@web-1111111@services';
  expect(segments).toEqual([shared, expect.stringMatching(`^${shared}-[0-9a-f]{8}$`)]);
  for (const os of ['os-0', 'os-1', 'os-2']) {
    const own = segments[os === 'os-2' ? 1 : 0];
    expect(projects[`${os}@initramfs`].implicitDependencies).toContain(own);
  }
});

it('an image that is twice an init has one segment', async () => {
  const projects = await infer({
    'apps/my-os/linuxkit.yml': 'init: [init:1, init:1]\n',
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  });
  const segment = 'oci@init-1111111@init';
  const edges = projects['my-os@initramfs'].implicitDependencies;
  expect(edges?.filter((name) => name === segment)).toHaveLength(1);
  expect(projects[segment]).toBeDefined();
});
