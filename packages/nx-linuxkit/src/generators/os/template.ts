/** The classic LinuxKit system, out of the base set: no registry, no account. */
export function myOs(name: string): string {
  const image = (word: string) => `"@pkg:@nx-linuxkit/images/${word}"`;
  return `# ${name}: build it with \`nx build ${name}\`, boot it with \`nx boot ${name} --publish=8080:80\`.
kernel:
  image: ${image('kernel')}
  cmdline: "console=ttyS0 quiet"
init:
  - ${image('init')}
  - ${image('runc')}
  - ${image('containerd')}
  - ${image('ca-certificates')}
onboot:
  - name: sysctl
    image: ${image('sysctl')}
  - name: dhcpcd
    image: ${image('dhcpcd')}
    command: ["/sbin/dhcpcd", "--nobackground", "-f", "/dhcpcd.conf", "-1"]
services:
  - name: rngd
    image: ${image('rngd')}
  - name: nginx
    image: ${image('nginx')}
    capabilities:
      - CAP_NET_BIND_SERVICE
      - CAP_CHOWN
      - CAP_SETUID
      - CAP_SETGID
      - CAP_DAC_OVERRIDE
    binds:
      - /etc/resolv.conf:/etc/resolv.conf
files:
  - path: etc/motd
    mode: "0644"
    contents: |
      Welcome to ${name}
outputs:
  - format: kernel+initrd
`;
}
