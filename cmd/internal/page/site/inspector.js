// The request inspector: a message under way, its fields and its bytes.

import { html } from './vendor/preact-htm.js';
import { labelText } from './cluster.js';

export function Inspector({ message, close, explain }) {
  const bytes = Uint8Array.from(atob(message.frame || ''), (c) => c.charCodeAt(0));
  return html`<div class="scroll" tabindex="0" aria-label="a message taken apart">
    <p><button onClick=${close}>Back to the events</button></p>
    <p><strong>${labelText(message.label)}</strong> v${message.label.version}, correlation ${message.label.correlation}, from ${message.from} to ${message.to}, ${message.bytes} bytes,
      ${message.place}${message.place === 'flying' ? `, arrives in ${message.inMicros} µs` : ''}${message.client ? `, client.id ${message.client}` : ''}</p>
    ${message.cause > 0 && html`<p>sent in <button onClick=${() => explain(message.cause)}>#${message.cause}</button></p>`}
    ${message.error ? html`<p class="error">${message.error}</p>` : html`<${Fields} fields=${message.fields || []} />`}
    <details><summary>Bytes${bytes.length < message.bytes ? `, the first ${bytes.length}` : ''}</summary><pre class="hex" tabindex="0">${hex(bytes)}</pre></details></div>`;
}

function Fields({ fields }) {
  return html`<ul class="fields">${fields.map((f) => html`<li><span class="num">${f.name}</span> ${f.value || ''}
    ${f.fields?.length > 0 && html`<${Fields} fields=${f.fields} />`}</li>`)}</ul>`;
}

function hex(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    lines.push(`${at.toString(16).padStart(5, '0')}  ${row.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(48)} ${row.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  return lines.join('\n');
}
