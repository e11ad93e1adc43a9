// The images that tests boot and that the bench measures: real Debian packages, in layers as images usually have them.

/** A file, symlink or directory that a layer has beside its packages. */
export interface FileDefinition {
  readonly path: string;
  /** A file in the folder `debian-images` of this package; its mode is kept. */
  readonly asset?: string;
  readonly symlink?: string;
  readonly directory?: true;
  readonly text?: string;
}

/** What a layer holds. */
export interface LayerDefinition {
  /** Names of Debian packages, whose files are added whole. */
  readonly packages?: readonly string[];
  readonly files?: readonly FileDefinition[];
  /** Adds `kernel` and `kernel.tar` of the cloud kernel's package, as a LinuxKit kernel image has them. */
  readonly kernel?: true;
}

/** What an image holds. */
export interface ImageDefinition {
  readonly name: string;
  /** Lowest first. */
  readonly layers: readonly LayerDefinition[];
  readonly command?: readonly string[];
  readonly env?: readonly string[];
  /** The value of LinuxKit's label `org.mobyproject.config`. */
  readonly label?: object;
}

/** The lowest layer of every image with dynamically linked programs, so that these images share it. */
const BASE: LayerDefinition = { packages: ['libc6', 'libgcc-s1', 'libcrypt1'] };

const link = (path: string, symlink: string): FileDefinition => ({ path, symlink });
const asset = (path: string, name: string): FileDefinition => ({ path, asset: name });

const BIN =
  'ash awk cat chmod chown cp cut date df dmesg echo egrep env false find free grep gunzip head hostname id kill ' +
  'ln ls md5sum mkdir mknod mount mv nc ping printf ps pwd rm rmdir sed sh sha256sum sleep sort stat stty sync ' +
  'tail tar tee test time timeout top touch tr true umount uname uniq uptime vi wc wget which xargs';
const SBIN =
  'depmod halt ifconfig init insmod ip lsmod mdev modprobe poweroff reboot rmmod route sysctl udhcpc';

const APPLETS: readonly FileDefinition[] = [
  ...BIN.split(' ').map((name) => link(`bin/${name}`, 'busybox')),
  ...SBIN.split(' ').map((name) => link(`sbin/${name}`, '../bin/busybox')),
];
const BUSYBOX: LayerDefinition = { packages: ['busybox-static'] };
const ACCOUNTS: readonly FileDefinition[] = [
  { path: 'etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\n' },
  { path: 'etc/group', text: 'root:x:0:\nwww-data:x:33:\n' },
];

const KERNEL: ImageDefinition = { name: 'kernel', layers: [{ kernel: true }] };
const INIT: ImageDefinition = {
  name: 'init',
  layers: [
    BUSYBOX,
    {
      files: [
        ...APPLETS,
        ...ACCOUNTS,
        asset('init', 'init/init'),
        asset('etc/inittab', 'init/etc/inittab'),
        asset('etc/rc.init', 'init/etc/rc.init'),
        asset('etc/init.d/010-onboot', 'init/etc/init.d/010-onboot'),
        asset('etc/init.d/020-services', 'init/etc/init.d/020-services'),
        asset('usr/lib/mounts.sh', 'init/usr/lib/mounts.sh'),
        asset('usr/lib/runtime.sh', 'init/usr/lib/runtime.sh'),
      ],
    },
  ],
};
const RUNC: ImageDefinition = { name: 'runc', layers: [BASE, { packages: ['libseccomp2', 'runc'] }] };
const CONTAINERD: ImageDefinition = { name: 'containerd', layers: [BASE, { packages: ['containerd'] }] };
const CERTIFICATES: ImageDefinition = {
  name: 'ca-certificates',
  layers: [{ packages: ['ca-certificates'] }],
};
const SYSCTL: ImageDefinition = {
  name: 'sysctl',
  layers: [BUSYBOX, { files: [...APPLETS, asset('etc/sysctl.conf', 'sysctl/sysctl.conf')] }],
  command: ['/sbin/sysctl', '-p', '/etc/sysctl.conf'],
  label: { capabilities: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'] },
};
const DHCP: ImageDefinition = {
  name: 'dhcp',
  layers: [BUSYBOX, { files: [...APPLETS, asset('etc/lease', 'dhcp/lease')] }],
  command: ['/sbin/udhcpc', '-i', 'eth0', '-f', '-q', '-n', '-s', '/etc/lease'],
  env: ['PATH=/bin:/sbin'],
  label: { readonly: true, capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_NET_BIND_SERVICE'] },
};
const RNGD: ImageDefinition = {
  name: 'rngd',
  layers: [BASE, { packages: ['rng-tools-debian'] }],
  command: ['/usr/sbin/rngd', '-f'],
  label: {
    devices: [{ path: '/dev/hwrng', type: 'c', major: 10, minor: 183, mode: '0600' }],
    tmpfs: ['/run'],
    capabilities: ['CAP_SYS_ADMIN'],
  },
};
const HTTPD: ImageDefinition = {
  name: 'httpd',
  layers: [BUSYBOX, { files: [...APPLETS, asset('www/index.html', 'httpd/index.html')] }],
  command: ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'],
  label: { readonly: true },
};
const NGINX: ImageDefinition = {
  name: 'nginx',
  layers: [
    BASE,
    { packages: ['libpcre2-8-0', 'libssl3', 'zlib1g'] },
    { packages: ['nginx', 'nginx-common'] },
    {
      files: [
        ...ACCOUNTS,
        asset('etc/nginx/nginx.conf', 'nginx/nginx.conf'),
        { path: 'var/lib/nginx', directory: true },
        { path: 'run', directory: true },
      ],
    },
  ],
  command: ['/usr/sbin/nginx'],
  label: {
    capabilities: ['CAP_NET_BIND_SERVICE', 'CAP_CHOWN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_DAC_OVERRIDE'],
  },
};
const REDIS: ImageDefinition = {
  name: 'redis',
  layers: [
    BASE,
    { packages: ['libssl3', 'libstdc++6', 'libsystemd0', 'libcap2', 'liblzma5', 'libzstd1', 'liblz4-1'] },
    { packages: ['libatomic1', 'libjemalloc2', 'liblzf1', 'libgcrypt20', 'libgpg-error0'] },
    { packages: ['redis-tools', 'redis-server'] },
  ],
  command: ['/usr/bin/redis-server', '--protected-mode', 'no'],
};
const SSH: ImageDefinition = {
  name: 'ssh',
  layers: [
    BASE,
    {
      packages: [
        'libssl3',
        'zlib1g',
        'libselinux1',
        'libpcre2-8-0',
        'libcom-err2',
        'libkeyutils1',
        'libzstd1',
      ],
    },
    {
      packages: ['libgssapi-krb5-2', 'libkrb5-3', 'libkrb5support0', 'libk5crypto3', 'libpam0g', 'libaudit1'],
    },
    {
      packages: [
        'libcap-ng0',
        'libwrap0',
        'libnsl2',
        'libtirpc3',
        'libsystemd0',
        'libgcrypt20',
        'libgpg-error0',
      ],
    },
    { packages: ['openssh-server', 'openssh-client', 'openssh-sftp-server'] },
  ],
  command: ['/usr/bin/ssh-agent', '-D', '-a', '/agent.sock'],
};
const PYTHON: ImageDefinition = {
  name: 'python',
  layers: [
    BASE,
    { packages: ['libssl3', 'zlib1g', 'libexpat1', 'libffi8', 'libsqlite3-0', 'libbz2-1.0', 'liblzma5'] },
    { packages: ['libpython3.11-minimal', 'libpython3.11-stdlib', 'python3.11-minimal', 'python3.11'] },
    { packages: ['perl-base'] },
    { files: [{ path: 'srv/app.py', text: 'import http.server\nhttp.server.test(port=9090)\n' }] },
  ],
  command: ['/usr/bin/python3.11', '/srv/app.py'],
};

/** The images of the bench, about 330 MB uncompressed. The tests boot some of them. */
export const IMAGES: readonly ImageDefinition[] = [
  KERNEL,
  INIT,
  RUNC,
  CONTAINERD,
  CERTIFICATES,
  SYSCTL,
  DHCP,
  RNGD,
  HTTPD,
  NGINX,
  REDIS,
  SSH,
  PYTHON,
];
