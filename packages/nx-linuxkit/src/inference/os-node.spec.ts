import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

it('the node of a system has every format, build, boots and lock', async () => {
  expect((await infer(MY_OS))['my-os']).toMatchInlineSnapshot(`
   {
     "implicitDependencies": [
       "my-os@initramfs",
     ],
     "metadata": {
       "description": "Bootable Linux system my-os for linux/amd64, from apps/my-os/linuxkit.yml",
       "targetGroups": {
         "Build and boot": [
           "build",
           "boot",
           "boot-test",
           "dev",
           "lock",
         ],
         "Formats": [
           "kernel+initrd",
           "tar",
         ],
         "Reports and uploads": [
           "size",
           "why",
           "diff",
           "sbom",
           "licenses",
           "scan",
           "inspect",
           "push-os",
         ],
       },
       "technologies": [
         "linuxkit",
       ],
     },
     "name": "my-os",
     "namedInputs": {
       "linuxkit": [
         {
           "externalDependencies": [],
         },
       ],
     },
     "projectType": "application",
     "root": "apps/my-os",
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
           "description": "Boot a format in QEMU with the console on the terminal",
           "help": {
             "command": "nx boot my-os --publish=8080:80",
             "example": {
               "options": {
                 "memory": 1024,
               },
             },
           },
           "technologies": [
             "linuxkit",
             "qemu",
           ],
         },
         "options": {
           "format": "kernel+initrd",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "boot-test": {
         "cache": true,
         "dependsOn": [
           "kernel+initrd",
         ],
         "executor": "nx-linuxkit:boot-test",
         "inputs": [
           "linuxkit",
         ],
         "metadata": {
           "description": "Boot a format in QEMU without a screen and check that it comes up",
           "help": {
             "command": "nx boot-test my-os",
             "example": {
               "options": {
                 "expect": [
                   "login:",
                 ],
               },
             },
           },
           "technologies": [
             "linuxkit",
             "qemu",
           ],
         },
         "options": {
           "format": "kernel+initrd",
           "key": "format-37c3ee0115df b5cb5acb9605bbd3e13d0622d770ad10ea12c9326eac6d84dc2e6704ebd6ae97",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
         "outputs": [
           "{workspaceRoot}/.linuxkit/my-os/boot-test/{options.format}",
         ],
       },
       "build": {
         "cache": true,
         "dependsOn": [
           "kernel+initrd",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           "linuxkit",
           "{workspaceRoot}/apps/my-os/linuxkit.yml",
           "{workspaceRoot}/apps/my-os/project.json",
           "{workspaceRoot}/apps/my-os/package.json",
           {
             "env": "NX_LINUXKIT_VERIFY_RUN",
           },
         ],
         "metadata": {
           "description": "Make every format that apps/my-os/linuxkit.yml declares: kernel+initrd",
           "help": {
             "command": "nx build my-os",
             "example": {
               "options": {},
             },
           },
           "linuxkit": {
             "asksDocker": false,
             "formats": [
               "kernel+initrd",
             ],
             "privileged": ".linuxkit/my-os/oci-config/oci-config/privileges.json",
             "targets": [
               "kernel+initrd",
             ],
             "unchecked": [],
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "dist": "dist/apps/my-os",
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
             "platform": "linux/amd64",
             "root": "apps/my-os",
           },
           "stage": "build",
         },
         "outputs": [],
       },
       "dev": {
         "cache": false,
         "continuous": true,
         "dependsOn": [
           "kernel+initrd",
         ],
         "executor": "nx-linuxkit:dev",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Boot the system and keep the guest as its files are, by replacing services or by a reboot",
           "help": {
             "command": "nx dev my-os --publish=8080:80",
             "example": {
               "options": {
                 "publish": [
                   "8080:80",
                 ],
               },
             },
           },
           "technologies": [
             "linuxkit",
             "qemu",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "diff": {
         "cache": false,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:diff",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Say which files, images and packages differ from another state: a folder, a git ref, a registry",
           "help": {
             "command": "nx diff my-os --with=HEAD~1",
             "example": {
               "options": {
                 "with": "HEAD~1",
               },
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "inspect": {
         "cache": false,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:inspect",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Write a page that shows what the system is made of: sizes, boot order, last build, packages",
           "help": {
             "command": "nx inspect my-os",
             "example": {
               "options": {},
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "kernel+initrd": {
         "cache": true,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           "linuxkit",
         ],
         "metadata": {
           "description": "Kernel, initrd and command line as three files: my-os-kernel, my-os-initrd.img, my-os-cmdline",
         },
         "options": {
           "format": "kernel+initrd",
           "key": "format-37c3ee0115df 9f24b8d74320db9fb2997a5efe7198414e8a532480224e65368500036a3e3b49",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
         "outputs": [
           "{workspaceRoot}/dist/apps/my-os/kernel+initrd",
         ],
       },
       "licenses": {
         "cache": false,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:licenses",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Say which licences the packages have, and fail for those that are refused",
           "help": {
             "command": "nx licenses my-os --deny=AGPL-3.0-only",
             "example": {
               "options": {
                 "deny": "AGPL-3.0-only",
               },
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
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
           "file": "apps/my-os/linuxkit.yml",
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
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "sbom": {
         "cache": false,
         "dependsOn": [
           "build",
         ],
         "executor": "nx-linuxkit:sbom-files",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Write documents beside the formats: SPDX 2.3, CycloneDX 1.6, SLSA provenance, VEX",
           "help": {
             "command": "nx sbom my-os",
             "example": {
               "options": {},
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "scan": {
         "cache": false,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:scan",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Say which packages have vulnerabilities, by a feed of OSV or of Debian that you have downloaded",
           "help": {
             "command": "nx scan my-os --with=feed.zip",
             "example": {
               "options": {
                 "with": "feed.zip",
               },
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "size": {
         "cache": false,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:size",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Say what the initrd is made of: images, files, copies",
           "help": {
             "command": "nx size my-os --budget=50MB",
             "example": {
               "options": {
                 "budget": "50MB",
               },
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
       "tar": {
         "cache": true,
         "dependsOn": [
           "^initramfs",
         ],
         "executor": "nx-linuxkit:stage",
         "inputs": [
           "linuxkit",
         ],
         "metadata": {
           "description": "The root file system as a tar archive, with the kernel under boot/: my-os.tar",
         },
         "options": {
           "format": "tar",
           "key": "format-37c3ee0115df 9f24b8d74320db9fb2997a5efe7198414e8a532480224e65368500036a3e3b49",
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
         "outputs": [
           "{workspaceRoot}/dist/apps/my-os/tar",
         ],
       },
       "why": {
         "cache": false,
         "executor": "nx-linuxkit:why",
         "inputs": [
           {
             "externalDependencies": [],
           },
         ],
         "metadata": {
           "description": "Say why the last build that made something had to: what had changed, and which tasks read it",
           "help": {
             "command": "nx why my-os",
             "example": {
               "options": {},
             },
           },
           "technologies": [
             "linuxkit",
           ],
         },
         "options": {
           "os": {
             "file": "apps/my-os/linuxkit.yml",
             "name": "my-os",
           },
         },
       },
     },
   }
  `);
});
