import '@fontsource-variable/ibm-plex-sans/wght.css'
import '@fontsource/ibm-plex-mono/latin-400.css'
import '@fontsource/ibm-plex-mono/latin-600.css'
import { createRoot } from 'react-dom/client'
import { browserStorage, onPageLeave } from '#state/deps.ts'
import { createAppStore } from '#state/store.ts'
import { createWorkerClient } from '#worker/client.ts'
import { StoreProvider } from './app-context.ts'
import { App } from './frame/App.tsx'
import { keepThemeOnRoot } from './theme/use-theme.ts'
import './theme/tokens.css'
import './theme/base.css'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element #root')

const store = createAppStore({
  worker: createWorkerClient(),
  storage: browserStorage(),
  onLeave: onPageLeave,
  build: __BUILD__,
  loadLessons: async () => (await import('virtual:lessons')).lessons,
})

keepThemeOnRoot(store)

createRoot(root).render(
  <StoreProvider value={store}>
    <App />
  </StoreProvider>,
)
