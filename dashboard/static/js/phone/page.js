// The practice caller's page: elements render from the telephone's state.
import { Telephone } from './telephone.js'

/** @param {string} id @returns {any} */
const element = (id) => document.getElementById(id)
const page = element('phone')
const voice = element('voice')
const file = element('file')

const number = element('from')

/** What the page says, in the reader's language: keys of dashboard/words.py below `phone`. */
const words = /** @type {Record<string, string>} */ (JSON.parse(element('words').textContent))

/** The same browser is the same citizen, until another number is written. */
const NUMBER_KEPT_AS = 'practice-number'
const newNumber = () => `+86138000${String(Math.floor(Math.random() * 100_000)).padStart(5, '0')}`

async function askToken() {
  const csrf = document.querySelector('meta[name=csrf-token]')?.getAttribute('content') ?? ''
  const answer = await fetch(page.dataset.tokenUrl, { method: 'POST', headers: { 'X-CSRFToken': csrf } })
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  const { token, line_url } = await answer.json()
  return { token, line_url: line_url ?? page.dataset.lineUrl }
}

const telephone = new Telephone(askToken, render, (side, loud) => {
  element(side).value = loud
})

const speaksFile = () => voice.querySelector(':checked').value === 'file'
const busy = () => ['dialling', 'ringing', 'open'].includes(telephone.state.call)

/** @param {import('./telephone.js').TelephoneState} state */
function render(state) {
  element('state').dataset.state = state.call
  element('state').textContent = (state.call === 'closed' && words[`ended.${state.reason}`]) || words[`state.${state.call}`]
  element('complaint').textContent = words[`complaint.${state.complaint}`] ?? state.complaint
  element('complaint').hidden = !state.complaint
  element('call').hidden = busy()
  element('hang-up').hidden = !busy()
  element('mute').hidden = state.call !== 'open'
  element('mute').setAttribute('aria-pressed', String(state.muted))
  element('mute').textContent = state.muted ? words.unmute : words.mute
  element('play').hidden = state.call !== 'open' || !speaksFile()
  element('keypad').hidden = element('meters').hidden = state.call !== 'open'
  voice.disabled = number.disabled = busy()
}

async function call() {
  if (busy()) return
  if (speaksFile() && !file.files[0]) return file.focus()
  if (!number.checkValidity()) return number.reportValidity()
  localStorage.setItem(NUMBER_KEPT_AS, number.value)
  await telephone.call(!speaksFile(), number.value)
}

async function play() {
  const chosen = file.files[0]
  if (chosen && telephone.state.call === 'open') await telephone.playFile(await chosen.arrayBuffer())
}

setInterval(() => {
  const { openedAt } = telephone.state
  if (!openedAt) return
  const seconds = Math.floor((Date.now() - openedAt) / 1000)
  const pair = (/** @type {number} */ n) => String(n).padStart(2, '0')
  element('talked').textContent = `${pair(Math.floor(seconds / 60))}:${pair(seconds % 60)}`
}, 500)

element('call').addEventListener('click', call)
element('hang-up').addEventListener('click', () => telephone.hangUp())
element('play').addEventListener('click', play)
element('mute').addEventListener('click', () => telephone.toggleMute())
voice.addEventListener('change', () => (file.hidden = !speaksFile()))
element('keypad').addEventListener('click', (/** @type {any} */ event) => {
  const { digit } = event.target.dataset
  if (digit) telephone.press(digit)
})

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return
  if (event.target instanceof HTMLElement && event.target.matches('button, a') && event.key === 'Enter') return
  const writes = event.target === number
  if (event.key === 'Enter') void call()
  else if (writes) return
  else if (event.key === 'Escape' && busy()) telephone.hangUp()
  else if (event.key === 'p') void play()
  else if (event.key === 'm' && telephone.state.call === 'open') telephone.toggleMute()
  else if (/^[0-9*#]$/.test(event.key) && telephone.state.call === 'open') telephone.press(event.key)
})
window.addEventListener('beforeunload', (event) => {
  if (telephone.state.call === 'open') event.preventDefault()
})
number.value = localStorage.getItem(NUMBER_KEPT_AS) ?? newNumber()
render(telephone.state)
