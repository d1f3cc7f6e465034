// Runs on the sound thread: cuts what the microphone gives into 20 ms frames, and plays frames as they come.

const FRAME = 160 // samples: 20 ms at 8000 Hz
const START_FRAMES = 3 // 60 ms in store before playing, so that an uneven network does not stutter
const MOST_FRAMES = 15 // 300 ms; more would be an echo of the past, the oldest is dropped

/** Posts a Float32Array of one frame whenever it is full. */
class Mouth extends AudioWorkletProcessor {
  constructor() {
    super()
    this.frame = new Float32Array(FRAME)
    this.filled = 0
  }

  process(inputs) {
    const heard = inputs[0]?.[0]
    // Without a source there is silence, not nothing: the line expects a steady pace.
    const block = heard ?? new Float32Array(128)
    for (const sample of block) {
      this.frame[this.filled++] = sample
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame)
        this.frame = new Float32Array(FRAME)
        this.filled = 0
      }
    }
    return true
  }
}

/** Plays the Float32Array frames that are posted to it. */
class Ear extends AudioWorkletProcessor {
  constructor() {
    super()
    this.frames = []
    this.at = 0
    this.playing = false
    this.port.onmessage = ({ data }) => {
      this.frames.push(data)
      while (this.frames.length > MOST_FRAMES) {
        this.frames.shift()
        this.at = 0
      }
      if (this.frames.length >= START_FRAMES) this.playing = true
    }
  }

  process(_inputs, outputs) {
    const out = outputs[0][0]
    for (let sample = 0; sample < out.length; sample++) out[sample] = this.next()
    return true
  }

  next() {
    if (!this.playing) return 0
    const frame = this.frames[0]
    if (!frame) {
      this.playing = false
      return 0
    }
    const sample = frame[this.at++]
    if (this.at >= frame.length) {
      this.frames.shift()
      this.at = 0
    }
    return sample
  }
}

registerProcessor('mouth', Mouth)
registerProcessor('ear', Ear)
