import { definePlugin } from '../../core/index.ts'
import { bucketsCommand } from './command.ts'

/**
 * Puts everything that failed for one reason into one bucket and shows it; switches on the breakers that park what a fault reaches. On by default;
 * `without('fingerprintBuckets')` removes it, and a drain then has no buckets, breakers or probes.
 */
export const fingerprintBuckets = definePlugin({
  name: 'fingerprintBuckets',
  apiVersion: 1,
  apply(api) {
    api.buckets.enable()
    api.provide({ commands: [bucketsCommand()] })
    api.hooks.afterDrain.tap(async ({ report, section }) => {
      // A drain in which nothing failed and nothing is parked has no buckets to show.
      const failed = report.phases.some((phase) => phase.fingerprint !== undefined)
      if (!failed && report.buckets.length === 0) return
      const { bucketLines, goNoGoLines, ofSession, runLines } = await import('./sections.ts')
      const buckets = ofSession(await api.buckets.report({ since: report.startedAt }), report.session)
      if (buckets.buckets.length > 0) section({ title: 'Buckets', lines: bucketLines(buckets.buckets) })
      // Where there is but one, the line above says it all.
      if (new Set(buckets.runs.map((run) => run.fingerprint)).size > 1) section({ title: 'Runs by their dominant fingerprint', lines: runLines(buckets) })
      if (report.goNoGo.verdict !== 'insufficient') section({ title: 'Go or no-go for a larger batch', lines: goNoGoLines(report.goNoGo) })
    })
  },
})
