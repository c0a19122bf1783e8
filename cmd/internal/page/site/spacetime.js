// The space-time diagram: a line for each node, time from left to right, an arrow for each message from the event in
// which it was sent to the one in which it is received.

import { html, useState } from './vendor/preact-htm.js';
import { labelText } from './cluster.js';

const width = 1000;
const left = 60;
const rowHeight = 34;

export function SpaceTime({ events, explain }) {
  const [node, setNode] = useState('');
  const [order, setOrder] = useState(true);
  const all = events.filter((e) => e.node);
  const names = [...new Set(all.map((e) => e.node))].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const shown = node ? all.filter((e) => e.node === node || e.peer === node) : all;
  if (!shown.length) return html`<p class="num">Nothing has happened yet.</p>`;
  const by = new Map(events.map((e) => [e.event, e]));
  const place = new Map(shown.map((e, i) => [e.event, i]));
  const [from, to] = [shown[0].nanos, Math.max(shown[shown.length - 1].nanos, shown[0].nanos + 1)];
  const x = (e) => left + (order ? (place.get(e.event) + 0.5) / shown.length : (e.nanos - from) / (to - from)) * (width - left - 12);
  const y = (name) => 18 + names.indexOf(name) * rowHeight;
  const height = names.length * rowHeight + 8;
  const arrows = shown.filter((e) => e.kind === 'message' && by.get(e.cause)?.node && place.has(e.cause));
  return html`
    <label>only <select value=${node} onChange=${(e) => setNode(e.target.value)}><option value="">all nodes</option>
      ${names.map((n) => html`<option value=${n}>${n}</option>`)}</select></label>
    ${' '}<label><input type="checkbox" checked=${order} onChange=${(e) => setOrder(e.target.checked)} /> one step an event, not to scale of time</label>
    <div style="overflow-x:auto" tabindex="0" role="region" aria-label="space-time diagram">
    <svg class="spacetime" viewBox="0 0 ${width} ${height}" role="img" aria-label=${`messages between ${names.length} nodes in the last ${shown.length} events`} style="min-width:640px">
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--faint)" /></marker></defs>
      ${names.map((n) => html`<g><text x="0" y=${y(n) + 4}>${n}</text><line class="life" x1=${left} x2=${width} y1=${y(n)} y2=${y(n)} /></g>`)}
      ${arrows.map((e) => html`<line class=${'arrow' + (e.label?.response ? ' response' : '')} x1=${x(by.get(e.cause))} y1=${y(by.get(e.cause).node)} x2=${x(e)} y2=${y(e.node)} marker-end="url(#tip)"><title>${e.peer} to ${e.node}: ${labelText(e.label)}</title></line>`)}
      ${shown.map((e) => html`<circle class=${'dot ' + e.kind} cx=${x(e)} cy=${y(e.node)} r=${e.facts?.length ? 4.5 : 3} onClick=${() => explain(e.event)}><title>#${e.event} ${e.clock} ${e.text}</title></circle>`)}
    </svg></div>
    <p class="num">The last ${shown.length} events; the list of events has the same as text. Click one for its causes.</p>`;
}

const rank = (name) => ({ k: 0, b: 1 }[name[0]] ?? 2);
