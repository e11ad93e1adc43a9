/** The images of `bootYaml`. */
export const BOOT_IMAGES = ['kernel', 'init', 'runc', 'sysctl', 'dhcp', 'httpd'] as const;

const CMDLINE = 'console=ttyS0 panic=1';

/**
 * Writes the YAML of the OS that tests boot: two onboot containers, and a service that answers `GET :8080/`.
 * `references` come from `pushDebianImages`.
 */
export function bootYaml(references: ReadonlyMap<string, string>): string {
  return yaml(references, ['init', 'runc'], ['sysctl', 'dhcp'], ['httpd']);
}

/** Writes the YAML of an OS with all 13 images, about 330 MB uncompressed. */
export function benchYaml(references: ReadonlyMap<string, string>): string {
  const init = ['init', 'runc', 'containerd', 'ca-certificates'];
  return yaml(references, init, ['sysctl', 'dhcp'], ['httpd', 'nginx', 'python', 'redis', 'rngd', 'ssh']);
}

function yaml(
  references: ReadonlyMap<string, string>,
  init: readonly string[],
  onboot: readonly string[],
  services: readonly string[],
): string {
  const reference = (name: string) => references.get(name) ?? name;
  const containers = (names: readonly string[]) =>
    names.map((name) => `  - name: ${name}\n    image: ${reference(name)}\n`).join('');
  return [
    `kernel:\n  image: ${reference('kernel')}\n  cmdline: "${CMDLINE}"\n`,
    `init:\n${init.map((name) => `  - ${reference(name)}\n`).join('')}`,
    `onboot:\n${containers(onboot)}`,
    `services:\n${containers(services)}`,
    `files:\n  - path: etc/hostname\n    contents: "test-os"\n`,
  ].join('');
}
