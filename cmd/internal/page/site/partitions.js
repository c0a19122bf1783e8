// Partitions: the logs of all replicas of a partition, aligned by offset.

import { html, useState } from './vendor/preact-htm.js';

const width = 640;
const left = 118;
const right = 60;
const stripHeight = 30;
const tail = 60; // offsets that are shown of the ends of the logs, unless all are

// replicas collects the replicas of each partition from the brokers that run.
export function replicas(view) {
  const all = new Map();
  for (const m of view.machines || []) {
    for (const p of m.process.server?.partitions || []) {
      const name = `${p.topic}-${p.partition}`;
      if (!all.has(name)) all.set(name, []);
      all.get(name).push({ node: m.name, ...p });
    }
  }
  return all;
}

export function Partitions({ view }) {
  const [internal, setInternal] = useState(false);
  const [whole, setWhole] = useState(false);
  const all = [...replicas(view)].filter(([name]) => internal || !name.startsWith('__')).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`
    <div class="legend"><span><i style="background:var(--flushed)"></i>committed and flushed</span><span><i style="background:var(--committed)"></i>committed</span>
      <span><i style="background:var(--open)"></i>not committed</span><span>| high watermark</span><span><i style="background:var(--violet)"></i>leader epoch begins</span></div>
    <label><input type="checkbox" checked=${internal} onChange=${(e) => setInternal(e.target.checked)} /> internal topics</label>
    ${' '}<label><input type="checkbox" checked=${whole} onChange=${(e) => setWhole(e.target.checked)} /> whole logs, not their last ${tail} offsets</label>
    ${all.length === 0 && html`<p>No broker that runs has a replica.</p>`}
    ${all.map(([name, list]) => html`<${Partition} name=${name} list=${list} whole=${whole} />`)}`;
}

function Partition({ name, list, whole }) {
  const newest = list.reduce((a, b) => (b.leaderEpoch > a.leaderEpoch ? b : a));
  const start = Math.min(...list.map((p) => p.logStart));
  const last = Math.max(...list.map((p) => p.logEnd), start + 1);
  const first = whole ? start : Math.max(start, last - tail);
  const missing = newest.replicas.filter((id) => !list.some((p) => p.node === 'b' + id));
  const x = (o) => left + (Math.min(Math.max(o, first), last) - first) / (last - first) * (width - left - right);
  const ids = (l) => (l || []).map((n) => 'b' + n).join(' ') || 'none';
  return html`<h3 style="font-size:.9rem;margin:.6rem 0 .1rem">${name}: leader ${newest.leader < 0 ? 'none' : 'b' + newest.leader}, epoch ${newest.leaderEpoch}, ISR ${ids(newest.isr)}${newest.elr?.length ? `, ELR ${ids(newest.elr)}` : ''}</h3>
    <svg class="strip" viewBox="0 0 ${width} ${(list.length + missing.length) * stripHeight + 4}" role="img" aria-label=${`logs of ${name}, offsets ${first} to ${last}`}>
      ${list.map((p, i) => {
    const y = i * stripHeight + 5;
    const flushed = Math.min(p.flushed, p.highWatermark);
    return html`<g>
          <text x="0" y=${y + 14}>${p.node} ${p.role}</text>
          <rect class="flushed" x=${x(p.logStart)} y=${y} width=${Math.max(0, x(flushed) - x(p.logStart))} height="20" />
          <rect class="committed" x=${x(Math.max(flushed, p.logStart))} y=${y} width=${Math.max(0, x(p.highWatermark) - x(Math.max(flushed, p.logStart)))} height="20" />
          <rect class="open" x=${x(p.highWatermark)} y=${y} width=${Math.max(0, x(p.logEnd) - x(p.highWatermark))} height="20" />
          ${(p.epochs || []).map((e) => html`<line class="epoch" x1=${x(e.start)} x2=${x(e.start)} y1=${y} y2=${y + 20}><title>epoch ${e.epoch} begins at ${e.start}</title></line>`)}
          <line class="hw" x1=${x(p.highWatermark)} x2=${x(p.highWatermark)} y1=${y - 3} y2=${y + 23} />
          <text class="small" x=${width - right + 6} y=${y + 14}>${p.highWatermark}/${p.logEnd}</text></g>`;
  })}
      ${missing.map((id, i) => html`<text x="0" y=${(list.length + i) * stripHeight + 19}>b${id} does not run</text>`)}
    </svg>
    <details><summary>${name} as a table</summary><table>
      <thead><tr><th>broker</th><th>role</th><th class="n">start</th><th class="n">high watermark</th><th class="n">log end</th><th class="n">flushed</th><th>epochs</th></tr></thead>
      <tbody>${list.map((p) => html`<tr><td>${p.node}</td><td>${p.role}</td><td class="n">${p.logStart}</td><td class="n">${p.highWatermark}</td><td class="n">${p.logEnd}</td><td class="n">${p.flushed}</td><td>${(p.epochs || []).map((e) => `${e.epoch} from ${e.start}`).join(', ')}</td></tr>`)}</tbody></table></details>`;
}
