/** The version of the plugin API. It changes with what would break a plugin. */
export const pluginApiVersion = 1
