// The cluster: nodes in three rows, controllers, brokers, clients; cut links, and messages under way.

import { html } from './vendor/preact-htm.js';

const width = 640;
const rowHeight = 96;
const messagesShown = 120;

const apis = { 0: 'Produce', 1: 'Fetch', 2: 'ListOffsets', 3: 'Metadata', 8: 'OffsetCommit', 9: 'OffsetFetch', 10: 'FindCoordinator', 11: 'JoinGroup',
  12: 'Heartbeat', 13: 'LeaveGroup', 14: 'SyncGroup', 18: 'ApiVersions', 19: 'CreateTopics', 22: 'InitProducerId', 23: 'OffsetForLeaderEpoch', 52: 'Vote',
  53: 'BeginQuorumEpoch', 54: 'EndQuorumEpoch', 55: 'DescribeQuorum', 56: 'AlterPartition', 58: 'Envelope', 59: 'FetchSnapshot', 62: 'BrokerRegistration',
  63: 'BrokerHeartbeat', 67: 'AllocateProducerIds' };

export const labelText = (l) => `${apis[l.api] || (l.api < 0 ? '' : 'API ' + l.api)} ${l.response ? 'response' : 'request'}`.trim();

const row = (m) => {
  const s = m.process.server;
  if (s ? s.controller && !s.broker : /^k\d/.test(m.name)) return 0;
  return s || /^b\d/.test(m.name) ? 1 : 2;
};

function role(m) {
  if (!m.up) return 'down';
  if (m.paused) return 'paused';
  const { server, producer, consumer } = m.process;
  if (server) {
    const parts = [];
    const leads = (server.partitions || []).filter((p) => p.role === 'leading' && !p.topic.startsWith('__')).length;
    if (server.broker && server.fenced) parts.push('fenced');
    if (leads) parts.push(`leads ${leads}`);
    if (server.controller && server.quorum?.role === 'leader') parts.push('active controller');
    else if (server.controller && !server.broker) parts.push(server.quorum?.role || '');
    return parts.join(', ') || m.process.phase;
  }
  if (producer) return `${producer.waiting} waiting`;
  if (consumer) return consumer.state || 'reads';
  return m.process.phase;
}

export function Cluster({ view, chosen, choose, inspect }) {
  const rows = [[], [], []];
  for (const m of view.machines || []) if (m.process.phase !== 'closed' || m.process.server) rows[row(m)].push(m);
  const used = rows.filter((r) => r.length);
  const at = {};
  used.forEach((r, y) => r.forEach((m, i) => { at[m.name] = { x: (i + 0.5) * width / r.length, y: 40 + y * rowHeight }; }));
  const height = 40 + used.length * rowHeight - 30;
  const cuts = (view.cuts || []).filter((c) => at[c.from] && at[c.to]);
  const messages = (view.messages || []).map((m, index) => ({ ...m, index })).filter((m) => at[m.from] && at[m.to]);
  const lines = new Map();
  for (const m of messages) lines.set([m.from, m.to].sort().join(' '), [m.from, m.to]);
  return html`
    <svg viewBox="0 0 ${width} ${height}" role="group" aria-label="nodes, links and messages">
      ${[...lines.values()].map(([a, b]) => html`<line class="link" x1=${at[a].x} y1=${at[a].y} x2=${at[b].x} y2=${at[b].y} />`)}
      ${cuts.map((c) => html`<line class="link cut" x1=${at[c.from].x} y1=${at[c.from].y} x2=${at[c.to].x} y2=${at[c.to].y}><title>nothing gets from ${c.from} to ${c.to}</title></line>`)}
      ${messages.slice(0, messagesShown).map((m, i) => {
    const t = { queued: 0.16, flying: 0.5, arrived: 0.84, stranded: 0.35 }[m.place] + (i % 5) * 0.02;
    const [a, b] = [at[m.from], at[m.to]];
    return html`<circle key=${m.from + m.to + m.conn + m.label.correlation + m.label.response} class=${`message ${m.label.response ? 'response' : ''} ${m.place}`} r="5"
          cx=${a.x + (b.x - a.x) * t} cy=${a.y + (b.y - a.y) * t} onClick=${() => inspect?.(m.index)}><title>${m.from} to ${m.to}: ${labelText(m.label)}, ${m.place}</title></circle>`;
  })}
      ${Object.entries(at).map(([name, p]) => {
    const m = view.machines.find((n) => n.name === name);
    return html`<g class=${`node ${m.up ? '' : 'down'} ${m.paused ? 'paused' : ''} ${chosen === name ? 'chosen' : ''}`} tabindex="0" role="button"
          aria-pressed=${chosen === name} aria-label=${`${name} ${role(m)}`} onClick=${() => choose(chosen === name ? '' : name)}
          onKeyDown=${(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); choose(chosen === name ? '' : name); } }}>
          <rect x=${p.x - 44} y=${p.y - 21} width="88" height="42" rx="8" />
          <text x=${p.x} y=${p.y - 3}>${name}</text>${' '}<text class="role" x=${p.x} y=${p.y + 13}>${role(m)}</text></g>`;
  })}
    </svg>
    <div class="legend"><span><i style="background:var(--blue)"></i>request</span><span><i style="background:var(--violet)"></i>response</span>
      <span><i style="background:var(--bad)"></i>cut, down, or stranded</span></div>
    <details><summary>Nodes and messages as tables</summary>
      <table><thead><tr><th>node</th><th>state</th><th>does</th></tr></thead><tbody>${(view.machines || []).map((m) => html`<tr><td>${m.name}</td><td>${m.up ? m.paused ? 'paused' : m.process.phase : 'down'}</td><td>${role(m)}</td></tr>`)}</tbody></table>
      <table><thead><tr><th>from</th><th>to</th><th>message</th><th>where</th><th class="n">bytes</th></tr></thead><tbody>${messages.map((m) => html`<tr><td>${m.from}</td><td>${m.to}</td><td>${inspect ? html`<button onClick=${() => inspect(m.index)}>${labelText(m.label)}</button>` : labelText(m.label)}</td><td>${m.place}</td><td class="n">${m.bytes}</td></tr>`)}</tbody></table>
    </details>`;
}
