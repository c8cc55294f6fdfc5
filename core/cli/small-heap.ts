import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8 from letting the space for young objects grow: a supervisor waits most of the time, and what it allocates in each phase would else make
 * it grow to half as much again. Read by V8 each time that it thinks of growing, so that it can be set while it runs.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
