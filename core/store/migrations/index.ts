import { first } from './0001_first.ts'
import { telemetry } from './0002_telemetry.ts'
import { reviews } from './0003_reviews.ts'
import { buckets } from './0004_buckets.ts'
import { lean } from './0005_lean.ts'
import { circuits } from './0006_circuits.ts'
import { stops } from './0007_stops.ts'
import type { Migration } from './migration.ts'

/** Every step, in order; versions count from 1 without a gap. */
export const migrations: readonly Migration[] = [first, telemetry, reviews, buckets, lean, circuits, stops]

/** The schema that this program reads and writes. */
export const schemaVersion = migrations.length
