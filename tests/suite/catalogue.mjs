// Prints what the suite says about its tests; the folder of the package is the only argument.
import { pathToFileURL } from 'url'

const folder = pathToFileURL(process.argv[2] + '/')
const { default: groups } = await import(new URL('tests/index.mjs', folder))
const { default: surrogate } = await import(new URL('tests/surrogate-control.mjs', folder))
const listed = [...groups, surrogate].flatMap(group => group.tests.map(test => ({
  id: test.id,
  group: group.id,
  name: test.name,
  kind: test.kind || 'required',
  depends_on: test.depends_on || [],
  excluded: test.browser_only ? 'browser_only' : test.cdn_only ? 'cdn_only' : group === surrogate ? 'surrogate' : ''
})))
console.log(JSON.stringify(listed))
