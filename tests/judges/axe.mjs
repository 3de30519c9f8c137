// axe-core over each page, light and dark, on a phone and a desktop. It is evaluated through the
// debugger, which the page's CSP does not stop, so that the page stays as its readers get it.
import { readFileSync } from 'node:fs';
import { Findings, load, newContext, require, whyNotShown, within } from './common.mjs';

const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const variants = ['light', 'dark'].flatMap((scheme) => [360, 1280].map((width) => ({ scheme, width, label: `${width} ${scheme}` })));

export async function judgeWithAxe(browser, { base, targets, cookies }) {
  const findings = new Findings('axe', variants);
  const doubts = new Findings('note: axe cannot tell', variants);
  const stuck = new Set();
  for (const { scheme, width, label } of variants) {
    const context = await newContext(browser, base, { width, scheme, cookies, motion: 'reduce' });
    const page = await context.newPage();
    for (const target of targets) {
      if (stuck.has(target)) continue;
      try {
        for (const text of await load(page, target)) findings.add(target.path, text, label);
        const { violations, incomplete } = await within(30_000, 'axe', audit(page));
        for (const text of violations) findings.add(target.path, text, label);
        for (const text of incomplete) doubts.add(target.path, text, label);
      } catch (error) {
        findings.add(target.path, whyNotShown(context, error));
        stuck.add(target);
      }
    }
    await context.close();
  }
  doubts.print();
  return findings;
}

async function audit(page) {
  await page.evaluate(`${source}; 0`);
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
