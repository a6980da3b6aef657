/** A block of code or raw text that scrolls by itself. */
export function CodeBlock({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <pre tabIndex={0} class="code">
      {text}
    </pre>
  )
}
