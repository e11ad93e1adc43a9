const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const NGINX = join(__dirname, '../../../images/nginx');

/** The file of a workspace that its web server shows. */
const PAGE = 'images/web/page.html';

const YAML = `kernel:
  image: linuxkit/kernel:6.6.13
  cmdline: 'console=ttyS0 quiet'
init: [linuxkit/init:v1.0, linuxkit/runc:v1.0]
onboot:
  - name: dhcpcd
    image: linuxkit/dhcpcd:v1.0
    binds: ['/var:/var', '/tmp/etc:/etc']
    command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1']
services:
  - name: web
    image: '@pkg:../images/web'
    capabilities: [CAP_NET_BIND_SERVICE, CAP_CHOWN, CAP_SETUID, CAP_SETGID, CAP_DAC_OVERRIDE]
    net: host
outputs: [{ format: kernel+initrd }]
`;

/**
 * The files of a workspace with one system, whose nginx is that of the base set with a page of the workspace's own. The bench and the
 * test of `nx dev` change the page.
 */
function webSystem(page) {
  const build = readFileSync(join(NGINX, 'build.yml'), 'utf8')
    .replace(/^gitrepo:.*\n/m, '')
    .replace('  files:\n', '  files:\n    - { path: /var/www/html/page.html, source: page.html }\n');
  return {
    'apps/linuxkit.yml': YAML,
    'images/web/build.yml': build,
    'images/web/build.lock.json': readFileSync(join(NGINX, 'build.lock.json'), 'utf8'),
    [PAGE]: page,
  };
}

module.exports = { PAGE, webSystem };
