import { packageNode } from '../../packages/stages/src/plan/image-node.js';
import { inYaml, type Mistake } from './mistake.js';

const LOCK = 'os/linuxkit.lock.json';
/** Stands for the host and port of a registry that has no images. */
export const REGISTRY = 'registry.test:5000';
/** Stands for the host and port of nothing. */
export const NOWHERE = 'nowhere.test:5000';

const init = (image: string) => `init:\n  - ${image}\noutputs:\n  - format: tar\n`;

/** Mistakes with images, locks, packages and nx.json. */
export const IMAGE_MISTAKES: readonly Mistake[] = [
  inYaml(
    'names an image that the registry does not have',
    init(`${REGISTRY}/team/web:1`),
    `os/linuxkit.yml:2:5: manifest ${REGISTRY}/team/web:1 does not exist: ${REGISTRY} answered 404 (MANIFEST_UNKNOWN: manifest unknown)
  hint: Check the name and the tag.`,
  ),
  inYaml(
    'names a registry that does not run',
    init(`${NOWHERE}/team/web:1`),
    `os/linuxkit.yml:2:5: ${NOWHERE}/team/web:1: cannot reach ${NOWHERE}: connection refused (ECONNREFUSED)
  because: connect ECONNREFUSED ${NOWHERE}
  hint: Check the name, the port and the network, or name a mirror that can be reached.`,
  ),
  inYaml(
    'names an OCI layout that is not there',
    init('oci:layout'),
    `os/linuxkit.yml:2:5: there is no index.json in oci:layout
  hint: Check that the path names an image of this kind.`,
  ),
  inYaml(
    'names an archive that is not there',
    init('docker-archive:image.tar'),
    `os/linuxkit.yml:2:5: docker-archive:image.tar: there is no archive <workspace>/image.tar
  because: ENOENT: no such file or directory, stat '<workspace>/image.tar'
  hint: Check the path.`,
  ),
  inYaml(
    'asks a Docker daemon that does not run',
    init('docker-daemon:web:1'),
    `os/linuxkit.yml:2:5: docker-daemon:web:1: cannot reach the Docker daemon (ENOENT)
  because: connect ENOENT /none/docker.sock
  hint: Start Docker, or set DOCKER_HOST; on Linux the user has to be in the group docker.`,
    {
      env: { DOCKER_HOST: 'unix:///none/docker.sock' },
    },
  ),
  inYaml(
    'forgets to commit the lock',
    init('web:1'),
    `os/linuxkit.yml: os/linuxkit.lock.json does not pin web:1 for linux/amd64
  hint: Run \`nx lock os\` and commit the lock file; locks are not written in CI or with \`frozen\`. Tags that are content hashes need no lock: name them in the plugin option \`immutable\`.`,
    { env: { CI: 'true' } },
  ),
  inYaml(
    'breaks the lock',
    init('web:1'),
    `os/linuxkit.lock.json: the lock file is not JSON: it starts with "{\\"lockfileVersion\\": 1, \\"images\\": {"
  because: Expected property name or '}' in JSON at position 34
  hint: Restore the file from version control, or delete it and lock again.`,
    { files: { [LOCK]: '{"lockfileVersion": 1, "images": {' } },
  ),
  inYaml(
    'has a lock of a later version',
    init('web:1'),
    `os/linuxkit.lock.json: expected lockfileVersion 1, got "99"
  hint: Use the version of nx-linuxkit that wrote the file, or delete it and lock again.`,
    {
      files: { [LOCK]: '{"lockfileVersion": 99, "images": {}}' },
    },
  ),
  inYaml(
    'updates an image that the YAML does not have',
    init('web:1'),
    `os/linuxkit.yml: there is no image wbe to update, did you mean web?
  hint: It names web:1.`,
    {
      target: 'lock',
      options: { update: 'wbe' },
    },
  ),
  inYaml(
    'mistypes an option of lock',
    init('web:1'),
    `lock has no option updte, did you mean update? (it has file, update, set, folder)
  hint: \`nx lock os --help\` explains the options.`,
    { target: 'lock', options: { updte: true } },
  ),
  inYaml(
    'builds a format that does not exist',
    init('web:1'),
    `there is no format isoo, did you mean iso?
  hint: Formats are kernel+initrd, tar, docker, tar-kernel-initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, ab-update, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, eif, uki, rpi3, raw-rpi.`,
    { options: { formats: 'isoo' } },
  ),
  inYaml(
    'mistypes a key of a package',
    init('"@pkg:../app"'),
    `app/build.yml:1:1: the document lacks the key "image"
app/build.yml:1:1: unknown key "imgae" in the document, did you mean "image"? (allowed: image, org, tag, dockerfile, arches, extra-sources, gitrepo, network, disable-cache, config, buildArgs, depends, contents)
  hint: Name of the image, without its organisation.`,
    {
      files: { 'app/build.yml': 'imgae: app\n' },
    },
  ),
  inYaml(
    'forgets the lock of a package',
    init('"@pkg:../app"'),
    `app has no build.lock.json
  because: ENOENT: no such file or directory, open '<workspace>/app/build.lock.json'
  hint: Run "nx lock ${packageNode({ kind: 'package', folder: 'app' }, 'linux/amd64').id}".`,
    {
      files: { 'app/build.yml': 'image: app\ncontents:\n  packages: [busybox]\n' },
    },
  ),
  inYaml(
    'mistypes a plugin option',
    init('web:1'),
    `nx.json: the plugin has no option "debianMiror", did you mean "debianMirror"? (known: outputs, images, mirrors, insecure, caFile, minimumRate, transferTimeout, docker, compressor, loaders, imagePrivileges, privilegedImages, packages, frozen, immutable, decompressKernel, sbom, filesOverrideParents, signatures, secureBoot, trustedCache, targetNames, targetPrefix, store, storeLimit, debianMirror, strict, include, sign)
  hint: Correct "options" beside "plugin": "nx-linuxkit"; docs/reference/plugin-options.md has every option.`,
    { plugin: { debianMiror: 'http://mirror' } },
  ),
  inYaml(
    'gives a plugin option another type',
    init('web:1'),
    `nx.json: the plugin's option docker: expected true or false, without quotes, got the text "yes"
  hint: Correct "options" beside "plugin": "nx-linuxkit"; docs/reference/plugin-options.md has every option.`,
    { plugin: { docker: 'yes' } },
  ),
  inYaml(
    'mistypes a compressor',
    init('web:1'),
    `nx.json: the plugin's option compressor: expected one of gzip, zstd, none, got the text "gz"
  hint: Correct "options" beside "plugin": "nx-linuxkit"; docs/reference/plugin-options.md has every option.`,
    { plugin: { compressor: 'gz' } },
  ),
  inYaml(
    'mistypes a format of the plugin',
    'files: []\n',
    `nx.json: the plugin's option outputs[0]: expected one of kernel+initrd, tar, docker, tar-kernel-initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, ab-update, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, eif, uki, rpi3, raw-rpi, got the text "isoo", did you mean "iso"?
  hint: Correct "options" beside "plugin": "nx-linuxkit"; docs/reference/plugin-options.md has every option.`,
    { plugin: { outputs: ['isoo'] } },
  ),
  inYaml(
    'writes a text where a plugin option takes a list',
    'files: []\n',
    `nx.json: the plugin's option include: expected a list, got the text "*.yml"
  hint: Correct "options" beside "plugin": "nx-linuxkit"; docs/reference/plugin-options.md has every option.`,
    { plugin: { include: '*.yml' } },
  ),
];
