import { definePlugin } from 'autopack'
import { z } from 'zod'

/** What may stand between the brackets of `pluginTemplate({ … })` in a config; checked when the config is loaded. */
const options = z.strictObject({
  /** The line that every builder is given. */
  hint: z.string().min(1).default('Keep the change small.'),
})

/** Adds a house rule to the prompt of every phase. */
export const pluginTemplate = definePlugin({
  name: 'pluginTemplate',
  apiVersion: 1,
  options,
  apply(api, { hint }) {
    api.hooks.beforePhase.tap((event) => {
      event.hint(hint)
    })
  },
})
