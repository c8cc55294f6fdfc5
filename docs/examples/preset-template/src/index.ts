import { definePreset } from 'autopack'

export interface Options {
  /** After that many minutes a drain ends. Default 30. */
  minutes?: number
}

/** Short drains, and a pipeline that no builder changes. */
export const presetTemplate = definePreset('presetTemplate', ({ minutes = 30 }: Options = {}) => ({
  drain: { maxTotalMinutes: minutes, maxAttemptsPerPhase: 1 },
  protect: ['.github/**'],
}))
