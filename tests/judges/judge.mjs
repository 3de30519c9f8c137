// Audits pages of a running server with tools nobody here wrote: Chromium, axe-core, the Nu HTML
// checker and Lighthouse. One line a finding. Exit 0: none; 1: some; 2: unable to judge.
import { parseArgs } from 'node:util';
import { judgeWithAxe } from './axe.mjs';
import { judgeInBrowser } from './browser.mjs';
import { Usage, reach, readTargets, run, withBrowser } from './common.mjs';
import { judgeWithLighthouse } from './lighthouse.mjs';
import { judgeWithNu } from './nu.mjs';

const usage = `usage: node judge.mjs BASE_URL [options] PATH...
  PATH               /path, or 404:/path for a page that must answer 404
  --only NAME        only this one of browser, axe, nu, lighthouse
  --lighthouse       Lighthouse too: 100 in every category, phone and desktop
  --runs N           Lighthouse runs a page and device, the median counts (1)
  --unindexed        pages that are to ask not to be indexed: Lighthouse judges that, and leaves SEO out
  --cookie NAME=VAL  send this cookie (may be repeated); the pages are then to ask the same`;

const judges = [
  { name: 'browser', judge: (job) => withBrowser((browser) => judgeInBrowser(browser, job)) },
  { name: 'axe', judge: (job) => withBrowser((browser) => judgeWithAxe(browser, job)) },
  { name: 'nu', judge: judgeWithNu },
  { name: 'lighthouse', judge: judgeWithLighthouse },
];

await run(usage, async () => {
  const { values, positionals: [base, ...words] } = parseArgs({
    allowPositionals: true,
    options: {
      lighthouse: { type: 'boolean', default: false },
      unindexed: { type: 'boolean', default: false },
      runs: { type: 'string', default: '1' },
      only: { type: 'string' },
      cookie: { type: 'string', multiple: true, default: [] },
    },
  });
  const { only, cookie: cookies } = values;
  const runs = Number(values.runs);
  if (only && !judges.some(({ name }) => name === only)) throw new Usage(`no such judge: ${only}`);
  if (!Number.isInteger(runs) || runs < 1) throw new Usage(`not a number of runs: ${values.runs}`);
  await reach(base);
  const job = { base, targets: readTargets(base, words), cookies, unindexed: values.unindexed || cookies.length > 0, runs };

  const chosen = judges.filter(({ name }) => (only ? name === only : name !== 'lighthouse' || values.lighthouse));
  const judged = async ({ name, judge }) => {
    const start = performance.now();
    const findings = await judge(job);
    return { name, findings, seconds: (performance.now() - start) / 1000 };
  };
  // Side by side, each in a browser of its own; but for the one that takes the time.
  const together = await Promise.all(chosen.filter(({ name }) => name !== 'lighthouse').map(judged));
  const alone = [];
  for (const judge of chosen.filter(({ name }) => name === 'lighthouse')) alone.push(await judged(judge));
  const counts = [...together, ...alone].map(({ name, findings, seconds }) => {
    findings.print();
    return { count: findings.count, text: `${name} ${findings.count} (${seconds.toFixed(1)} s)` };
  });
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  console.log(`judge: ${job.targets.length} pages, ${total} findings: ${counts.map(({ text }) => text).join(', ')}`);
  return total > 0 ? 1 : 0;
});
