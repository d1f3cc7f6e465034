// Light or dark, as the person has chosen, or as the machine is set.
import { ref, watch } from 'vue'

type Theme = 'light' | 'dark'
const KEPT_AS = 'theme'
const kept = localStorage.getItem(KEPT_AS)
const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'

export const theme = ref<Theme>(kept === 'light' || kept === 'dark' ? kept : preferred)

watch(theme, (chosen) => localStorage.setItem(KEPT_AS, chosen))
