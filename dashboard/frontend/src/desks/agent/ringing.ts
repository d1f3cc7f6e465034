// The sound of an offered call: two short tones every three seconds until it is taken or gone.

const TONES_HZ = [880, 660]
const TONE_S = 0.18
const EVERY_MS = 3_000

/** Start ringing; the returned function stops it. Silent where the browser allows no sound yet. */
export function ring(): () => void {
  const context = new AudioContext()
  const once = () => {
    TONES_HZ.forEach((pitch, index) => beep(context, pitch, context.currentTime + index * (TONE_S + 0.04)))
  }
  once()
  const repeating = setInterval(once, EVERY_MS)
  return () => {
    clearInterval(repeating)
    void context.close()
  }
}

function beep(context: AudioContext, pitch_hz: number, at: number): void {
  const tone = new OscillatorNode(context, { frequency: pitch_hz })
  const volume = new GainNode(context, { gain: 0 })
  volume.gain.setValueAtTime(0, at)
  volume.gain.linearRampToValueAtTime(0.25, at + 0.02)
  volume.gain.linearRampToValueAtTime(0, at + TONE_S)
  tone.connect(volume).connect(context.destination)
  tone.start(at)
  tone.stop(at + TONE_S)
}
