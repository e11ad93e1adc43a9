// Prints the user data of one machine of a cluster: see docs/guide/clusters.md.
//
//   node examples/user-data.mjs etcd --me=a a=192.168.77.11 b=192.168.77.12 c=192.168.77.13 --device=eth1 --prefix=24
//
// Members are written as name=address, or as name=host where DNS knows the hosts. --device gives that card the machine's
// address; without it the machine has one already, by DHCP. For kubernetes the first member is the control plane, and --token is the
// secret by which the others join, as `kubeadm token generate` prints one.
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

const { values, positionals } = readArguments();

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        me: { type: 'string' },
        device: { type: 'string' },
        prefix: { type: 'string', default: '24' },
        token: { type: 'string' },
      },
    });
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(message) {
  console.error(message);
  process.exit(1);
}

/** A host of a URL: an address of IPv6 stands in brackets. */
const hostOf = (address) => (isIP(address) === 6 ? `[${address}]` : address);

const file = (content, perm = '0644') => ({ perm, content });
const folder = (entries) => ({ entries });

/** The settings of a member of etcd: https://etcd.io/docs/v3.4/op-guide/configuration/. */
function etcdSettings(me, members) {
  const host = hostOf(members.get(me));
  const peers = [...members].map(([name, address]) => `${name}=http://${hostOf(address)}:2380`);
  return [
    `name: ${me}`,
    'data-dir: /var/lib/etcd',
    'listen-client-urls: http://0.0.0.0:2379',
    `advertise-client-urls: http://${host}:2379`,
    'listen-peer-urls: http://0.0.0.0:2380',
    `initial-advertise-peer-urls: http://${host}:2380`,
    `initial-cluster: ${peers.join(',')}`,
    // The API for JSON, which a settings file leaves out otherwise.
    'enable-grpc-gateway: true',
    // Members that answer late, as emulated machines do, are no lost ones: https://etcd.io/docs/v3.4/tuning/.
    'heartbeat-interval: 500',
    'election-timeout: 5000',
    '',
  ].join('\n');
}

/** The settings by which kubeadm begins a cluster on its first member, and joins it on the others: its API v1beta3. */
function kubeadmSettings(me, members) {
  const [[first, control]] = members;
  const api = 'apiVersion: kubeadm.k8s.io/v1beta3';
  const registration = [
    'nodeRegistration:',
    `  name: ${me}`,
    '  criSocket: unix:///run/containerd/containerd.sock',
    '',
  ];
  if (me !== first) {
    return [
      ...[api, 'kind: JoinConfiguration', 'discovery:', '  bootstrapToken:'],
      ...[`    apiServerEndpoint: ${hostOf(control)}:6443`, `    token: ${values.token}`],
      ...['    unsafeSkipCAVerification: true', ...registration],
    ].join('\n');
  }
  return [
    ...[api, 'kind: InitConfiguration', 'bootstrapTokens:', `  - token: ${values.token}`],
    ...['localAPIEndpoint:', `  advertiseAddress: ${control}`, ...registration.slice(0, -1), '---'],
    ...[
      api,
      'kind: ClusterConfiguration',
      'kubernetesVersion: v1.30.0',
      `controlPlaneEndpoint: ${hostOf(control)}:6443`,
    ],
    ...['networking:', '  podSubnet: 10.244.0.0/16', '---'],
    // There is no systemd that would keep control groups.
    ...[
      'apiVersion: kubelet.config.k8s.io/v1beta1',
      'kind: KubeletConfiguration',
      'cgroupDriver: cgroupfs',
      '',
    ],
  ].join('\n');
}

/** What systems have in their user data beside the network. */
const SYSTEMS = {
  etcd: (me, members) => ({ etcd: folder({ 'etcd.yml': file(etcdSettings(me, members)) }) }),
  docker: () => ({}),
  kubernetes: (me, members) => ({
    kubernetes: folder({ 'kubeadm.yml': file(kubeadmSettings(me, members), '0600') }),
  }),
};

const [system, ...named] = positionals;
const members = new Map(named.map((text) => text.split(/=(.*)/s).slice(0, 2)));
const make = Object.hasOwn(SYSTEMS, system ?? '') ? SYSTEMS[system] : undefined;
const isNamed = ([name, address = '']) => /^[A-Za-z0-9][\w.-]*$/.test(name) && /^[\w.:-]+$/.test(address);
if (!make || !members.has(values.me ?? '') || ![...members].every(isNamed)) {
  refuse(
    `expected ${Object.keys(SYSTEMS).join(' or ')}, --me=name and members as name=address; got ${positionals.join(' ')} --me=${values.me ?? ''}`,
  );
}
if (system === 'kubernetes' && !/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(values.token ?? '')) {
  refuse(
    'kubernetes needs --token=six characters.sixteen characters, as `kubeadm token generate` prints them',
  );
}
const address = members.get(values.me);
if (values.device !== undefined && isIP(address) === 0) refuse(`--device needs an address, got ${address}`);
if (!/^\d{1,3}$/.test(values.prefix)) refuse(`--prefix needs a number of bits, got ${values.prefix}`);
const network = values.device && {
  network: folder({
    addresses: file(
      `link set ${values.device} up\naddr replace ${address}/${values.prefix} dev ${values.device}\n`,
    ),
  }),
};
console.log(JSON.stringify({ ...network, ...make(values.me, members) }, null, 2));
