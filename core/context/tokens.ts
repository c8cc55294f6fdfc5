/**
 * An estimate of how many tokens a model would read: a quarter of the characters of ASCII, and one for each other character. No tokenizer: each model has
 * its own. English prose comes out near what they count, code and numbers somewhat below it, Chinese at or above it.
 * Two texts together are never estimated above the sum of both.
 */
export function estimateTokens(text: string): number {
  let plain = 0
  let others = 0
  for (const character of text) {
    if (character.charCodeAt(0) < 0x80) plain++
    else others++
  }
  return Math.ceil(plain / 4) + others
}
