import { BOOT_LIMIT, DHCP_ONCE, image, LOGIN, motd, SERVICES_BASE, type Template } from './template.js';

/** A web server and a login on the console: the system of LinuxKit's own first example. */
export const nginx: Template = {
  yaml: (name) => `${SERVICES_BASE}onboot:
  - name: sysctl
    image: ${image('sysctl')}
${DHCP_ONCE}services:
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
${LOGIN}${motd(name)}`,
  boot: { publish: ['8080:80'] },
  bootTest: { publish: ['0:80'], http: [{ port: 80, body: 'nginx' }], timeout: BOOT_LIMIT },
};
