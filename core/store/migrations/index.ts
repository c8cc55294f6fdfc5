import { first } from './0001_first.ts'
import { telemetry } from './0002_telemetry.ts'
import { reviews } from './0003_reviews.ts'
import { buckets } from './0004_buckets.ts'
import { lean } from './0005_lean.ts'
import { circuits } from './0006_circuits.ts'
import { stops } from './0007_stops.ts'
import type { Migration } from './migration.ts'
import type { schemaVersion } from './version.ts'

/** Every step, in order; versions count from 1 without a gap. */
const all = [first, telemetry, reviews, buckets, lean, circuits, stops] as const satisfies { length: typeof schemaVersion }
export const migrations: readonly Migration[] = all
