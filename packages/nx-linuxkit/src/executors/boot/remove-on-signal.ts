import type { RunningInstance } from '@nx-linuxkit/clouds';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The exit code of an interrupt. */
const INTERRUPTED = 130;

/**
 * Removes an instance before a signal ends this process, also one that is still being made: it would cost money until
 * someone finds it. A second signal of the same kind ends the process at once.
 */
export function removeOnSignal(starting: Promise<Pick<RunningInstance, 'exited' | 'stop'>>): void {
  const onSignal = () => {
    console.log('removing the instance: this takes some seconds');
    void starting
      .then((instance) => instance.stop())
      .catch(() => undefined)
      .finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  void starting
    .then(({ exited }) => exited)
    .catch(() => undefined)
    .finally(() => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    });
}
