import type { Page } from 'playwright-core'

/** The elements that reach over the right edge of the page, where that makes it scroll; empty where nothing does. */
export function overflowing(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth + 1) return ''
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    )
    return wide
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 5)
      .join(' ')
  })
}
