import type { PluginCommand } from '../../core/index.ts'

const usage = `buckets [--run RUN] [--since DATE]
       autopack buckets close|park FINGERPRINT --reason TEXT [--by NAME]`

/** `autopack buckets`. */
export function bucketsCommand(): PluginCommand {
  return {
    name: 'buckets',
    usage,
    summary: `Shows what failed for one reason as one bucket: how often, what it cost, what it parks, and what would release that.

  close     what the bucket parks may be executed again, and its members have a new allowance
  park      what the bucket reaches waits until somebody closes it

  --run     only what failed in this run
  --since   only what failed since a day or time: 2026-03-01, 2026-03-01T06:00Z, or 36h, 7d ago
  --json    prints data

Example:
  $ autopack buckets close 3f9c2a7 --reason "the key is renewed"`,
    // Loaded when it is called: every command loads this file.
    run: async ({ args, json, print, api }) => (await import('./run-command.ts')).runBuckets({ args, json, print, api }),
  }
}
