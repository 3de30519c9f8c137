// The Nu HTML checker over the HTML of each page as the server sends it. Warnings and remarks count.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Findings, Unable, cookieHeader, pageLimitMs, require } from './common.mjs';

/** What may stand all the same: `{ pattern, reason }`, the pattern matched against the message. */
const allowed = [];

const jar = require.resolve('vnu-jar/build/dist/vnu.jar');
// Its guess at a text's language is drawn by chance: the same short page passes and fails by turns.
const options = ['--format', 'json', '--stdout', '--exit-zero-always', '--no-langdetect'];

export async function judgeWithNu({ targets, cookies }) {
  const findings = new Findings('nu');
  const folder = await mkdtemp(join(tmpdir(), 'judge-nu-'));
  try {
    const files = new Map();
    for (const target of targets) {
      const body = await fetchHtml(target, cookies).catch((error) => findings.add(target.path, `could not be fetched: ${error.message}`));
      if (body === undefined) continue;
      const file = join(folder, `${target.slug}.html`);
      await writeFile(file, body);
      files.set(basename(file), target.path);
    }
    for (const message of files.size > 0 ? await check([...files.keys()].map((name) => join(folder, name))) : []) {
      if (allowed.some(({ pattern }) => pattern.test(message.message))) continue;
      const path = files.get(basename(message.url ?? ''));
      if (!path) throw new Unable(`the Nu checker: ${message.message}`);
      const kind = message.subType ?? message.type;
      const excerpt = message.extract ? `  near “${message.extract.trim().slice(0, 80)}”` : '';
      findings.add(path, `line ${message.lastLine ?? '?'}: ${kind}: ${message.message}${excerpt}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return findings;
}

async function fetchHtml({ url, status }, cookies) {
  const answer = await fetch(url, { redirect: 'manual', headers: cookieHeader(cookies), signal: AbortSignal.timeout(pageLimitMs) });
  if (answer.status !== status) throw new Error(`answers ${answer.status}, wants ${status}`);
  const type = answer.headers.get('content-type') ?? 'no content type';
  if (!/^text\/html\b/.test(type)) throw new Error(`not HTML but ${type}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function check(files) {
  const child = spawn('java', ['-Xmx512m', '-XX:+UseSerialGC', '-jar', jar, ...options, ...files],
    { timeout: 60_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((done, fail) => child.on('error', fail).on('close', done));
  try {
    const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(complaint.slice(0, 400) || 'stopped after 60 s');
    return JSON.parse(output).messages;
  } catch (error) {
    throw new Unable(`the Nu checker did not run: ${error.message}`);
  }
}
