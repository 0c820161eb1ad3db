import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { TEXTS } from '../texts.ts'

/**
 * A view whose script is loaded when it is first opened, so that the first load of the page does not grow by it.
 *
 * @param load - imports it by `import()`
 */
export function loadedView<P extends object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> {
  const view = signal<{ readonly View: ComponentType<P> } | 'missing' | undefined>(undefined)
  const open = async () => {
    try {
      view.value = { View: await load() }
    } catch {
      view.value = 'missing'
    }
  }
  return (props) => {
    useEffect(() => {
      if (typeof view.value !== 'object') void open()
    }, [])
    if (view.value === undefined) return <p class="quiet">{TEXTS.shell.loading}</p>
    if (view.value !== 'missing') return <view.value.View {...props} />
    return (
      <p role="alert">
        {TEXTS.shell.notLoaded}{' '}
        {/* Browsers remember that a script was missing until the page is loaded again. */}
        <button type="button" class="button" onClick={() => location.reload()}>
          {TEXTS.shell.retry}
        </button>
      </p>
    )
  }
}
