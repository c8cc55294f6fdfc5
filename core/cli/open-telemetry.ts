import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Reporter } from '../model/plugin.ts'
import type { OpenTelemetryApi } from '../reporters/opentelemetry.ts'
import { readVersion } from './version.ts'

/** Where the API keeps what an SDK has registered, whichever copy of it the SDK came with. */
const registered = Symbol.for('opentelemetry.js.api.1')

/**
 * The reporter for OpenTelemetry, where `@opentelemetry/api` is installed and an SDK was registered in this process, as by `NODE_OPTIONS="--import ./otel.mjs"`
 * or in the config. Undefined where not, and then nothing was loaded: without an SDK everything would be a no-op.
 */
export async function openTelemetryReporter(configDir: string): Promise<Reporter | undefined> {
  if (!(registered in globalThis)) return undefined
  const api = await loadApi(configDir)
  if (!api) return undefined
  const { createOpenTelemetryReporter } = await import('../reporters/opentelemetry.ts')
  return createOpenTelemetryReporter(api, readVersion())
}

/** The project's own copy, else ours. */
async function loadApi(configDir: string): Promise<OpenTelemetryApi | undefined> {
  const name = '@opentelemetry/api'
  try {
    return (await import(pathToFileURL(createRequire(path.join(configDir, 'package.json')).resolve(name)).href)) as OpenTelemetryApi
  } catch {
    return await import('@opentelemetry/api').catch(() => undefined)
  }
}
