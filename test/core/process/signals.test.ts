import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('stop signals')
const source = new URL('../../../core/process/signals.ts', import.meta.url).href

/** A process that says what it hears; its clock moves a second with every look unless `still`. */
function listener(still = false) {
  const code = `
    import { installStopSignals } from ${JSON.stringify(source)}
    let now = 0
    const alive = setInterval(() => {}, 1000)
    const dispose = installStopSignals({
      monotonic: () => ${still ? '0' : '(now += 1000)'},
      onFirst: (signal) => console.log('first ' + signal),
      onSecond: (signal) => { console.log('second ' + signal); dispose(); clearInterval(alive) },
    })
    process.on('SIGUSR2', () => console.log('heard'))
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  const waiting: (() => void)[] = []
  child.stdout!.on('data', (chunk) => {
    text += String(chunk)
    for (const wake of waiting.splice(0)) wake()
  })
  const until = async (line: string) => {
    while (!text.split('\n').includes(line)) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { child, until, text: () => text }
}

test('the first asks, the second ends at once, and the handlers are gone afterwards', async () => {
  const { child, until, text } = listener()
  await until('ready')
  child.kill('SIGINT')
  await until('first SIGINT')
  child.kill('SIGTERM')
  await until('second SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal([code, text()], [0, 'ready\nfirst SIGINT\nsecond SIGTERM\n'])
})

test('SIGHUP counts too', async () => {
  const { child, until } = listener()
  await until('ready')
  child.kill('SIGHUP')
  await until('first SIGHUP')
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('the same Ctrl-C, sent again by a parent, is not a second one', async () => {
  const { child, until, text } = listener(true)
  await until('ready')
  child.kill('SIGINT')
  await until('first SIGINT')
  child.kill('SIGINT')
  child.kill('SIGUSR2')
  await until('heard')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.not.match(text(), /second/)
})

test.run()
