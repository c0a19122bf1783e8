// The scrubber: the whole run as a bar, with what stood out in it and how much was acknowledged when.

import { html } from './vendor/preact-htm.js';

const width = 1000;
const height = 72;

export function Scrubber({ marks, nanos, go }) {
  if (!marks) return html`<div class="scrubber"><svg viewBox="0 0 ${width} ${height}" aria-hidden="true"></svg></div>`;
  const end = Math.max(marks.nanos, nanos, 1);
  const x = (n) => Math.max(0, n) / end * width;
  const most = Math.log1p(Math.max(1, ...(marks.acks || [])));
  const tall = (n) => Math.log1p(n) / most * (height - 26); // logarithmic: a burst after a pause must not hide the rest
  const bands = { leader: 0, isr: 7, truncation: 7, group: 14, controller: 14 }; // so that marks of one moment lie above each other
  const bin = 1e8 / end * width;
  const to = (e) => {
    const box = e.currentTarget.getBoundingClientRect();
    go(Math.round(Math.max(0, (e.clientX - box.left) / box.width) * end));
  };
  const key = (e) => {
    const step = { ArrowRight: 1e8, ArrowLeft: -1e8, PageUp: 1e9, PageDown: -1e9, Home: -end, End: end }[e.key];
    if (step) { e.preventDefault(); e.stopPropagation(); go(Math.round(Math.min(end, Math.max(0, nanos + step)))); }
  };
  const shown = (marks.marks || []).filter((m) => m.kind !== 'hw');
  return html`<div class="scrubber">
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" onClick=${to} onKeyDown=${key} tabindex="0" role="slider"
      aria-label="time in the run" aria-valuemin="0" aria-valuemax=${Math.round(end / 1e6)} aria-valuenow=${Math.round(Math.max(0, nanos) / 1e6)}
      aria-valuetext=${(Math.max(0, nanos) / 1e9).toFixed(3) + ' s'}>
      ${(marks.acks || []).map((n, i) => n > 0 && html`<rect class="acks" x=${i * bin} y=${height - tall(n)} width=${Math.max(bin, 0.5)} height=${tall(n)} />`)}
      ${shown.map((m) => html`<line class=${'mark-' + m.kind} x1=${x(m.nanos)} x2=${x(m.nanos)} y1=${bands[m.kind] ?? 0} y2=${m.kind in bands ? bands[m.kind] + 7 : height} stroke-width=${m.kind in bands ? 3 : 1.5} vector-effect="non-scaling-stroke"><title>#${m.event} ${m.text}</title></line>`)}
      <line class="cursor" x1=${x(nanos)} x2=${x(nanos)} y1="0" y2=${height} vector-effect="non-scaling-stroke" />
    </svg>
    <div class="legend"><span class="mark-legend">${(Math.max(0, nanos) / 1e9).toFixed(3)} s of ${(end / 1e9).toFixed(1)} s${marks.whole ? '' : ' …'}</span>
      ${[['fault', '--bad'], ['leader', '--blue'], ['ISR', '--warn'], ['group', '--violet'], ['controller', '--good']].map(([t, c]) => html`<span><i style=${`background:var(${c})`}></i>${t}</span>`)}
      <span><i style="background:var(--line)"></i>records acknowledged, logarithmic</span></div>
    <details><summary>What stood out, as a table</summary><div class="scroll"><table><thead><tr><th class="n">event</th><th class="n">s</th><th>kind</th><th></th></tr></thead>
      <tbody>${shown.slice(0, 300).map((m) => html`<tr><td class="n">#${m.event}</td><td class="n">${(m.nanos / 1e9).toFixed(3)}</td><td>${m.kind}</td><td>${m.text}</td></tr>`)}</tbody></table></div></details>
  </div>`;
}
