import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of an initramfs', async () => {
  expect((await infer(MY_OS))['my-os@initramfs']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "oci@kernel-1111111@kernel",
       "oci@web-2222222@services",
       "my-os@oci-config",
       "my-os@verify",
     ],
     "metadata": {
       "description": "The initramfs of my-os",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "my-os@initramfs",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "library",
     "root": ".linuxkit/my-os/initramfs",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "initramfs": {
         "cache": true,
         "dependsOn": [
           "^oci-config",
           "^verify-images",
           "^segment",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           {
             "externalDependencies": [],
           },
           "linuxkit",
         ],
         "metadata": {
           "description": "Put the segments in order and make the one that only this OS has",
         },
         "options": {
           "key": "initramfs-b931060d9919 f6371fcac94956ef726799d6825b6f4c240a969fa238e2a25ff15cafb88b3361",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
           "stage": "initramfs",
         },
         "outputs": [
           "{projectRoot}/initramfs",
         ],
       },
     },
   }
  `);
});

it('an initramfs depends on every image by way of its segment', async () => {
  const projects = await infer(MY_OS);
  const segments = projects['my-os@initramfs'].implicitDependencies?.filter(
    (id) => id.split('@').length === 3,
  );
  const images = segments?.flatMap((id) => projects[id].implicitDependencies);
  expect(images).toEqual(Object.keys(projects).filter((id) => /^oci@[^@]+$/.test(id)));
});
