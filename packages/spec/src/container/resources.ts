import { SpecError } from '../error.js';
import { omitEmpty } from '../go-json.js';
import type { BlockIo, Cpu, HugepageLimit, Memory, NetworkLimits, Resources } from '../linuxkit-yml.js';
import type { resolveDevice } from './devices.js';

type Rule = ReturnType<typeof resolveDevice>['rule'];

/** Makes `linux.resources`. The rules for the container's device nodes follow the rules that it gives itself. */
export function ociResources(resources: Resources, deviceRules: readonly Rule[]) {
  const { devices = [], memory, cpu, pids, hugepageLimits, network } = resources;
  const blockIO = resources.blockio ?? resources.blockIO;
  const rules = devices.map(({ allow = false, type, major, minor, access }) => ({
    allow,
    type: omitEmpty(type),
    major,
    minor,
    access: omitEmpty(access),
  }));
  return {
    devices: omitEmpty([...rules, ...deviceRules]),
    memory: memory && ociMemory(memory),
    cpu: cpu && ociCpu(cpu),
    pids: pids && { limit: pids.limit ?? 0 },
    blockIO: blockIO && ociBlockIo(blockIO),
    hugepageLimits: omitEmpty(hugepageLimits?.map(ociHugepageLimit)),
    network: network && ociNetwork(network),
  };
}

// The functions below order the fields as the OCI runtime specification does. They leave out an absent number, and
// keep a 0.

function ociMemory(memory: Memory): Memory {
  const { limit, reservation, swap, kernel, kernelTCP, swappiness, disableOOMKiller } = memory;
  return { limit, reservation, swap, kernel, kernelTCP, swappiness, disableOOMKiller };
}

function ociCpu({ shares, quota, period, realtimeRuntime, realtimePeriod, cpus, mems }: Cpu): Cpu {
  const lists = { cpus: omitEmpty(cpus), mems: omitEmpty(mems) };
  return { shares, quota, period, realtimeRuntime, realtimePeriod, ...lists };
}

function ociBlockIo(blockIo: BlockIo): BlockIo {
  const throttle = (key: `throttle${'Read' | 'Write'}${'Bps' | 'IOPS'}Device`) =>
    omitEmpty(blockIo[key]?.map(({ major = 0, minor = 0, rate = 0 }) => ({ major, minor, rate })));
  const weights = blockIo.weightDevice?.map(({ major = 0, minor = 0, weight, leafWeight }) => ({
    major,
    minor,
    weight,
    leafWeight,
  }));
  return {
    weight: blockIo.weight,
    leafWeight: blockIo.leafWeight,
    weightDevice: omitEmpty(weights),
    throttleReadBpsDevice: throttle('throttleReadBpsDevice'),
    throttleWriteBpsDevice: throttle('throttleWriteBpsDevice'),
    throttleReadIOPSDevice: throttle('throttleReadIOPSDevice'),
    throttleWriteIOPSDevice: throttle('throttleWriteIOPSDevice'),
  };
}

function ociNetwork({ classID, priorities }: NetworkLimits): NetworkLimits {
  const list = priorities?.map(({ name = '', priority = 0 }) => ({ name, priority }));
  return { classID, priorities: omitEmpty(list) };
}

export function ociHugepageLimit({ pageSize = '', limit = 0 }: HugepageLimit) {
  return { pageSize: typeof pageSize === 'string' ? pageSize : formatPageSize(pageSize), limit };
}

/** Formats a size as the OCI runtime specification wants it: 2097152 becomes 2MB. */
function formatPageSize(bytes: number): string {
  const unit = [
    { name: 'GB', size: 2 ** 30 },
    { name: 'MB', size: 2 ** 20 },
    { name: 'KB', size: 2 ** 10 },
  ].find(({ size }) => bytes >= size && bytes % size === 0);
  if (unit) return `${bytes / unit.size}${unit.name}`;
  throw new SpecError('bad-value', `expected the size of a page in bytes, got ${bytes}`, {
    hint: 'Write it as 2097152 or "2MB".',
  });
}
