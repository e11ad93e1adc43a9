/**
 * Reduced copies of two layouts that LinuxKit's users have: a template that a script fills in for each kernel and
 * architecture, and a build in a folder of its own with sources that are named relative to it. Their scripts call
 * `$LINUXKIT` as they call `linuxkit`.
 */

/** A template for two kernels and two architectures; the generated YAMLs are git-ignored. */
export function templateRepository(host: string): Record<string, string> {
  return {
    'templates/hook.template.yml': `kernel:
  image: @KERNEL@
  cmdline: "console=tty0 console=ttyS0"
init:
  - ${host}/hook/init:1
services:
  - name: agent
    image: ${host}/hook/agent:1
    env: ["KERNEL=@KERNEL@"]
files:
  - path: etc/hook-release
    contents: "@ARCH@"
    mode: "0644"
`,
    'build.sh': `mkdir -p generated out
for kernel in lts latest; do
  for arch in amd64 arm64; do
    name=hook-$kernel-$arch
    image=${host}/hook/kernel-$kernel:1
    sed -e "s|@KERNEL@|$image|g" -e "s|@ARCH@|$arch|" templates/hook.template.yml >generated/$name.yml
    $LINUXKIT build --format kernel+initrd --arch $arch --name $name --dir out generated/$name.yml
    $LINUXKIT cache export --platform linux/$arch --format filesystem --outfile - $image | tar -xf - -C out \\
      --transform "s|^boot/dtb|dtb-$name|" boot/dtb
  done
done
`,
  };
}

/** A system whose packages lie in the cache alone, built in a folder that has the files that it names. */
export function installerRepository(): Record<string, string> {
  return {
    'images/rootfs.yml.in': `init:
  - eve/base:TAG
services:
  - name: pillar
    image: eve/pillar:TAG
files:
  - path: etc/eve-release
    source: version_file
    mode: "0644"
`,
    'images/modifier.yml': `files:
  - path: etc/hypervisor
    contents: kvm
    mode: "0644"
`,
    'build.sh': `for package in base pillar; do $LINUXKIT cache import packages/$package.tar; done
mkdir -p images/out dist/installer
sed s/TAG/abc/ images/rootfs.yml.in >images/out/rootfs-kvm-generic.yml
echo 1.2.3 >dist/installer/version_file
cd dist/installer
$LINUXKIT build --no-sbom --arch amd64 --name rootfs --format tar --dir . ../../images/out/rootfs-kvm-generic.yml
cat ../../images/modifier.yml |
  $LINUXKIT build --no-sbom --arch amd64 -o - ../../images/out/rootfs-kvm-generic.yml - >kvm.tar
$LINUXKIT cache export --platform linux/amd64 --format docker --outfile pillar.tar eve/pillar:abc
$LINUXKIT cache export --platform linux/amd64 --path boot/dtb/a.dtb --outfile firmware.dtb eve/base:abc
`,
  };
}
