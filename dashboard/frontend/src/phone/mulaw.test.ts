import { describe, expect, it } from 'vitest'

import { decode, decodeSample, encode, encodeSample, SILENCE } from '../../../static/js/line/mulaw.js'

describe('µ-law', () => {
  // Bytes of G.711 for 16-bit samples, as its tables have them.
  it.each([
    [0, 0xff],
    [32_767, 0x80],
    [-32_767, 0x00],
    [1_000, 0xce],
    [-1_000, 0x4e],
    [100, 0xf2],
  ])('sends the sample %i as byte %i', (sample, byte) => {
    expect(encodeSample(sample / 32_767)).toBe(byte)
  })

  it('gives every byte back as itself, but for the second zero', () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(encodeSample(decodeSample(byte))).toBe(byte === 0x7f ? SILENCE : byte)
    }
  })

  it('clips what is too loud instead of turning it over', () => {
    expect(encodeSample(5)).toBe(encodeSample(1))
    expect(encodeSample(-5)).toBe(encodeSample(-1))
  })

  it('keeps a tone within the noise of eight bits', () => {
    const tone = Float32Array.from({ length: 160 }, (_, at) => 0.5 * Math.sin((2 * Math.PI * 440 * at) / 8000))
    const heard = decode(encode(tone))
    const noise = tone.reduce((sum, sample, at) => sum + (sample - heard[at]!) ** 2, 0)
    const power = tone.reduce((sum, sample) => sum + sample ** 2, 0)
    expect(10 * Math.log10(power / noise)).toBeGreaterThan(33)
  })
})
