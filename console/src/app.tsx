import { useEffect, useRef } from 'preact/hooks'
import { PAGES, Page, type PageName } from './pages/pages.tsx'
import { isSignedIn, me, operator, signOut } from './state/credentials.ts'
import { nextTheme, theme } from './state/preferences.ts'
import { hashOf, route } from './state/route.ts'
import { language, speak, texts } from './texts/texts.ts'

/** The layout around every page. */
export function App() {
  const { frame } = texts()
  const current = route.value.path[0] ?? 'play'
  const page = PAGES.find(({ name }) => name === current)
  useEffect(() => {
    document.title = `${page ? frame.pages[page.name] : frame.notFound} · dashscope-edge`
  }, [page, frame])
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        {frame.skip}
      </button>
      <header class="top">
        <span class="brand">dashscope-edge</span>
        <nav aria-label={frame.navigation}>
          {PAGES.filter(({ isForOperator }) => !isForOperator || operator.value).map(({ name }) => (
            <PageLink key={name} name={name} isCurrent={name === current} />
          ))}
        </nav>
        <div class="tools">
          <button
            type="button"
            class="quiet"
            lang={language.value === 'en' ? 'zh-CN' : 'en'}
            onClick={changeLanguage}
          >
            {frame.otherLanguage}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={frame.theme[theme.value]}
            title={frame.theme[theme.value]}
            onClick={nextTheme}
          >
            <ThemeIcon />
          </button>
          {isSignedIn.value ? (
            <>
              <span class="who">{operator.value ? frame.operator : me.value?.name}</span>
              <button type="button" class="quiet" onClick={signOut}>
                {frame.signOut}
              </button>
            </>
          ) : null}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {page ? <Page page={page} /> : <h1>{frame.notFound}</h1>}
      </main>
    </>
  )
}

function PageLink({ name, isCurrent }: { name: PageName; isCurrent: boolean }) {
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    // On a phone the navigation scrolls.
    if (isCurrent) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isCurrent])
  return (
    <a ref={link} href={hashOf([name])} aria-current={isCurrent ? 'page' : undefined}>
      {texts().frame.pages[name]}
    </a>
  )
}

function ThemeIcon() {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2" />
      <path d={theme.value === 'light' ? '' : 'M12 4a8 8 0 0 1 0 16z'} fill="currentColor" />
      {theme.value === 'dark' ? <circle cx="12" cy="12" r="8" fill="currentColor" /> : null}
    </svg>
  )
}

function changeLanguage(): void {
  void speak(language.peek() === 'en' ? 'zh' : 'en')
}

/** The hash is the route, so this is a button and not a link. */
function focusMain(): void {
  document.getElementById('main')?.focus()
}
