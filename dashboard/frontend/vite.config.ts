import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: '/static/app/',
  // Only Element Plus is resolved by name, with its styles; our own parts are imported where they are used.
  plugins: [vue(), components({ dirs: [], dts: false, resolvers: [ElementPlusResolver()] })],
  resolve: { alias: { '@': here('./src') } },
  server: {
    host: '127.0.0.1',
    fs: { allow: [here('..')] },
    proxy: {
      '/api': 'http://127.0.0.1:8000',
      '/socket.io': { target: 'http://127.0.0.1:8000', ws: true },
    },
  },
  build: {
    outDir: here('../static/app'),
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // an inlined audio worklet would be a data: address, which the content policy forbids
    chunkSizeWarningLimit: 900,
    rollupOptions: { input: here('./src/main.ts') },
  },
})
