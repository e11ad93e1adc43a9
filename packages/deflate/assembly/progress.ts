// Tracks how far the plan was followed.

import { positionOf, winPtr } from './window';

/** Position in the plain input at which the plan's current step ends. */
export let event: u64 = 0;
/** Number of bytes before winPtr that a match has copied and that are neither kept nor dropped yet. */
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

/** Marks the bytes of a match that was just copied as unsettled. */
export function leaveUnsettled(length: u32, distance: u32): void {
  unsettled = length;
  unsettledDistance = distance;
}

export function settled(bytes: u32): void {
  unsettled -= bytes;
}
