// How far the plan was followed.

import { positionOf, winPtr } from './window';

/** Position in the plain input where the plan's current step ends. */
export let event: u64 = 0;
/** The last bytes before winPtr: copied by a match, but not yet kept or dropped. */
export let unsettled: u32 = 0;
export let unsettledDistance: u32 = 0;

export function resetProgress(): void {
  event = 0;
  unsettled = 0;
}

/** Position in the plain input up to which the plan was followed. */
// @ts-ignore: decorator
@inline
export function settledPosition(): u64 {
  return positionOf(winPtr - unsettled);
}

export function settledAddress(): usize {
  return winPtr - unsettled;
}

export function setEvent(position: u64): void {
  event = position;
}

/** A match has been copied. */
export function leaveUnsettled(length: u32, distance: u32): void {
  unsettled = length;
  unsettledDistance = distance;
}

export function settled(bytes: u32): void {
  unsettled -= bytes;
}
