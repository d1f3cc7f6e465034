// µ-law (G.711): what telephones send. 8000 samples a second, one byte each.

const BIAS = 0x84
const CLIP = 32_635

/** Silence as a byte. */
export const SILENCE = 0xff

/**
 * Return the µ-law byte of one sample.
 * @param {number} sample -1..1; louder is clipped
 * @returns {number} 0..255
 */
export function encodeSample(sample) {
  const linear = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767)
  const sign = linear < 0 ? 0x80 : 0
  const magnitude = Math.min(CLIP, Math.abs(linear)) + BIAS
  const exponent = 31 - Math.clz32(magnitude) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

/**
 * Return the sample of one µ-law byte.
 * @param {number} byte 0..255
 * @returns {number} -1..1
 */
export function decodeSample(byte) {
  const bits = ~byte & 0xff
  const magnitude = (((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)
  return ((bits & 0x80 ? BIAS - magnitude : magnitude - BIAS) || 0) / 32_768
}

const SAMPLES = Float32Array.from({ length: 256 }, (_, byte) => decodeSample(byte))

/**
 * @param {Float32Array} samples
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(samples) {
  const bytes = new Uint8Array(samples.length)
  for (let at = 0; at < samples.length; at++) bytes[at] = encodeSample(samples[at] ?? 0)
  return bytes
}

/**
 * @param {Uint8Array} bytes
 * @returns {Float32Array<ArrayBuffer>}
 */
export function decode(bytes) {
  const samples = new Float32Array(bytes.length)
  for (let at = 0; at < bytes.length; at++) samples[at] = SAMPLES[bytes[at] ?? SILENCE] ?? 0
  return samples
}
