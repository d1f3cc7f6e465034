// The staff screens start here: who is signed in first, then the page.
import 'element-plus/theme-chalk/dark/css-vars.css'
import 'element-plus/es/components/message/style/css'
import '../../static/css/tokens.css'
import './element.css'
import './base.css'

import { createApp } from 'vue'

import App from './App.vue'
import { asProblem } from './api'
import { i18n, kept, speak } from './i18n'
import { router } from './router'
import { openSession } from './session'
import StartFailed from './StartFailed.vue'

async function start(): Promise<void> {
  speak(kept())
  try {
    await openSession()
    createApp(App).use(i18n).use(router).mount('#app')
  } catch (thrown) {
    createApp(StartFailed, { problem: asProblem(thrown) }).use(i18n).mount('#app')
  }
}

void start()
