import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of the containers’ configs', async () => {
  expect((await infer(MY_OS))['my-os@oci-config']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "oci@kernel-1111111",
       "oci@web-2222222",
     ],
     "metadata": {
       "description": "How the containers of my-os run",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "my-os@oci-config",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "library",
     "root": ".linuxkit/my-os/oci-config",
     "tags": [
       "linuxkit:internal",
     ],
     "targets": {
       "oci-config": {
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
           "description": "Make config.json and runtime.json of each container",
         },
         "options": {
           "key": "oci-config-15c8ff426550 04ee45502064c63e35bcf47c9d4b56bc2f8113021513d1e63cc75fb4a4ca03d1",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
           "stage": "oci-config",
         },
         "outputs": [
           "{projectRoot}/oci-config",
         ],
       },
     },
   }
  `);
});
