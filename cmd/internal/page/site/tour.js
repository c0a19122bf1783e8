// The tour of the page: what one looks at, and what to try next.

import { html, useEffect, useRef, useState } from './vendor/preact-htm.js';

const steps = [
  ['.scrubber', 'The whole run', 'From left to right, the run of the scenario: red lines are faults, small marks are new leaders, ISR changes and rebalances, the grey bars are records acknowledged. Click anywhere to go there.'],
  ['[aria-label="Cluster"]', 'The cluster', 'Controllers, brokers and clients, with the messages between them at this moment. Nothing is drawn by hand: it is the state of the broker\'s own code.'],
  ['.controls', 'Stop where it matters', 'Play runs on. Next goes to the next moment of the kind you choose, such as a leader change; Previous goes back. The arrow keys go event by event. Try Next now.'],
  ['[aria-label="Partitions"]', 'The logs', 'Every replica of a partition, aligned by offset. The line is the high watermark: what is left of it is committed, what is right of it may still be lost.'],
  ['[aria-label="Messages over time"]', 'Who sent what when', 'A line for each node and an arrow for each message. A failover is readable here: who noticed, who decided, who followed.'],
  ['[aria-label="Events"]', 'Why', 'Each event has a cause: click one, and the chain goes back, message by message, to a fault or a start.'],
  ['#action', 'Break it yourself', 'Click a node, or write what happens: crash leader(orders-0) for 2s. The run goes on in a branch of its own, and the one before is kept: compare them below.'],
  ['header', 'Share it', 'The address of this page names the scenario, the seed, your faults and the event. Whoever opens it sees exactly this moment.'],
];

export function Tour({ end }) {
  const [at, setAt] = useState(0);
  const box = useRef(null);
  const [target, title, text] = steps[at];
  useEffect(() => {
    const element = document.querySelector(target);
    element?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    element?.classList.add('shown');
    box.current?.focus();
    return () => element?.classList.remove('shown');
  }, [at]);
  return html`<div class="tour" role="dialog" aria-label=${`Tour: ${title}`} tabindex="-1" ref=${box} onKeyDown=${(e) => { if (e.key === 'Escape') end(); }}>
    <strong>${title}</strong> <span class="num">${at + 1} of ${steps.length}</span>
    <p>${text}</p>
    <button disabled=${at === 0} onClick=${() => setAt(at - 1)}>Back</button>
    ${' '}<button class="main" onClick=${() => (at + 1 < steps.length ? setAt(at + 1) : end())}>${at + 1 < steps.length ? 'Next step' : 'Done'}</button>
    ${' '}<button onClick=${end}>End the tour</button></div>`;
}
