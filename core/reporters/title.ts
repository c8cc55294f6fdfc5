import { oneLine } from '../model/one-line.ts'
import type { Reporter } from '../model/plugin.ts'

/** Puts the title away that the terminal has, and brings it back: where there is no stack of titles, an empty one has the terminal choose. */
const push = '\u001b[22;0t'
const pop = '\u001b]0;\u0007\u001b[23;0t'
const titled = (text: string): string => `\u001b]0;${text}\u0007`

/** Shows in the title of the terminal how far a drain has come: `autopack 3/12, 1 failed: fix-login`. */
export function createTitleReporter(write: (text: string) => void): Reporter {
  const active: string[] = []
  const ended = new Map<string, boolean>()
  let total = 0
  let shown = ''
  const show = () => {
    const failed = [...ended.values()].filter((passed) => !passed).length
    const counts = `autopack ${ended.size}/${Math.max(total, ended.size + active.length)}${failed > 0 ? `, ${failed} failed` : ''}`
    const text = active.length === 0 ? counts : `${counts}: ${oneLine(active.join(', '), 60)}`
    if (text === shown) return
    write(`${shown === '' ? push : ''}${titled(text)}`)
    shown = text
  }
  return {
    name: 'title',
    event(event) {
      if (event.type === 'drain-started') total = event.phases
      else if (event.type === 'phase-started') active.push(event.phase)
      else if (event.type === 'phase-finished') {
        const place = active.indexOf(event.phase)
        if (place >= 0) active.splice(place, 1)
        // One that waits to be tried again has not ended.
        const key = JSON.stringify([event.run, event.phase])
        if (event.outcome === 'failed' || event.outcome === 'complete' || event.outcome === 'skipped' || event.outcome === 'review') ended.set(key, event.outcome !== 'failed')
      } else return
      show()
    },
    close() {
      if (shown !== '') write(pop)
      shown = ''
    },
  }
}
