// The microphone (or a sound file) and the loudspeaker of a browser telephone, at 8000 samples a second.

const RATE_HZ = 8000
const worklet = new URL('./sound.worklet.js', import.meta.url)

/**
 * @typedef {object} Handset
 * @property {boolean} hasMicrophone false when none was granted: one can listen, and play a file
 * @property {(frame: Float32Array) => void} play plays one frame of the other side
 * @property {(file: ArrayBuffer) => Promise<number>} speakFile speaks a sound file; resolves at once with its seconds
 * @property {() => void} stopFile
 * @property {() => Promise<void>} wake after a gesture: browsers keep sound asleep until one
 * @property {() => boolean} asleep
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<MediaStream | null>} */
async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    })
  } catch {
    return null
  }
}

/**
 * Open the handset; `onFrame` gets what is said, 160 samples every 20 ms.
 * @param {(frame: Float32Array) => void} onFrame
 * @param {{ microphone?: boolean }} [wants]
 * @returns {Promise<Handset>}
 */
export async function openHandset(onFrame, wants = {}) {
  // The microphone first: a page that records may start sound without a further gesture.
  const stream = wants.microphone === false ? null : await microphone()
  const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(worklet)
  const mouth = new AudioWorkletNode(context, 'mouth', { numberOfOutputs: 1 })
  const ear = new AudioWorkletNode(context, 'ear', { numberOfInputs: 0, outputChannelCount: [1] })
  mouth.port.onmessage = ({ data }) => onFrame(data)
  mouth.connect(context.destination) // it gives silence; a node that leads nowhere is not run
  ear.connect(context.destination)
  const source = stream && context.createMediaStreamSource(stream)
  source?.connect(mouth)
  /** @type {AudioBufferSourceNode | null} */
  let file = null

  const stopFile = () => {
    file?.stop()
    file = null
  }

  return {
    hasMicrophone: stream !== null,
    play: (frame) => ear.port.postMessage(frame),
    async speakFile(bytes) {
      stopFile()
      const buffer = await context.decodeAudioData(bytes)
      file = new AudioBufferSourceNode(context, { buffer })
      file.connect(mouth)
      file.start()
      return buffer.duration
    },
    stopFile,
    wake: () => context.resume(),
    asleep: () => context.state !== 'running',
    async close() {
      stopFile()
      stream?.getTracks().forEach((track) => track.stop())
      await context.close()
    },
  }
}
