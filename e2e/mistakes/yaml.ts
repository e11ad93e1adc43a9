import { inYaml } from './mistake.js';

const SERVICE = 'services:\n  - name: web\n    image: web:1\n';

/** Mistakes in the YAML of a system. */
export const YAML_MISTAKES = [
  inYaml(
    'indents with a tab',
    'services:\n\t- name: web\n',
    `os/linuxkit.yml:2:1: not YAML: tab characters must not be used in indentation
  hint: Indent with spaces.`,
  ),
  inYaml(
    'forgets a closing quote',
    'init:\n  - "init:1\n',
    `os/linuxkit.yml:3:1: not YAML: unexpected end of the stream within a double quoted scalar
  hint: Close the quote that is still open here.`,
  ),
  inYaml('writes a key twice', 'init: []\ninit: []\n', `os/linuxkit.yml:2:1: the key "init" is given twice`),
  inYaml(
    'leaves the file empty',
    '',
    `os/linuxkit.yml:1:1: expected a mapping, got nothing
  hint: Write keys and values, at least {}.`,
  ),
  inYaml(
    'writes a list in place of keys',
    '- init:1\n',
    `os/linuxkit.yml:1:1: expected a mapping, got a list
  hint: Write keys and values, at least {}.`,
  ),
  inYaml(
    'mistypes a section',
    'service:\n  - name: web\n    image: web:1\n',
    `os/linuxkit.yml:1:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, imageStore, platforms, variables, variants)`,
  ),
  inYaml(
    'uses a section of 2017',
    'system:\n  - name: web\n    image: web:1\n',
    `os/linuxkit.yml:1:1: unknown key "system" in the document, did you mean "onboot"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, imageStore, platforms, variables, variants)`,
  ),
  inYaml(
    'mistypes a key of a service',
    `${SERVICE}    capabilites: [CAP_CHOWN]\n`,
    `os/linuxkit.yml:4:5: unknown key "capabilites" in services[0], did you mean "capabilities"? (allowed: name, image, capabilities, capabilities.add, ambient, mounts, binds, binds.add, devices, tmpfs, command, env, cwd, net, pid, ipc, uts, userns, hostname, readonly, maskedPaths, readonlyPaths, uid, gid, additionalGids, noNewPrivileges, oomScoreAdj, rootfsPropagation, cgroupsPath, resources, sysctl, rlimits, uidMappings, gidMappings, annotations, runtime, $patch)`,
  ),
  inYaml(
    'writes a section as a mapping',
    'services:\n  web:\n    image: web:1\n',
    `os/linuxkit.yml:2:3: services: expected a list, got a mapping
  hint: Begin each entry with a dash: \`- \`.`,
  ),
  inYaml(
    'forgets the image',
    'services:\n  - name: web\n',
    `os/linuxkit.yml:2:5: services[0] lacks the key "image"
  hint: Reference of the image: \`name[:tag][@digest]\`, \`docker-daemon:\`, \`docker-archive:\`, \`oci:\`, \`oci-archive:\` or \`@pkg:\` for a package.`,
  ),
  inYaml(
    'forgets the name',
    'services:\n  - image: web:1\n',
    `os/linuxkit.yml:2:5: services[0] lacks the key "name"
  hint: Name: directory, containerd id, and alias of a user and group id. Unique among \`services\`.`,
  ),
  inYaml(
    'gives two services one name',
    `${SERVICE}  - name: web\n    image: web:2\n`,
    `os/linuxkit.yml:4:11: services[1].name: the name "web" is already taken by services[0]`,
  ),
  inYaml(
    'names a service with a slash',
    'services:\n  - name: web/api\n    image: web:1\n',
    `os/linuxkit.yml:2:11: services[0].name: a container cannot be named "web/api"
  hint: Use letters, digits, - and _.`,
  ),
  inYaml(
    'writes an image in capitals',
    'init:\n  - Nginx:1\n',
    `os/linuxkit.yml:2:5: expected an image reference, got "Nginx:1": "library/Nginx" is not a repository name
  hint: Write it as name, name:tag, host/name:tag or name@sha256:<64 hex digits>.`,
  ),
  inYaml(
    'writes an image with a space',
    'init:\n  - "nginx 1"\n',
    `os/linuxkit.yml:2:5: init[0]: expected a reference of an image, got "nginx 1"`,
  ),
  inYaml(
    'mistypes a capability',
    `${SERVICE}    capabilities: [CAP_NET_ADMN]\n`,
    `os/linuxkit.yml:4:20: services[0].capabilities[0]: unknown capability "CAP_NET_ADMN"
  hint: Did you mean CAP_NET_ADMIN?`,
  ),
  inYaml(
    'writes a bind without a target',
    `${SERVICE}    binds: [/data]\n`,
    `os/linuxkit.yml:4:13: services[0].binds[0]: expected source:destination[:options], got "/data"`,
  ),
  inYaml(
    'writes yes in place of true',
    `${SERVICE}    readonly: yes\n`,
    `os/linuxkit.yml:4:15: services[0].readonly: expected true or false, got the string "yes"
  hint: Write true or false, without quotes; yes and no are strings here.`,
  ),
  inYaml(
    'quotes a number',
    `${SERVICE}    oomScoreAdj: "10"\n`,
    `os/linuxkit.yml:4:18: services[0].oomScoreAdj: expected an integer, got the string "10"
  hint: Write it without quotes: 10.`,
  ),
  inYaml(
    'writes a number as a text',
    `${SERVICE}    env: [1]\n`,
    `os/linuxkit.yml:4:11: services[0].env[0]: expected a string, got 1
  hint: Quote it: "1".`,
  ),
  inYaml(
    'names a user that is not defined',
    `${SERVICE}    uid: nobody\n`,
    `os/linuxkit.yml:4:10: services[0].uid: no user or group "nobody"
  hint: Write a number, root, or the name of a container (web).`,
  ),
  inYaml(
    'names a volume that is not defined',
    `${SERVICE}    binds: ["data:/data"]\n`,
    `os/linuxkit.yml:4:13: services[0].binds[0]: no volume "data"
  hint: Write a path that starts with /, or the name of a volume (the system has no volume).`,
  ),
  inYaml(
    'writes a mode with a nine',
    'files:\n  - path: a\n    contents: b\n    mode: "0649"\n',
    `os/linuxkit.yml:4:11: files[0].mode: expected a mode in octal, got "0649"
  hint: Write it as "0644".`,
  ),
  inYaml(
    'writes a file without contents',
    'files:\n  - path: etc/motd\n',
    `os/linuxkit.yml:2:5: files[0]: a file needs one of directory, symlink, contents, source and metadata`,
  ),
  inYaml(
    'writes a file with both contents and source',
    'files:\n  - path: a\n    contents: b\n    source: c\n',
    `os/linuxkit.yml:2:5: files[0]: a file cannot have both contents and source
  hint: Remove one of them.`,
  ),
  inYaml(
    'leads a file out of the system',
    'files:\n  - path: ../a\n    contents: b\n',
    `os/linuxkit.yml:2:11: files[0].path: the path "../a" leads out of the root file system`,
  ),
  inYaml(
    'names a source that is not there',
    'files:\n  - path: a\n    source: missing.txt\n',
    `os/linuxkit.yml:3:13: no file missing.txt; looked at <workspace>/os/missing.txt and <workspace>/missing.txt
  hint: A source lies in one of these places. Add \`optional: true\` if it may be missing.`,
  ),
  inYaml(
    'mistypes a format',
    'outputs:\n  - format: kernel+intrd\n',
    `os/linuxkit.yml:2:13: outputs[0].format: unknown value "kernel+intrd", did you mean "kernel+initrd"? (allowed: kernel+initrd, tar, docker, tar-kernel-initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, ab-update, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, eif, uki, rpi3, raw-rpi)`,
  ),
  inYaml(
    'writes a format without its key',
    'outputs: [iso-efi]\n',
    `os/linuxkit.yml:1:11: outputs[0]: expected a mapping, got the string "iso-efi"
  hint: Write it as \`format: iso-efi\`.`,
  ),
  inYaml(
    'forgets the os of a platform',
    'platforms: [amd64]\n',
    `os/linuxkit.yml:1:13: platforms[0]: expected os/arch[/variant], got "amd64"
  hint: Write it as linux/amd64 or linux/arm64.`,
  ),
  inYaml(
    'asks for a platform that no package is made for',
    'services:\n  - name: app\n    image: "@pkg:../app"\nplatforms: [linux/arm]\n',
    `os/linuxkit.yml:4:13: packages such as @pkg:../app are made for linux/amd64 and linux/arm64, not for linux/arm
  hint: Did you mean linux/arm64?`,
    { files: { 'app/build.yml': 'image: app\n' }, project: 'os' },
  ),
  inYaml(
    'mistypes a package',
    'init:\n  - "@pkg:../images/ngnix"\n',
    `os/linuxkit.yml:2:5: no package at @pkg:../images/ngnix: expected a build.yml or a Dockerfile in images/ngnix or ../images/ngnix
  hint: Did you mean \`@pkg:../images/nginx\`?`,
    {
      files: { 'images/nginx/build.yml': 'image: nginx\n', 'images/redis/build.yml': 'image: redis\n' },
    },
  ),
  inYaml(
    'names a package of an npm package that is not installed',
    'init:\n  - "@pkg:@acme/images/app"\n',
    `os/linuxkit.yml:2:5: no package at @pkg:@acme/images/app: expected a build.yml or a Dockerfile in os/@acme/images/app or @acme/images/app
  hint: Name a folder that holds a build.yml or a Dockerfile, or install the npm package that has it.`,
  ),
  inYaml(
    'extends a file that is not there',
    'extends: [base.yml]\n',
    `os/linuxkit.yml:1:11: cannot read os/base.yml
  because: ENOENT: no such file or directory, open '<workspace>/os/base.yml'
  hint: A path in extends is relative to the file that it stands in.`,
  ),
  inYaml(
    'extends in a circle',
    'extends: [base.yml]\n',
    `os/base.yml:1:11: os/linuxkit.yml extends os/base.yml extends os/linuxkit.yml
  hint: Remove one of them from extends.`,
    {
      files: { 'os/base.yml': 'extends: [linuxkit.yml]\n' },
    },
  ),
  inYaml(
    'forgets the kernel of a disk',
    'files:\n  - path: a\n    contents: b\noutputs:\n  - format: iso-bios\n',
    `os/linuxkit.yml: the system has no kernel, which this format starts
  hint: Add \`kernel.image\`, or build a format without a kernel, such as tar.`,
  ),
  inYaml(
    'gives a format an option that it has not',
    'outputs:\n  - format: tar\n    size: 1G\n',
    `os/linuxkit.yml:3:11: the format tar has no option size
  hint: Formats that have it: raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, raw-rpi.`,
  ),
  inYaml(
    'writes the kernel as a text',
    'kernel: kernel:6.6\n',
    `os/linuxkit.yml:1:9: kernel: expected a mapping, got the string "kernel:6.6"
  hint: Write it as \`image: kernel:6.6\`.`,
  ),
  inYaml(
    'writes a service as a text',
    'services: [web:1]\n',
    `os/linuxkit.yml:1:12: services[0]: expected a mapping, got the string "web:1"
  hint: Give it a name: \`{name: NAME, image: "web:1"}\`.`,
  ),
  inYaml(
    'writes a command as a text',
    `${SERVICE}    command: /bin/sh -c ls\n`,
    `os/linuxkit.yml:4:14: services[0].command: expected a list, got the string "/bin/sh -c ls"
  hint: Write it as a list: \`["/bin/sh -c ls"]\`.`,
  ),
  inYaml(
    'writes an image as a URL',
    'init: ["docker://web:1"]\n',
    `os/linuxkit.yml:1:8: init[0]: expected a reference of an image, got "docker://web:1"
  hint: Write it as web:1.`,
  ),
  inYaml(
    'uses a variable that the file does not declare',
    'init: ["web:${VERSION}"]\n',
    `os/linuxkit.yml:1:8: init[0]: expected a reference of an image, got "web:\${VERSION}"
  hint: Give VERSION a value in \`variables\`; without such a key nothing is replaced.`,
  ),
  inYaml(
    'calls an architecture as the kernel does',
    'init: []\nplatforms: [linux/x86_64]\n',
    `os/linuxkit.yml:2:13: platforms[0]: no image is made for "linux/x86_64"
  hint: Did you mean linux/amd64?`,
  ),
  inYaml(
    'asks for another operating system',
    'init: []\nplatforms: [windows/amd64]\n',
    `os/linuxkit.yml:2:13: platforms[0]: no image is made for "windows/amd64"
  hint: Did you mean linux/amd64?`,
  ),
  inYaml(
    'mistypes a namespace',
    `${SERVICE}    net: hosst\n`,
    `os/linuxkit.yml:4:10: services[0].net: expected host, root, new, none or a path, got "hosst"
  hint: Did you mean host?`,
  ),
  inYaml(
    'gives a target an option of a format',
    'files: [{path: a, contents: b}]\noutputs: [{format: raw-efi}]\n',
    `raw-efi has no option size (it has stage, format)
  hint: \`outputs\` of the YAML has the formats that a build makes, and their options; each format is a target too.`,
    { target: 'raw-efi', options: { size: '1G' } },
  ),
];
