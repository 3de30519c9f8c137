// Follows every internal link, image, style sheet, script and #anchor from one page on, with fetch and
// a real HTML parser, and prints each dead one with the page it stands on. Links that leave are counted only.
import { parseArgs } from 'node:util';
import { parse } from 'parse5';
import { Unable, cookieHeader, pageLimitMs, reach, run } from './common.mjs';

const usage = 'usage: node crawl.mjs BASE_URL [START] [--cookie NAME=VALUE]';
const addressLimit = 5_000;

const bare = (address) => address.split('#')[0];

/** Why a link is dead, or undefined. Follows redirects inside the site; one that leaves it is fine. */
function faultOf(to, answers) {
  if (!to) return 'not an address';
  if (to.startsWith('javascript:')) return 'a script, not an address';
  let address = to;
  let answer = answers.get(bare(to));
  for (let hops = 0; answer?.leadsTo; hops += 1) {
    if (hops === 5) return 'redirects in a circle';
    address = answer.leadsTo.includes('#') ? answer.leadsTo : answer.leadsTo + (new URL(address).hash);
    answer = answers.get(bare(answer.leadsTo));
  }
  if (answer.error) return answer.error;
  const anchor = new URL(address).hash.slice(1).split(':~:')[0];
  if (!anchor || anchor.toLowerCase() === 'top' || !answer.ids) return undefined;
  return answer.ids.has(anchor) || answer.ids.has(decode(anchor)) ? undefined : `no #${anchor} there`;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Asks for one address: `{ error }`, `{ leadsTo }`, or for HTML and SVG `{ ids, links }`. */
async function ask(address, origin, cookies) {
  try {
    const answer = await fetch(address, { redirect: 'manual', headers: cookieHeader(cookies), signal: AbortSignal.timeout(pageLimitMs) });
    const type = answer.headers.get('content-type') ?? '';
    const readable = answer.ok && /^(text\/html|image\/svg\+xml)\b/.test(type);
    if (readable) return read(parse(await answer.text()), address);
    await answer.body?.cancel();
    if (answer.status >= 400) return { error: `answers ${answer.status}` };
    if (answer.status < 300 || answer.status === 304) return {};
    const next = answer.headers.get('location');
    if (!next || !URL.canParse(next, address)) return { error: `answers ${answer.status} to nowhere` };
    const to = new URL(next, address);
    return to.origin === origin ? { leadsTo: to.href } : {};
  } catch (error) {
    return { error: `does not answer: ${error.cause?.message || error.message}` };
  }
}

const addressAttributes = {
  a: ['href'], area: ['href'], link: ['href'], use: ['href', 'xlink:href'], image: ['href'],
  img: ['src', 'srcset'], source: ['src', 'srcset'], script: ['src'], iframe: ['src'], embed: ['src'],
  object: ['data'], video: ['src', 'poster'], audio: ['src'], track: ['src'], input: ['src'],
};

/** The anchors of a document and every address in it. */
function read(document, address) {
  const ids = new Set();
  const raws = [];
  let base = address;
  const stack = [document];
  while (stack.length > 0) {
    const node = stack.pop();
    stack.push(...(node.childNodes ?? []).toReversed());
    const values = Object.fromEntries((node.attrs ?? []).map(({ prefix, name, value }) => [prefix ? `${prefix}:${name}` : name, value]));
    if (values.id) ids.add(values.id);
    if (node.tagName === 'a' && values.name) ids.add(values.name);
    if (node.tagName === 'base' && values.href) base = new URL(values.href, address).href;
    for (const name of addressAttributes[node.tagName] ?? []) {
      if (values[name] === undefined) continue;
      raws.push(...(name === 'srcset' ? values[name].split(/,\s+/).map((one) => one.trim().split(/\s/)[0]) : [values[name].trim()]));
    }
  }
  return { ids, links: raws.map((raw) => ({ raw, base })) };
}

await run(usage, async () => {
  const { values, positionals: [base, start = '/'] } = parseArgs({
    allowPositionals: true, options: { cookie: { type: 'string', multiple: true, default: [] } },
  });
  await reach(base);
  const { origin } = new URL(base);
  const first = new URL(start, base).href;
  const answers = new Map();
  const links = new Map();
  const queue = [first];
  const counts = { elsewhere: 0 };
  link({ from: '(start)', raw: start, to: first });

  while (queue.length > 0) {
    const address = bare(queue.shift());
    if (answers.has(address)) continue;
    if (answers.size >= addressLimit) throw new Unable(`more than ${addressLimit} addresses: a link that makes new ones for ever?`);
    const answer = await ask(address, origin, values.cookie);
    answers.set(address, answer);
    if (answer.leadsTo) queue.push(answer.leadsTo);
    for (const { raw, base: pageBase } of answer.links ?? []) {
      const from = address.slice(origin.length);
      const to = URL.canParse(raw, pageBase) ? new URL(raw, pageBase) : undefined;
      if (to && to.protocol !== 'javascript:' && to.origin !== origin) counts.elsewhere += 1;
      else link({ from, raw, to: to?.href });
      if (to?.origin === origin) queue.push(to.href);
    }
  }

  function link(one) {
    links.set(`${one.from} ${one.raw}`, one);
  }

  const dead = [...links.values()].map((one) => ({ ...one, why: faultOf(one.to, answers) })).filter(({ why }) => why);
  for (const { from, raw, why } of dead) console.log(`dead  ${from}  ${raw}  ${why}`);
  const pages = [...answers.values()].filter(({ ids }) => ids).length;
  console.log(`crawl: ${pages} pages, ${answers.size} addresses, ${links.size} internal links, ${counts.elsewhere} to elsewhere, ${dead.length} dead`);
  return dead.length > 0 ? 1 : 0;
});
