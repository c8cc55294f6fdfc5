import { first } from './0001_first.ts'
import { telemetry } from './0002_telemetry.ts'
import { reviews } from './0003_reviews.ts'
import { buckets } from './0004_buckets.ts'
import { lean } from './0005_lean.ts'
import { circuits } from './0006_circuits.ts'
import { stops } from './0007_stops.ts'
import { landings } from './0008_landings.ts'
import { fewerPages } from './0009_fewer_pages.ts'
import type { Migration } from './migration.ts'

/** Every step, in order of version. */
export const migrations: readonly Migration[] = [first, telemetry, reviews, buckets, lean, circuits, stops, landings, fewerPages]
