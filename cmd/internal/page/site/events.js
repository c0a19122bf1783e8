// Events with what nodes reported, the chain of causes of one, and the story.

import { html, useEffect, useRef } from './vendor/preact-htm.js';

export function Events({ events, explain }) {
  const end = useRef(null);
  useEffect(() => { if (end.current) end.current.scrollTop = end.current.scrollHeight; }, [events]);
  return html`<ol class="scroll" ref=${end} tabindex="0" aria-label="the last events">
    ${events.map((e, i) => html`<${Event} e=${e} now=${i === events.length - 1} explain=${explain} />`)}</ol>`;
}

function Event({ e, now, explain, depth = 0 }) {
  return html`<li class=${`event ${now ? 'now' : ''} ${e.kind === 'fault' ? 'fault' : ''}`} style=${depth ? `margin-left:${depth * 0.9}rem` : ''}>
    <button onClick=${() => explain(e.event)} title="why?"><span class="num">#${e.event} ${e.clock}</span> ${e.text}</button>
    ${(e.facts || []).map((f) => html`<div class="fact">${f.text}</div>`)}</li>`;
}

export function Why({ why, explain, close, go }) {
  const [event, ...causes] = why.causes;
  if (!event) return html`<p>This event has not happened yet. <button onClick=${close}>Back to the events</button></p>`;
  const last = why.causes[why.causes.length - 1];
  return html`<div class="scroll" tabindex="0" aria-label="causes and effects">
    <p><button onClick=${close}>Back to the events</button> <button onClick=${() => go(event.event)}>Go there</button></p>
    <ol><${Event} e=${event} now=${true} explain=${explain} /></ol>
    ${causes.length > 0 && html`<h3 style="font-size:.9rem">because</h3><ol>${collapse(causes).map((c) => (c.more
    ? html`<li class="fact">… and ${c.more} timers of ${c.node} before it</li>` : html`<${Event} e=${c} explain=${explain} />`))}</ol>`}
    <p class="num">${last.kind === 'fault' ? 'and that is a fault of the scenario' : last.cause ? `and before it #${last.cause}` : 'and that has no cause within the run'}</p>
    <h3 style="font-size:.9rem">it led to${why.effects.length ? '' : ' nothing so far'}</h3>
    <ol>${why.effects.map((e) => html`<${Event} e=${e} explain=${explain} depth=${e.depth} />`)}</ol></div>`;
}

// collapse shows of a run of timers of one node the last one, and how many there were.
function collapse(causes) {
  const out = [];
  for (let i = 0; i < causes.length;) {
    let end = i + 1;
    while (end < causes.length && causes[i].kind === 'tick' && causes[end].kind === 'tick' && causes[end].node === causes[i].node) end++;
    out.push(causes[i]);
    if (end - i > 1) out.push({ more: end - i - 1, node: causes[i].node });
    i = end;
  }
  return out;
}

export function Story({ lines }) {
  const end = useRef(null);
  useEffect(() => { if (end.current) end.current.scrollTop = end.current.scrollHeight; }, [lines.length]);
  return html`<ol class="scroll" ref=${end} tabindex="0" aria-label="the story so far">${lines.map((l) => html`<li class=${l.includes('!!') ? 'fault' : ''}>${l.trim()}</li>`)}</ol>`;
}
