// Two branches side by side: the first difference, and both at the same time.

import { html } from './vendor/preact-htm.js';
import { Cluster } from './cluster.js';
import { Partitions } from './partitions.js';

export function Differ({ differ, view, story, branch, close }) {
  const line = (e) => (e ? html`<span class="num">#${e.event} ${e.clock}</span> ${e.text}` : 'nothing so far');
  return html`<section class="wide" aria-label="Two branches side by side">
    <h2>Branch ${branch} beside branch ${differ.branch}, at ${view.clock} <button onClick=${close}>Close</button></h2>
    <p>The same up to #${differ.same}; then here: ${line(differ.here)}; there: ${line(differ.there)}</p>
    <div class="two"><div><h3>Branch ${branch}</h3><${Cluster} view=${view} chosen="" choose=${() => {}} /><${Partitions} view=${view} /><${Last} lines=${story} /></div>
      <div><h3>Branch ${differ.branch}</h3><${Cluster} view=${differ.view} chosen="" choose=${() => {}} /><${Partitions} view=${differ.view} /><${Last} lines=${differ.story || []} /></div></div></section>`;
}

const Last = ({ lines }) => html`<ol>${lines.slice(-8).map((l) => html`<li class=${l.includes('!!') ? 'fault' : ''}>${l.trim()}</li>`)}</ol>`;
