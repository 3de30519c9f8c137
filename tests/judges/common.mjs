// What the judges share: targets, bounded waits, Chromium, the list of findings and the exit codes.
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const require = createRequire(import.meta.url);
export const chromePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
export const pageLimitMs = 10_000;
export const chromeFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** A judge cannot do its work: exit 2, which is not a verdict about the pages. */
export class Unable extends Error {}

/** The command line makes no sense: exit 2, after the usage. */
export class Usage extends Error {}

/** Runs `main`, which answers the exit code: 0 nothing found, 1 findings; whatever is thrown means 2. */
export async function run(usage, main) {
  const fail = (error) => {
    if (error instanceof Usage || error.code?.startsWith('ERR_PARSE_ARGS')) console.error(`${error.message}\n${usage}`);
    else if (error instanceof Unable) console.error(`unable to judge: ${error.message}`);
    else console.error(`unable to judge: ${firstLine(error)}\n${error.stack.match(/^ {4}at .*/gm)?.join('\n')}`);
    process.exit(2);
  };
  process.once('SIGTERM', () => process.exit(2)); // Chromium is ended on exit
  process.once('uncaughtException', fail); // Lighthouse leaves promises behind when Chromium dies
  await main().then((code) => process.exit(code), fail);
}

export const firstLine = (error) => error.message.split('\n')[0];

/** Rejects when `promise` takes longer than `limitMs`. */
export async function within(limitMs, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs / 1000} s`)), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Checks that something answers at `base`, with any status. */
export async function reach(base) {
  if (!URL.canParse(base ?? '')) throw new Usage(`no base URL: ${base ?? '(none)'}`);
  try {
    const answer = await fetch(base, { redirect: 'manual', signal: AbortSignal.timeout(pageLimitMs) });
    await answer.body?.cancel();
  } catch (error) {
    throw new Unable(`${base} does not answer: ${error.cause?.message || error.cause?.code || error.message}`);
  }
}

/** Pages to visit: `/path`, or `404:/path` for a page that must answer with that status. */
export function readTargets(base, words) {
  if (words.length === 0) throw new Usage('no path given');
  const used = new Map();
  return words.map((word) => {
    const [, status = '200', path] = word.match(/^(?:(\d{3}):)?(\/.*)$/) ?? [];
    if (!path) throw new Usage(`not a path: ${word}`);
    const stem = path.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'index';
    const count = (used.get(stem) ?? 0) + 1;
    used.set(stem, count);
    return { path, url: new URL(path, base).href, status: Number(status), slug: count > 1 ? `${stem}-${count}` : stem };
  });
}

export const cookieHeader = (cookies = []) => (cookies.length > 0 ? { cookie: cookies.join('; ') } : {});

/** Starts Chromium with a fresh profile, hands it to `use`, and always ends it. */
export async function withBrowser(use) {
  const browser = await chromium
    .launch({ executablePath: chromePath, args: chromeFlags, timeout: 30_000 })
    .catch((error) => { throw new Unable(`Chromium did not start (${chromePath}): ${firstLine(error)}`); });
  try {
    return await use(browser);
  } finally {
    await within(pageLimitMs, 'closing Chromium', browser.close()).catch(() => {});
  }
}

/** A context of its own for one width and colour scheme. */
export async function newContext(browser, base, { width, scheme, cookies = [], motion = 'no-preference' }) {
  const context = await browser.newContext({
    viewport: { width, height: 800 }, deviceScaleFactor: 1, colorScheme: scheme, reducedMotion: motion,
  });
  context.setDefaultTimeout(pageLimitMs);
  await context.addCookies(cookies.map((cookie) => {
    const [name, ...value] = cookie.split('=');
    return { name, value: value.join('='), url: base };
  }));
  return context;
}

/** A page that cannot be shown is a finding, a Chromium that has gone is not. */
export function whyNotShown(context, error) {
  if (!context.browser().isConnected()) throw new Unable('Chromium ended before its work was done');
  return `could not be shown: ${firstLine(error)}`;
}

/** Loads a target with all its images and fonts; answers what is wrong with the answer itself. */
export async function load(page, target) {
  const response = await page.goto(target.url, { waitUntil: 'load', timeout: pageLimitMs });
  await within(pageLimitMs, 'loading images and fonts', page.evaluate(settle, 100));
  const wrong = [];
  const end = page.url().split('#')[0];
  if (end !== target.url.split('#')[0]) wrong.push(`leads elsewhere, to ${end}: name the page itself`);
  else if (response.status() !== target.status) wrong.push(`answers ${response.status()}, wants ${target.status}`);
  return wrong;
}

/** Gives a page that was loaded another width, and the pictures of that width time to come. */
export async function resize(page, width) {
  await page.setViewportSize({ width, height: 800 });
  await within(pageLimitMs, 'loading images and fonts', page.evaluate(settle, 0));
}

/** Runs in the page: lazy images load too, and scripts get `pause` ms to act. */
async function settle(pause) {
  const images = [...document.images];
  for (const image of images) image.loading = 'eager';
  const ends = (image) => new Promise((done) => ['load', 'error'].forEach((name) => image.addEventListener(name, done)));
  await Promise.all([document.fonts.ready, ...images.map((image) => image.complete || ends(image))]);
  await new Promise((done) => setTimeout(done, pause));
  // Drawn twice, so that what follows a new width has its place.
  for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
}

/** Findings of one judge. The same one in several variants (`360 dark`) is one finding and one line. */
export class Findings {
  #lines = new Map();

  constructor(judge, variants = []) {
    this.judge = judge;
    this.variants = variants;
  }

  /** `notes` are printed below the finding and not counted. */
  add(path, text, variant, notes = []) {
    const key = `${path}  ${text.replace(/\s+/g, ' ').trim()}`;
    const line = this.#lines.get(key) ?? { seen: new Set(), notes };
    if (variant) line.seen.add(variant);
    this.#lines.set(key, line);
  }

  get count() {
    return this.#lines.size;
  }

  print() {
    for (const [key, { seen, notes }] of this.#lines) {
      const where = seen.size === 0 || seen.size === this.variants.length ? '' : `  [${[...seen].join(', ')}]`;
      console.log(`${this.judge}  ${key}${where}`);
      for (const note of notes) console.log(`    ${note}`);
    }
  }
}
