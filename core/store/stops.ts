import { stopKey, type StopRequest } from '../model/stop.ts'
import type { StoreContext } from './context.ts'
import { run, statement } from './steps.ts'
import type { Store } from './store.ts'

type Stops = Pick<Store, 'requestStop' | 'stopRequests' | 'forgetStop'>

/** What `autopack stop` asked for and some drain has still to see. */
export function stops({ project, connection, queries }: StoreContext): Stops {
  // Asked for twice a second by every drain.
  const list = statement((_none: object) => queries.selectFrom('stop_requests').select('json').where((where) => where.or([where('project', '=', project), where('project', 'is', null)])).orderBy('key'))
  return {
    requestStop: (request) => connection.write(function* () {
      const row = { key: stopKey(request), project: request.project ?? null, json: JSON.stringify(request) }
      yield* run(queries.insertInto('stop_requests').values(row).onConflict((conflict) => conflict.column('key').doNothing()))
    }),
    stopRequests: () => connection.read(function* () {
      return (yield* list.all({})).map(({ json }) => JSON.parse(json) as StopRequest)
    }),
    forgetStop: (request) => connection.write(function* () {
      yield* run(queries.deleteFrom('stop_requests').where('key', '=', stopKey(request)))
    }),
  }
}
