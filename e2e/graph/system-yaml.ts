export interface SystemYaml {
  /** Environment of the service `web`, as `NAME=value`. */
  readonly env?: string;
  /** More services. */
  readonly services?: readonly { readonly name: string; readonly image: string }[];
  readonly files?: readonly string[];
  readonly outputs?: readonly string[];
  readonly more?: string;
}

/** Returns a system with every section, whose images are in the registry. */
export function systemYaml(
  host: string,
  { env = 'A=1', services = [], files = [], outputs = ['kernel+initrd'], more = '' }: SystemYaml = {},
): string {
  return `kernel:
  image: ${host}/kernel:1
  cmdline: console=ttyS0
init:
  - ${host}/init:1
  - ${host}/runc:1
onboot:
  - name: sysctl
    image: ${host}/sysctl:1
services:
  - name: web
    image: ${host}/web:1
    env:
      - ${env}
${services.map(({ name, image }) => `  - name: ${name}\n    image: ${image}\n`).join('')}files:
  - path: etc/motd
    contents: hello
${files.map((source) => `  - path: etc/${source.split('/').pop()}\n    source: ${source}\n`).join('')}outputs:
${outputs.map((format) => `  - format: ${format}\n`).join('')}${more}`;
}

/** Returns a system of one image and files, without a kernel: its tar is quick to make and to read. */
export function smallYaml(
  init: string,
  { services = [], files = [], more = '' }: Pick<SystemYaml, 'services' | 'files' | 'more'> = {},
): string {
  const list = services.map(({ name, image }) => `  - name: ${name}\n    image: "${image}"\n`).join('');
  const sources = files
    .map((source) => `  - path: etc/${source.split('/').pop()}\n    source: ${source}\n`)
    .join('');
  return `init:
  - ${init}
${list && `services:\n${list}`}${sources && `files:\n${sources}`}outputs:
  - format: tar
${more}`;
}
