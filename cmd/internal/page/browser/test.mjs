// The page in a browser, as gregor ui serves it and as it is exported: what a person does with it, with the keyboard
// too, without a violation that axe finds, and without a request to anywhere else.
//
//   node test.mjs GREGOR EXPORTED-FOLDER CHROMIUM [FOLDER FOR SCREENSHOTS]

import { createRequire } from 'node:module';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import path from 'node:path';

const require = createRequire(process.env.GREGOR_PAGE_MODULES ? process.env.GREGOR_PAGE_MODULES + '/' : import.meta.url);
const { chromium } = require('playwright-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const [gregor, exported, browserPath, shots] = process.argv.slice(2);

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.gz': 'application/gzip' };

// A server of files, and nothing more.
async function files(folder) {
  const server = createServer(async (q, a) => {
    const name = path.join(folder, path.normalize(new URL(q.url, 'http://x').pathname.replace(/\/$/, '/index.html')));
    try {
      const b = await readFile(name);
      a.writeHead(200, { 'Content-Type': types[path.extname(name)] || 'application/octet-stream' }).end(b);
    } catch { a.writeHead(404).end(); }
  });
  await new Promise((up) => server.listen(0, '127.0.0.1', up));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

async function served() {
  const child = spawn(gregor, ['ui', 'tour@1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((got) => child.stdout.once('data', (b) => got(String(b))));
  return { url: line.trim().split('#')[0], stop: () => child.kill() };
}

const where = (p) => p.locator('.where').innerText();
const hash = (p) => p.locator('main').getAttribute('data-hash');

// settled waits until the picture has stayed the same.
async function settled(p, change) {
  const before = await where(p);
  await change();
  await p.waitForFunction((was) => document.querySelector('.where').innerText !== was, before, { timeout: 20000 });
  return where(p);
}

async function violations(p, what) {
  await p.evaluate(axe);
  const found = await p.evaluate(async () => (await window.axe.run()).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ; ')}`));
  assert.deepEqual(found, [], `axe, ${what}`);
}

async function tryOut(browser, name, { url }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const p = await context.newPage();
  const problems = [];
  p.on('pageerror', (e) => problems.push(e.message));
  p.on('console', (m) => m.type() === 'error' && problems.push(m.text()));
  context.on('request', (q) => q.url().startsWith(url) || q.url().startsWith('data:') || q.url().startsWith('blob:') || problems.push('asks ' + q.url()));
  const begin = Date.now();
  await p.goto(url);
  await p.locator('.node').first().waitFor({ timeout: 30000 });
  const first = Date.now() - begin;
  await violations(p, name + ', as it opens');

  await p.getByRole('button', { name: 'Show me around' }).click();
  await violations(p, name + ', the tour');
  for (let i = 0; i < 7; i++) await p.getByRole('button', { name: 'Next step' }).click();
  await p.getByRole('button', { name: 'Done' }).click();

  await settled(p, () => p.getByRole('button', { name: 'Next', exact: true }).click());
  await p.getByText('epoch 1, ISR b2 b3').waitFor(); // b1 has crashed
  const leader = await hash(p);
  await p.getByRole('button', { name: 'Why?' }).click();
  await p.getByText('and that is a fault of the scenario').waitFor();
  await violations(p, name + ', why');
  await p.getByRole('button', { name: 'Back to the events' }).click();
  if (shots) await p.screenshot({ path: path.join(shots, `${name}-wide.png`), fullPage: true });

  await settled(p, () => p.keyboard.press('ArrowRight'));
  await settled(p, () => p.keyboard.press('p')); // back to the leader change before: there is none but that
  assert.equal(await hash(p), leader, 'back where the leader changed');

  await p.getByRole('button', { name: /^b3 / }).click();
  await p.getByRole('button', { name: 'crash', exact: true }).click();
  await p.locator('[aria-label="Branches and scenario"] code').getByText('crash b3 for 2s').waitFor();
  await settled(p, () => p.getByRole('button', { name: 'event ›' }).click());
  await p.locator('[aria-label="the story so far"]').getByText(/!! crash b3 for 2s/).waitFor();
  const [here, link, branch] = [await where(p), p.url(), await hash(p)];

  await p.getByText('Nodes and messages as tables').first().click();
  await p.getByRole('cell', { name: /Fetch (request|response)/ }).first().getByRole('button').click();
  await p.getByText('correlation').waitFor();
  await violations(p, name + ', a message');
  if (shots) await p.screenshot({ path: path.join(shots, `${name}-message.png`), fullPage: true });
  await p.getByRole('button', { name: 'compare' }).click();
  await p.getByText('The same up to #').waitFor();
  await violations(p, name + ', compared');
  if (shots) await p.screenshot({ path: path.join(shots, `${name}-compared.png`), fullPage: true });

  const other = await context.newPage();
  await other.goto(link);
  await other.locator('.node').first().waitFor({ timeout: 30000 });
  await other.waitForFunction((want) => document.querySelector('.where').innerText === want, here, { timeout: 20000 });
  assert.equal(await hash(other), branch, 'the link opens the same moment');
  await other.close();

  await p.getByRole('button', { name: '0', exact: true }).click();
  await p.waitForFunction((want) => document.querySelector('main').dataset.hash === want, leader);
  await settled(p, () => p.locator('.scrubber svg').click({ position: { x: 900, y: 30 } }));
  await p.locator('.scrubber svg').focus();
  await settled(p, () => p.keyboard.press('ArrowLeft'));
  await settled(p, () => p.getByRole('button', { name: 'Play' }).click());
  await p.getByRole('button', { name: 'Stop' }).click();
  await p.setViewportSize({ width: 390, height: 844 });
  await violations(p, name + ', narrow');
  assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out of a narrow page');
  if (shots) await p.screenshot({ path: path.join(shots, `${name}-narrow.png`), fullPage: true });
  assert.deepEqual(problems, [], name);
  await context.close();
  console.log(`ok    the page, ${name}: first picture after ${first} ms`);
  return { leader, branch };
}

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
const [a, b] = [await served(), await files(exported)];
try {
  const native = await tryOut(browser, 'served', a);
  const wasm = await tryOut(browser, 'exported', b);
  assert.deepEqual(wasm, native, 'WebAssembly and the native simulator show the same hashes');
} finally {
  a.stop();
  b.stop();
  await browser.close();
}
