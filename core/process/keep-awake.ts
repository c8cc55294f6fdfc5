import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Runtime } from '../model/runtime.ts'

export interface KeptAwake {
  /** The machine may sleep again. */
  end(): void
}

/** There while systemd runs the machine: elsewhere its tools could not do anything. */
const systemdFolder = '/run/systemd/system'

/**
 * Keeps the machine from sleeping while somebody works: `caffeinate` on macOS, `systemd-inhibit` on Linux. Where there is none, or it may not, nothing
 * happens. The helper is gone once this process is, however it ends: it watches our pid, or reads from a pipe that ends with us.
 */
export function keepAwake(runtime: Pick<Runtime, 'platform' | 'env' | 'pid'>, options: { systemdFolder?: string } = {}): KeptAwake {
  const argv = helperOf(runtime, options.systemdFolder ?? systemdFolder)
  if (!argv) return { end: () => undefined }
  const { PATH, DBUS_SYSTEM_BUS_ADDRESS } = runtime.env
  // A session of its own: Ctrl-C is for us, and nothing may ask for a password on our terminal.
  const child = spawn(argv[0]!, argv.slice(1), { env: { PATH, ...(DBUS_SYSTEM_BUS_ADDRESS !== undefined && { DBUS_SYSTEM_BUS_ADDRESS }) }, stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  let gone = false
  child.on('error', () => { gone = true }).on('exit', () => { gone = true }).unref()
  child.stdin.on('error', () => undefined)
  ;(child.stdin as unknown as { unref?(): void }).unref?.()
  return {
    end() {
      child.stdin.destroy()
      if (gone || child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGTERM')
      } catch {
        // It has ended meanwhile.
      }
    },
  }
}

function helperOf({ platform, pid }: Pick<Runtime, 'platform' | 'pid'>, systemd: string): string[] | undefined {
  if (platform === 'darwin') return ['caffeinate', '-ims', '-w', String(pid)]
  if (platform !== 'linux' || !existsSync(systemd)) return undefined
  return ['systemd-inhibit', '--what=sleep:idle', '--who=Autopack', '--why=a drain is at work', '--mode=block', 'cat']
}
