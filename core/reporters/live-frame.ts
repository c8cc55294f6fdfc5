import type { Style } from './style.ts'

/** What a terminal shows of the phases in progress until `end` takes it away. */
export interface Frame {
  end(): Promise<void>
}

export interface FrameLine { title: string; output: string | undefined }

const refreshMs = 250

/** Shows one line for each phase, and its last line of output below. `lines` is asked again several times a second and must keep its length. */
export async function startFrame(lines: () => FrameLine[], style: Style, write: (text: string) => void): Promise<Frame> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2')
  // It draws where our lines are printed. What others write to stderr meanwhile is kept, and shown where the frame was.
  const terminal = Object.create(process.stdout, { write: { value: write, writable: true } }) as NodeJS.WriteStream
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(terminal, process.stderr, { leaveEmptyLine: false }) })
  const finished = Promise.withResolvers<void>()
  const plain = (text = '') => text
  const tasks: { title?: string | undefined; output?: string | undefined }[] = []
  const update = () =>
    lines().forEach((line, index) => {
      const task = tasks[index]
      if (!task) return
      if (task.title !== line.title) task.title = line.title
      if (line.output && task.output !== line.output) task.output = line.output
    })
  const list = new Listr(
    lines().map((line, index) => ({
      title: line.title,
      task: (_context: unknown, task: { title?: string | undefined; output?: string | undefined }) => {
        tasks[index] = task
        if (line.output) task.output = line.output
        return finished.promise
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // A stop signal is the drain's to handle: it cleans up and says so.
      registerSignalListeners: false,
      renderer: 'default',
      // This is created for terminals only; listr2 must not decide otherwise by itself.
      fallbackRendererCondition: false,
      fallbackRendererOptions: { logger },
      rendererOptions: { logger, clearOutput: true, formatOutput: 'truncate', color: { PENDING: (text = '') => style.cyan(text), OUTPUT: plain } },
    },
  )
  const ended = list.run()
  const timer = setInterval(update, refreshMs)
  return {
    async end() {
      clearInterval(timer)
      finished.resolve()
      await ended
    },
  }
}
