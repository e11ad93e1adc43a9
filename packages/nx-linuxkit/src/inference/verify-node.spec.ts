import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of the check of signatures', async () => {
  expect((await infer(MY_OS))['my-os/verify']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "oci/kernel-111111111111-amd64",
       "oci/web-222222222222-amd64",
     ],
     "metadata": {
       "description": "The images that my-os trusts",
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "my-os/verify",
     "namedInputs": {
       "default": [],
       "linuxkit": [],
     },
     "projectType": "application",
     "root": ".linuxkit/my-os/verify",
     "tags": [
       "linuxkit:verify",
     ],
     "targets": {
       "verify": {
         "cache": true,
         "dependsOn": [
           "^pull",
           "^image",
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
           "key": "verify-22e5ba44de22 ce9bd0229264741f0419d03b04dd976734ce4e8ea57b41d4b31121af4cada727",
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
