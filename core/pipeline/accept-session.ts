/** The session of attempts that take a kept patch over against the verdict: recovery tells them by it. */
export const acceptSession = 'accept'
