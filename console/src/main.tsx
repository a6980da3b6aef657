import { render } from 'preact'
import { App } from './app.tsx'
import { takeCredentials } from './state/arrival.ts'
import { language, speak } from './texts/texts.ts'

await speak(language.peek())
takeCredentials()
// A link may also be pasted into a tab that shows the console already.
addEventListener('hashchange', takeCredentials)
const host = document.getElementById('app')
// What index.html says until the scripts are there, goes.
host?.replaceChildren()
if (host) render(<App />, host)
