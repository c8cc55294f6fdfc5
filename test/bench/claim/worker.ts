// One of several processes on one store: claims and completes in a tight loop for a while, then says how many and how long the worst took.
import { storeSubject } from './subjects.ts'

const [file = '', run = '', milliseconds = '0'] = process.argv.slice(2)
const subject = await storeSubject(file, run, 'NORMAL')
process.once('message', async () => {
  let worst = 0
  let count = 0
  const end = performance.now() + Number(milliseconds)
  while (performance.now() < end) {
    const start = performance.now()
    await subject.claim(count)
    worst = Math.max(worst, performance.now() - start)
    await subject.complete(count)
    count++
  }
  await subject.close()
  process.send!({ count, worst }, () => process.exit(0))
})
process.send!('ready')
