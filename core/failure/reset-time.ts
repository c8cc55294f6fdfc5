const hour = 3_600_000
const day = 24 * hour
/** No account's limit lasts longer: what seems to is something else. */
const longestMs = 35 * day

const units: readonly (readonly [RegExp, number])[] = [
  [/(\d+(?:\.\d+)?) ?(?:ms|milliseconds?)\b/i, 1], [/(\d+(?:\.\d+)?) ?d(?:ays?)?(?![a-z])/i, day], [/(\d+(?:\.\d+)?) ?h(?:ours?|rs?)?(?![a-z])/i, hour],
  [/(\d+(?:\.\d+)?) ?m(?:in(?:utes?|s)?)?(?![a-z])/i, 60_000], [/(\d+(?:\.\d+)?) ?s(?:ec(?:onds?|s)?)?(?![a-z])/i, 1_000],
]
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** What a limit's end is told after. */
const told = /(?:\bresets?(?:[ _]?(?:at|in|on))?|\b(?:try|retry)(?: again)? (?:at|in|after|on)|\bretry[-_ ]?after|\bretryDelay|limit reached\|)(.{1,80})/gi

/**
 * When a limit is over, in epoch milliseconds, by the words of the tool that told of it: seconds since 1970, an ISO time, `in 3 hours 4 minutes`,
 * `9pm (Europe/Lisbon)`, `Mar 3, 7:30am (America/Chicago)`. Undefined where they say nothing of use. Pure.
 * @param zone IANA name, for a time of day that names none.
 */
export function readResetTime(text: string, now: number, zone = Intl.DateTimeFormat().resolvedOptions().timeZone): number | undefined {
  let latest: number | undefined
  for (const [, words] of text.matchAll(told)) {
    const time = instant(words!) ?? wallClock(words!, now, zone) ?? duration(words!, now)
    if (time !== undefined && time > now && time <= now + longestMs) latest = Math.max(latest ?? 0, time)
  }
  return latest
}

function instant(words: string): number | undefined {
  const epoch = /^["':= ]{0,4}(\d{10})(?:\d{3})?(?!\d)/.exec(words)
  if (epoch) return Number(epoch[1]) * 1_000
  const iso = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)/.exec(words)
  return iso ? Date.parse(iso[0]) : undefined
}

function duration(words: string, now: number): number | undefined {
  // Up to the end of the sentence, and no further than where the times stand.
  const near = /^["':= a-z]{0,8}?((?:\d+(?:\.\d+)?[ ]?[a-z]*[ ,]*(?:and )?)+)/i.exec(words)?.[1]
  if (near === undefined) return undefined
  let sum = 0
  for (const [pattern, milliseconds] of units) sum += Number(pattern.exec(near)?.[1] ?? 0) * milliseconds
  // A header's number counts seconds.
  if (sum === 0 && /^["':= ]{0,4}\d+(?:\.\d+)?["']?\s*(?:$|[,;}\]])/.test(words)) sum = Number(/\d+(?:\.\d+)?/.exec(words)![0]) * 1_000
  return sum > 0 ? now + sum : undefined
}

/** The next time at which a clock shows this, in the zone that is named beside it. */
function wallClock(words: string, now: number, zone: string): number | undefined {
  const clock = /\b(\d{1,2})(?::(\d\d))? ?([ap])\.?m\b\.?|\b(\d{1,2}):(\d\d)\b/i.exec(words)
  if (!clock) return undefined
  const [, hours12, minutes12, half, hours24, minutes24] = clock
  const hours = half === undefined ? Number(hours24) : (Number(hours12) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  const minutes = Number(minutes12 ?? minutes24 ?? 0)
  const named = /\(([A-Za-z]+(?:\/[\w+-]+)*)\)/.exec(words)?.[1]
  const place = named !== undefined && isZone(named) ? named : zone
  const today = fields(now, place)
  const date = new RegExp(`\\b(${months.join('|')})[a-z]*\\.? (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?\\b`, 'i').exec(words)
  if (!date) {
    const time = inZone({ ...today, hours, minutes }, place)
    return time > now ? time : inZone({ ...today, day: today.day + 1, hours, minutes }, place)
  }
  const at = { month: months.indexOf(date[1]!.toLowerCase()) + 1, day: Number(date[2]), hours, minutes }
  const time = inZone({ ...at, year: Number(date[3] ?? today.year) }, place)
  // After December comes January.
  return time > now || date[3] !== undefined ? time : inZone({ ...at, year: today.year + 1 }, place)
}

interface Fields { year: number; month: number; day: number; hours: number; minutes: number }

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function fields(time: number, zone: string): Fields {
  const parts = Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(time)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return { year: of('year'), month: of('month'), day: of('day'), hours: of('hour'), minutes: of('minute') }
}

/** When the clocks of a zone show this. */
function inZone(at: Fields, zone: string): number {
  const wanted = Date.UTC(at.year, at.month - 1, at.day, at.hours, at.minutes)
  let time = wanted
  // The offset depends on the time that it leads to, so it is looked up twice.
  for (let round = 0; round < 2; round++) {
    const shown = fields(time, zone)
    time += wanted - Date.UTC(shown.year, shown.month - 1, shown.day, shown.hours, shown.minutes)
  }
  return time
}
