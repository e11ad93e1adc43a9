import { checkLan, lanArguments, lanCard } from './lan.js';

it('machines of one name share a group, and each has an address of its own, which it keeps', () => {
  const [a, b] = [lanCard('cluster', '/state/a'), lanCard('cluster', '/state/b')];
  expect(a.group).toBe(b.group);
  expect(a.group).toMatch(/^239\.(19[2-5])\.\d{1,3}\.\d{1,3}:2\d{4}$/);
  expect(a.mac).not.toBe(b.mac);
  expect(lanCard('cluster', '/state/a')).toEqual(a);
  expect(a.mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
});

it('machines of another name are on another network', () => {
  expect(lanCard('other', '/state/a').group).not.toBe(lanCard('cluster', '/state/a').group);
});

it('frames stay on this host', () => {
  const { group, mac } = lanCard('cluster', '/state/a');
  expect(lanArguments({ group, mac })).toEqual([
    '-netdev',
    `socket,id=lan0,mcast=${group},localaddr=127.0.0.1`,
    '-device',
    `virtio-net-pci,netdev=lan0,romfile=,mac=${mac}`,
  ]);
  expect(lanArguments(undefined)).toEqual([]);
});

it.each(['', 'a b', 'a,mcast=1.2.3.4:5', '-x', '../x'])('the name %j is refused', (name) => {
  expect(() => checkLan(name)).toThrow(
    expect.objectContaining({ code: 'invalid-option', hint: expect.stringContaining('--lan=') }),
  );
});
