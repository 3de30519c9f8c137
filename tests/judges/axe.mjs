// axe-core over each page, light and dark, on a phone and a desktop. It is evaluated through the
// debugger, which the page's CSP does not stop, so that the page stays as its readers get it.
import { readFileSync } from 'node:fs';
import { Findings, load, newContext, pageLimitMs, require, resize, whyNotShown, within } from './common.mjs';

const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const variants = ['light', 'dark'].flatMap((scheme) => [360, 1280].map((width) => ({ scheme, width, label: `${width} ${scheme}` })));

export async function judgeWithAxe(browser, { base, targets, cookies }) {
  const findings = new Findings('axe', variants);
  const doubts = new Findings('note: axe cannot tell', variants);
  const context = await newContext(browser, base, { ...variants[0], cookies, motion: 'reduce' });
  for (const target of targets) {
    const page = await context.newPage();
    try {
      for (const text of await load(page, target)) findings.add(target.path, text);
      await page.evaluate(`${source}; 0`);
      for (const { scheme, width, label } of variants) {
        await page.emulateMedia({ colorScheme: scheme });
        await resize(page, width);
        const { violations, incomplete } = await within(30_000, 'axe', audit(page));
        for (const text of violations) findings.add(target.path, text, label);
        for (const text of incomplete) doubts.add(target.path, text, label);
      }
    } catch (error) {
      findings.add(target.path, whyNotShown(context, error));
    } finally {
      await within(pageLimitMs, 'closing a page', page.close()).catch(() => {});
    }
  }
  await context.close();
  doubts.print();
  return findings;
}

async function audit(page) {
  const { violations, incomplete } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations', 'incomplete'] }), tags);
  return { violations: violations.flatMap(tell), incomplete: incomplete.flatMap(tell) };
}

/** One text an element, at most five a rule. */
function tell({ id, help, nodes }) {
  const texts = nodes.slice(0, 5).map(({ target, any, all, none }) =>
    `${id}: ${target.join(' ')}: ${[...any, ...all, ...none][0]?.message ?? help}`);
  return nodes.length > 5 ? [...texts, `${id}: and ${nodes.length - 5} more elements`] : texts;
}
