import type { PluginOptions } from '../options.js';
import { OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

describe('a system that cannot be planned', () => {
  it('broken YAML keeps its targets, which say where it is broken', async () => {
    const projects = await infer({
      'bad/linuxkit.yml': 'init:\n  - init:1\nservice: []\n',
      'good/linuxkit.yml': init('init:1'),
      'good/linuxkit.lock.json': lock(['init:1']),
    });
    expect(projects.bad).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "Bootable Linux system bad for linux/amd64, from bad/linuxkit.yml",
         "targetGroups": {
           "Build and boot": [
             "build",
             "boot",
             "boot-test",
             "lock",
             "push-os",
           ],
           "Formats": [
             "kernel+initrd",
             "tar",
           ],
         },
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "bad",
       "namedInputs": {
         "linuxkit": [],
       },
       "projectType": "application",
       "root": "bad",
       "tags": [
         "linuxkit:os",
       ],
       "targets": {
         "boot": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "boot-test": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "build": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "kernel+initrd": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "lock": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "push-os": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
         "tar": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms, variables, variants)",
           },
         },
       },
     }
    `);
    expect(projects).toHaveProperty(['good@initramfs']);
  });

  it('a wrong option in nx.json fails each system with what is wrong, and not the graph', async () => {
    const options = { insecur: ['a:5000'] } as PluginOptions;
    const files = { 'os/linuxkit.yml': init('init:1'), 'os/linuxkit.lock.json': lock(['init:1']) };
    const { os, ...others } = await infer(files, { options });
    expect(others).toEqual({});
    expect(Object.values(os.targets ?? {})).toHaveLength(7);
    for (const { executor, options: given } of Object.values(os.targets ?? {})) {
      expect(executor).toBe('nx-linuxkit:invalid');
      expect(given.message).toMatch(
        /^nx.json: the plugin has no option "insecur", did you mean "insecure"\?/,
      );
    }
    await expect(infer(files, { options: { ...options, strict: true } })).rejects.toMatchObject({
      code: 'bad-option',
    });
  });

  it('broken YAML fails the whole graph where that is asked for', async () => {
    await expect(infer({ 'bad/linuxkit.yml': 'init: 1\n' }, { options: { strict: true } })).rejects.toThrow();
  });

  it.each([
    [
      'a broken lock',
      { 'os/linuxkit.yml': init('init:1'), 'os/linuxkit.lock.json': '{' },
      'linuxkit.lock.json',
    ],
    ['a package that is not there', { 'os/linuxkit.yml': init('"@pkg:../gone"') }, '@pkg:../gone'],
  ])('%s', async (_, files, part) => {
    const { os } = await infer(files);
    expect(os.targets?.build.executor).toBe('nx-linuxkit:invalid');
    expect(os.targets?.build.options.message).toContain(part);
  });

  it('without a lock runs the whole pipeline as one task', async () => {
    expect((await infer({ 'my-os/linuxkit.yml': OS }))['my-os']).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "Bootable Linux system my-os for linux/amd64, from my-os/linuxkit.yml",
         "targetGroups": {
           "Build and boot": [
             "build",
             "boot",
             "boot-test",
             "lock",
             "push-os",
           ],
           "Formats": [
             "kernel+initrd",
             "tar",
           ],
         },
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os",
       "namedInputs": {
         "linuxkit": [],
       },
       "projectType": "application",
       "root": "my-os",
       "tags": [
         "linuxkit:os",
       ],
       "targets": {
         "boot": {
           "cache": false,
           "continuous": true,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "boot of my-os",
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "os": {
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "boot-test": {
           "cache": false,
           "continuous": false,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot-test",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "boot-test of my-os",
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "os": {
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "build": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make kernel+initrd in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "kernel+initrd",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
         },
         "kernel+initrd": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make kernel+initrd in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "kernel+initrd",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
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
             "description": "Pin every image reference to its digest in the lock file",
             "help": {
               "command": "nx lock my-os --update",
               "example": {
                 "options": {
                   "update": true,
                 },
               },
             },
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "file": "my-os/linuxkit.yml",
           },
         },
         "push-os": {
           "cache": false,
           "dependsOn": [
             "build",
           ],
           "executor": "nx-linuxkit:push-os",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "Push the files of formats to a registry, as one OCI artifact",
             "help": {
               "command": "nx push-os my-os --to=registry.example/systems/",
               "example": {
                 "options": {
                   "format": [
                     "iso-efi",
                   ],
                 },
               },
             },
             "technologies": [
               "linuxkit",
               "oci",
             ],
           },
           "options": {
             "os": {
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "tar": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make tar in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "tar",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
         },
       },
     }
    `);
  });
});
