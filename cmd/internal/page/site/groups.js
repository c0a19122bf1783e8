// Groups at their coordinators, and clients as they see themselves.

import { html } from './vendor/preact-htm.js';
import { replicas } from './partitions.js';

const name = (p) => `${p.topic}-${p.partition}`;

export function Groups({ view }) {
  const groups = (view.machines || []).flatMap((m) => (m.process.server?.groups || []).map((g) => ({ node: m.name, ...g })));
  const logs = replicas(view);
  const high = (p) => Math.max(-1, ...(logs.get(name(p)) || []).map((r) => r.highWatermark));
  const position = (p) => {
    for (const m of view.machines || []) {
      const at = m.process.consumer?.positions?.find((q) => name(q) === name(p));
      if (at) return at.position;
    }
    return null;
  };
  if (!groups.length) return html`<p class="num">No coordinator that runs has a group.</p>`;
  return groups.map((g) => html`
    <h3 style="font-size:.9rem;margin:.4rem 0 .2rem">${g.id}: ${g.state}, generation ${g.generation}${g.protocol ? `, ${g.protocol}` : ''}, coordinator ${g.node}</h3>
    <table><thead><tr><th>member</th><th>has</th><th>waits for</th></tr></thead><tbody>
      ${(g.members || []).map((m) => html`<tr><td>${m.client}${m.id === g.leader ? ' (leader)' : ''}</td><td>${(m.assigned || []).map(name).join(', ')}</td><td>${m.waits || ''}</td></tr>`)}</tbody></table>
    <table><thead><tr><th>partition</th><th class="n">committed</th><th class="n">position</th><th class="n">high watermark</th><th class="n">lag</th></tr></thead><tbody>
      ${(g.offsets || []).map((o) => html`<tr><td>${name(o)}</td><td class="n">${o.offset}</td><td class="n">${position(o) ?? ''}</td><td class="n">${high(o) < 0 ? '' : high(o)}</td><td class="n">${high(o) < 0 ? '' : Math.max(0, high(o) - o.offset)}</td></tr>`)}</tbody></table>`);
}

export function Clients({ view }) {
  const producers = (view.machines || []).filter((m) => m.process.producer);
  if (!producers.length) return null;
  return html`<h3 style="font-size:.9rem;margin:.6rem 0 .2rem">Producers</h3>
    <table><thead><tr><th>producer</th><th class="n">id, epoch</th><th class="n">not acknowledged</th><th>batches</th></tr></thead><tbody>
    ${producers.map((m) => {
    const p = m.process.producer;
    return html`<tr><td>${m.name}</td><td class="n">${p.id < 0 ? 'none' : `${p.id}, ${p.epoch}`}</td><td class="n">${p.waiting}</td>
        <td>${(p.batches || []).map((b) => html`<div>${name(b)}: ${b.records} records, sequence ${b.sequence < 0 ? 'none yet' : b.sequence}, ${b.sent ? 'sent' : 'waits'}${b.retries ? `, ${b.retries} retries` : ''}</div>`)}</td></tr>`;
  })}</tbody></table>`;
}
