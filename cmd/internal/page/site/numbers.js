// Numbers: Kafka's metrics of every server, their change since the last picture, and how they went.

import { html, useEffect, useRef, useState } from './vendor/preact-htm.js';

const kept = 80; // values of each line

export function Numbers({ view }) {
  const past = useRef(new Map());
  const [only, setOnly] = useState(true);
  const rows = [];
  for (const m of view.machines || []) {
    for (const { name, value } of m.metrics || []) rows.push({ key: `${m.name} ${name}`, node: m.name, name, value });
  }
  for (const r of rows) {
    const values = past.current.get(r.key) || [];
    r.before = values[values.length - 1];
    r.values = [...values.slice(1 - kept), r.value];
  }
  useEffect(() => { for (const r of rows) past.current.set(r.key, r.values); }, [view.hash]);
  const telling = rows.filter((r) => !only || new Set(r.values).size > 1 || /UnderReplicated|UnderMinIsr|Offline|ActiveController|Fenced/.test(r.name));
  return html`
    <label><input type="checkbox" checked=${only} onChange=${(e) => setOnly(e.target.checked)} /> only what changes, or should be watched</label>
    <div class="scroll" tabindex="0" role="region" aria-label="metrics"><table>
      <thead><tr><th>node</th><th>metric</th><th class="n">value</th><th class="n">change</th><th>course</th></tr></thead>
      <tbody>${telling.map((r) => html`<tr key=${r.key}><td>${r.node}</td><td>${r.name}</td><td class="n">${r.value}</td>
        <td class="n">${r.before !== undefined && r.value !== r.before ? (r.value > r.before ? '+' : '') + (r.value - r.before) : ''}</td><td><${Course} values=${r.values} /></td></tr>`)}</tbody></table></div>`;
}

function Course({ values }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((v, i) => `${(i / Math.max(1, kept - 1)) * 80},${high === low ? 8 : 15 - ((v - low) / (high - low)) * 14}`).join(' ');
  return html`<svg class="course" viewBox="0 0 80 16" width="80" height="16" aria-hidden="true"><polyline points=${points} /></svg>`;
}
