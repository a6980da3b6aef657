import { render } from 'preact'
import { App } from './app.tsx'
import { takeCredentials } from './state/arrival.ts'
import { language, speak } from './texts/texts.ts'

await speak(language.peek())
takeCredentials()
// A link may be pasted into a tab that already shows the console.
addEventListener('hashchange', takeCredentials)
const host = document.getElementById('app')
// Removes the placeholder that index.html shows until the scripts are loaded.
host?.replaceChildren()
if (host) render(<App />, host)
