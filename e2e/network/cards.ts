/** QEMU's arguments for one more network card, with a network of its own. */
export const card = (netdev: string, network: string): string[] => [
  ...['-netdev', `user,id=${netdev},net=${network}`],
  ...['-device', `virtio-net-pci,netdev=${netdev},romfile=`],
];
