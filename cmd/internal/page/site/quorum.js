// The metadata quorum: role, epoch, votes and log of each node's replica.

import { html } from './vendor/preact-htm.js';

export function Quorum({ view }) {
  const nodes = (view.machines || []).filter((m) => m.process.server?.quorum);
  if (!nodes.length) return html`<p class="num">No node that runs has a metadata log.</p>`;
  const name = (id) => (id < 0 ? 'none' : nodes.find((m) => m.process.server.id === id)?.name || `node ${id}`);
  return html`<div style="overflow-x:auto" tabindex="0" role="region" aria-label="replicas of the metadata log"><table>
    <thead><tr><th>node</th><th>role</th><th class="n">epoch</th><th>leader</th><th>voted for</th><th class="n">committed</th><th class="n">log end</th><th class="n">flushed</th><th class="n">applied</th><th class="n">snapshot</th></tr></thead>
    <tbody>${nodes.map((m) => {
    const q = m.process.server.quorum;
    return html`<tr><td>${m.name}</td><td>${m.process.server.controller ? q.role : 'observer'}</td><td class="n">${q.epoch}</td><td>${name(q.leader)}</td>
        <td>${m.process.server.controller ? name(q.voted) : ''}${q.granting?.length ? ` (votes of ${q.granting.map(name).join(' ')})` : ''}</td>
        <td class="n">${q.highWatermark}</td><td class="n">${q.logEnd}</td><td class="n">${q.flushed}</td><td class="n">${q.applied}</td><td class="n">${q.snapshot < 0 ? '' : q.snapshot}</td></tr>`;
  })}</tbody></table></div>`;
}
