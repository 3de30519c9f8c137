// Lighthouse on each page as a phone and as a desktop: 100 in every category, the median of some runs.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import { Findings, Unable, chromeFlags, chromePath, cookieHeader, within } from './common.mjs';

const devices = [{ name: 'phone', config: undefined }, { name: 'desktop', config: desktop }];
const categories = ['performance', 'accessibility', 'best-practices', 'seo'];
const crawlable = 'is-crawlable';

export async function judgeWithLighthouse({ targets, cookies, unindexed, runs }) {
  const findings = new Findings('lighthouse');
  // That a page asks not to be indexed is counted against it as SEO. Of those that have to ask, that is judged instead.
  const wanted = unindexed ? categories.filter((name) => name !== 'seo') : categories;
  const chrome = await startChrome();
  try {
    for (const target of targets) {
      if (target.status >= 400) continue; // Lighthouse refuses to judge error pages.
      for (const device of devices) {
        const results = [];
        const again = async () => results.push(await audit(target, device, wanted, cookies, chrome.port));
        while (results.length < runs) await again();
        // One run on a busy machine says little: what counts is the median, of at least three in doubt.
        const inDoubt = ({ categories: all }) => wanted.some((name) => all[name]?.score !== 1);
        while (results.length < 3 && results.some(inDoubt)) await again();
        report(findings, target, device, wanted, results);
        const isCrawled = ({ audits }) => audits[crawlable]?.score !== 0;
        if (unindexed && results.some(isCrawled)) findings.add(target.path, 'does not ask not to be indexed');
      }
    }
  } finally {
    chrome.end();
  }
  return findings;
}

/** A Chromium of its own: other debuggers attached to it would cost the page time. */
async function startChrome() {
  const folder = mkdtempSync(join(tmpdir(), 'judge-lighthouse-'));
  let chrome;
  const end = () => {
    chrome?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once('exit', end);
  try {
    accessSync(chromePath, constants.X_OK); // the launcher would crash on a missing program
    chrome = await launch({
      chromePath, chromeFlags: ['--headless=new', ...chromeFlags], userDataDir: folder,
      envVars: { ...process.env, TMPDIR: folder }, logLevel: 'silent',
    });
  } catch (error) {
    throw new Unable(`Chromium did not start (${chromePath}): ${error.message}`);
  }
  return { port: chrome.port, end };
}

async function audit(target, device, wanted, cookies, port) {
  let result;
  // Lighthouse sometimes loses its own trace, and asks to be run again.
  for (let tries = 0; tries < 3; tries++) {
    result = await auditOnce(target, device, wanted, cookies, port);
    if (!/NO_NAVSTART|NO_TRACING|NO_FCP/.test(result.runtimeError?.code)) break;
  }
  return result;
}

async function auditOnce({ url, path }, { name, config }, onlyCategories, cookies, port) {
  const flags = {
    port, output: 'json', logLevel: 'silent', onlyCategories, onlyAudits: [crawlable], maxWaitForLoad: 20_000,
    extraHeaders: cookieHeader(cookies),
  };
  try {
    return (await within(90_000, 'Lighthouse', lighthouse(url, flags, config))).lhr;
  } catch (error) {
    throw new Unable(`Lighthouse on ${path} as a ${name}: ${error.message}`);
  }
}

function report(findings, { path }, { name }, wanted, results) {
  const broken = results.find(({ runtimeError }) => runtimeError);
  if (broken) return findings.add(path, `${name}: ${broken.runtimeError.message}`);
  // A page that never finished or led elsewhere can still score 100: only a warning tells.
  for (const warning of results.flatMap(({ runWarnings }) => runWarnings)) {
    if (/slower CPU/.test(warning)) console.log(`note: lighthouse  ${path}  ${name}: ${warning}`);
    else findings.add(path, `${name}: ${warning}`);
  }
  const scores = wanted.map((category) => {
    const sorted = results.toSorted((a, b) => a.categories[category].score - b.categories[category].score);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    const score = Math.round(middle.categories[category].score * 100);
    if (score !== 100) findings.add(path, `${name}: ${category} is ${score}, wants 100`, undefined, failures(middle, category));
    return `${category} ${score}`;
  });
  console.log(`lighthouse  ${path}  ${name}: ${scores.join(', ')}`);
}

/** The audits that cost points or, at no weight, say why; each with up to five places. */
function failures({ audits, categories: all }, category) {
  return all[category].auditRefs
    .map(({ id, weight }) => ({ ...audits[id], weight }))
    .filter(({ score, weight }) => score !== null && score < (weight > 0 ? 1 : 0.9))
    .sort((a, b) => b.weight - a.weight)
    .flatMap(({ id, title, score, displayValue, details }) => [
      `${id} ${Math.round(score * 100)}: ${title}${displayValue ? ` (${displayValue})` : ''}`,
      ...(details?.items ?? []).flatMap((item) => item.items ?? item).slice(0, 5).map((item) => `  ${place(item)}`),
    ]);
}

const place = (item) =>
  item.node ? `${item.node.selector}: ${item.node.explanation ?? item.node.snippet}`.replace(/\s+/g, ' ') : JSON.stringify(item).slice(0, 200);
