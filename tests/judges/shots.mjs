// Full-page pictures of pages, light and dark, phone and desktop, to look at and to compare:
// OUT_DIR/<slug>-<width>-<scheme>.png.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Unable, Usage, firstLine, load, newContext, reach, readTargets, run, withBrowser } from './common.mjs';

const usage = `usage: node shots.mjs BASE_URL OUT_DIR [--cookie NAME=VALUE] [--view] PATH...
  PATH    /path, or 404:/path for a page that must answer 404
  --view  only what is seen without scrolling`;

await run(usage, async () => {
  const { values, positionals: [base, folder, ...words] } = parseArgs({
    allowPositionals: true, options: { cookie: { type: 'string', multiple: true, default: [] },
      view: { type: 'boolean', default: false } },
  });
  if (!folder) throw new Usage('no folder given');
  await reach(base);
  const targets = readTargets(base, words);
  await mkdir(folder, { recursive: true });
  let wrong = 0;
  await withBrowser(async (browser) => {
    for (const scheme of ['light', 'dark']) {
      for (const width of [360, 1280]) {
        const context = await newContext(browser, base, { width, scheme, cookies: values.cookie, motion: 'reduce' });
        for (const target of targets) {
          const page = await context.newPage();
          const file = join(folder, `${target.slug}-${width}-${scheme}.png`);
          try {
            for (const text of await load(page, target)) {
              wrong += 1;
              console.log(`shots  ${target.path}  ${text}`);
            }
            // `caret: 'initial'`: hiding it would add a style element, which the CSP refuses.
            await page.screenshot({ path: file, fullPage: !values.view, animations: 'disabled', caret: 'initial' });
          } catch (error) {
            throw new Unable(`${target.path}: ${firstLine(error)}`);
          }
          await page.close();
          console.log(file);
        }
        await context.close();
      }
    }
  });
  return wrong > 0 ? 1 : 0;
});
