/**
 * Repositories of LinuxKit's users, reduced: YAMLs of any name beside other tools' YAMLs, a generated one that git ignores,
 * packages with a Dockerfile, and a second repository outside of the workspace.
 */

/** Files of the workspace, without anything of Nx. */
export function ownRepository(host: string): Record<string, string> {
  return {
    'hook.yml': `init:
  - ${host}/init:1
services:
  - name: agent
    image: acme/agent:3f2a1b
files:
  - path: etc/motd
    source: files/motd
`,
    'files/motd': 'hello from hook\n',
    'examples/node.yml': `kernel:
  image: linuxkit/kernel:6.6.71
  cmdline: console=ttyS0
init:
  - linuxkit/init:8eea38
  - linuxkit/cadvisor:5fadf8
onboot:
  - name: sysctl
    image: linuxkit/sysctl:5a374e
`,
    'pkg/agent/build.yml': 'org: acme\nimage: agent\nnetwork: yes\narches:\n',
    'pkg/agent/Dockerfile': 'FROM scratch\nCOPY agent /bin/agent\nCMD ["/bin/agent"]\n',
    'pkg/agent/agent': 'the agent\n',
    'pkg/tool/build.yml': 'org: acme\nimage: tool\n',
    'pkg/tool/Dockerfile': 'FROM scratch\nCOPY build.yml /\n',
    'pkg/broken/build.yml': 'image: broken\ndepend: {}\n',
    'ci/build.yml': 'steps: []\n',
    '.github/workflows/ci.yml': 'on: push\njobs: {}\n',
    'deploy/agent.yml': 'apiVersion: v1\nkind: Pod\n',
    'docker-compose.yml': 'services:\n  agent:\n    image: acme/agent\n',
    '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\nout\n',
  };
}

/** A YAML that a makefile has written into a folder that git ignores. */
export function generatedYaml(host: string): string {
  return `init:\n  - ${host}/init:1\nfiles:\n  - path: etc/hv\n    contents: kvm\n`;
}

/** Another repository, which lies outside of the workspace. */
export function otherRepository(host: string): Record<string, string> {
  return {
    'redis/linuxkit.yml': `init:\n  - ${host}/init:1\nservices:\n  - name: tool\n    image: "@pkg:./pkg/tool"\n`,
    'redis/pkg/tool/build.yml': 'image: tool\n',
    'redis/pkg/tool/Dockerfile': 'FROM scratch\nCOPY Dockerfile /bin/tool\n',
    'web.yml': `init:\n  - ${host}/init:1\nfiles:\n  - path: etc/release\n    source: ../version\n`,
    'node_modules/dependency/os.yml': 'init: [never:1]\nservices: []\n',
  };
}
