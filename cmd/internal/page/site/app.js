// The page: one run at a time, its controls, and the pictures of what it is at the cursor.

import { html, render, useState, useEffect, useRef, useCallback } from './vendor/preact-htm.js';
import { ask } from './run.js';
import { Scrubber } from './scrubber.js';
import { Cluster } from './cluster.js';
import { Partitions } from './partitions.js';
import { Groups, Clients } from './groups.js';
import { Inspector } from './inspector.js';
import { Differ } from './differ.js';
import { SpaceTime } from './spacetime.js';
import { Tour } from './tour.js';
import { Numbers } from './numbers.js';
import { Quorum } from './quorum.js';
import { Events, Why, Story } from './events.js';

const kinds = [['leader', 'leader change'], ['isr', 'ISR change'], ['hw', 'high watermark'], ['message', 'message'],
  ['fault', 'fault'], ['ack', 'acknowledgement'], ['group', 'group generation'], ['controller', 'controller election'],
  ['truncation', 'truncation'], ['finding', 'finding']];
const speeds = [0.01, 0.1, 0.25, 1, 4];
const tick = 100; // milliseconds between two pictures while the run plays

const fromHash = () => decodeURIComponent(location.hash.slice(1));

function App() {
  const [run, setRun] = useState(0);
  const [state, setState] = useState(null);
  const [marks, setMarks] = useState(null);
  const [why, setWhy] = useState(null);
  const [message, setMessage] = useState(null);
  const [differ, setDiffer] = useState(null);
  const [cause, setCause] = useState(null);
  const [error, setError] = useState('');
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(0.25);
  const [kind, setKind] = useState('leader');
  const [chosen, setChosen] = useState('');
  const [hello, setHello] = useState(!fromHash());
  const [touring, setTouring] = useState(false);
  const busy = useRef(0); // requests that wait or run
  const line = useRef(Promise.resolve()); // the last of them

  const take = useCallback((response) => {
    if (!response.state) return;
    setRun(response.run);
    setState(response.state);
    setWhy(null);
    setMessage(null);
    setDiffer(null);
    history.replaceState(null, '', '#' + encodeURIComponent(response.state.token));
  }, []);

  // act sends a request about this run, one after the other; a run that is gone is opened again.
  const act = useCallback((request) => {
    busy.current++;
    line.current = line.current.then(() => send(request)).finally(() => { busy.current--; });
    return line.current;
  }, [run, state, take]);

  const send = async (request) => {
    try {
      const response = await ask({ ...request, run });
      setError(response.moved === false && response.state ? 'there is no such moment in this direction' : '');
      take(response);
      return response;
    } catch (e) {
      if (e.message === 'gone') return open({ token: state.token });
      setError(e.message);
      setPlaying(false);
      return null;
    }
  };

  const open = useCallback(async (request) => {
    setPlaying(false);
    setMarks(null);
    setCause(null);
    try {
      let response = await ask({ op: 'open', ...request });
      if (request.begin) response = await ask({ op: 'instant', run: response.run, nanos: 1e9 });
      setError('');
      take(response);
    } catch (e) { setError(e.message); }
  }, [take]);

  useEffect(() => {
    open(fromHash() ? { token: fromHash() } : { token: 'tour@1', begin: true });
    const changed = () => open({ token: fromHash() });
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);

  // The whole run is looked at in pieces, between pictures, for the scrubber.
  useEffect(() => {
    if (!run) return undefined;
    let stopped = false;
    setMarks(null);
    (async () => {
      for (let whole = false; !whole && !stopped;) {
        const response = await ask({ op: 'scan', run }).catch(() => null);
        if (!response || stopped) return;
        setMarks(response.scan);
        whole = response.scan.whole;
        await new Promise((go) => setTimeout(go, 0));
      }
    })();
    return () => { stopped = true; };
  }, [run, state?.branch]);

  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(async () => {
      if (busy.current) return; // the picture before is not there yet
      const response = await act({ op: 'instant', nanos: state.view.nanos + Math.round(tick * 1e6 * speed) });
      if (response?.state?.view.done) setPlaying(false);
    }, tick);
    return () => clearInterval(timer);
  }, [playing, speed, act, state]);

  const explain = useCallback(async (event) => {
    const response = await ask({ op: 'why', run, event }).catch((e) => { setError(e.message); });
    setMessage(null);
    if (response) setWhy({ event, causes: response.why || [], effects: response.effects || [] });
  }, [run]);

  // about asks for something that is no move, and shows it.
  const about = useCallback(async (request, show) => {
    const response = await ask({ ...request, run }).catch((e) => { setError(e.message); });
    if (response) { setError(''); show(response); }
  }, [run]);

  useEffect(() => {
    const key = (e) => {
      if (/INPUT|TEXTAREA|SELECT/.test(e.target.tagName) || e.ctrlKey || e.metaKey || e.altKey) return;
      const does = { ' ': () => setPlaying((p) => !p), ArrowRight: () => act({ op: 'next', kind: 'event' }),
        ArrowLeft: () => act({ op: 'previous', kind: 'event' }), n: () => act({ op: 'next', kind }), p: () => act({ op: 'previous', kind }),
        w: () => explain(state.view.event), b: () => document.getElementById('action').focus() }[e.key];
      if (does && state && !(e.key === ' ' && e.target.tagName === 'BUTTON')) { e.preventDefault(); does(); }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [act, kind, state, explain]);

  if (!state) return html`<p class="loading">${error || 'Loading the simulator …'}</p>`;
  const view = state.view;
  const push = (action) => act({ op: 'branch', action });
  return html`
    <header>
      <h1>Gregor</h1>
      <${Chooser} name=${state.name} open=${open} />
      <span class="where">#${view.event} · ${view.clock} · ${view.phase}</span>
      ${state.verdict && html`<span class=${'verdict ' + state.verdict}>${state.verdict}</span>`}
      <${Link} />
      ${!hello && !touring && html`<button onClick=${() => setTouring(true)}>Show me around</button>`}
    </header>
    ${hello && html`<aside class="hello" aria-label="What this is">A Kafka cluster of three brokers, simulated: the same code that <code>gregor serve</code> runs.
      Press <strong>Play</strong>, or <strong>Next</strong> to go to the next leader change; click a node to break it.
      <button onClick=${() => { setTouring(true); setHello(false); }}>Show me around</button>${' '}
      <button onClick=${() => setHello(false)}>Close</button></aside>`}
    ${touring && html`<${Tour} end=${() => setTouring(false)} />`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${state.sentence && html`<aside class="error" aria-label="Verdict">${state.sentence}<br />
      <${Cause} cause=${cause} find=${() => about({ op: 'cause' }, (r) => setCause(r.cause))} go=${(event) => act({ op: 'event', event })} /></aside>`}
    <nav aria-label="Where the run is">
    <div class="controls">
      <button class="main" onClick=${() => setPlaying(!playing)}>${playing ? 'Stop' : 'Play'}</button>
      <label>speed <select value=${speed} onChange=${(e) => setSpeed(Number(e.target.value))}>
        ${speeds.map((s) => html`<option value=${s}>${s}×</option>`)}</select></label>
      <button onClick=${() => act({ op: 'previous', kind: 'event' })} title="left arrow">‹ event</button>
      <button onClick=${() => act({ op: 'next', kind: 'event' })} title="right arrow">event ›</button>
      <button onClick=${() => act({ op: 'previous', kind })} title="p">Previous</button>
      <select aria-label="kind of moment" value=${kind} onChange=${(e) => setKind(e.target.value)}>
        ${kinds.map(([name, text]) => html`<option value=${name}>${text}</option>`)}</select>
      <button onClick=${() => act({ op: 'next', kind })} title="n">Next</button>
      <button onClick=${() => explain(view.event)} title="w">Why?</button>
      <button onClick=${() => act({ op: 'instant', nanos: 0 })}>To the start</button>
    </div>
    <${Scrubber} marks=${marks} nanos=${view.nanos} go=${(nanos) => act({ op: 'instant', nanos })} />
    </nav>
    <main data-hash=${view.hash}>
      <section aria-label="Cluster">
        <h2>Cluster</h2>
        <${Cluster} view=${view} chosen=${chosen} choose=${setChosen} inspect=${(index) => about({ op: 'message', index }, (r) => setMessage(r.message))} />
        <${Push} chosen=${chosen} push=${push} />
      </section>
      <section aria-label="Events">
        <h2>${message ? 'Message' : why ? `Why #${why.event}` : 'Events'}</h2>
        ${message ? html`<${Inspector} message=${message} explain=${explain} close=${() => setMessage(null)} />` : why ? html`<${Why} why=${why} explain=${explain} close=${() => setWhy(null)} go=${(event) => act({ op: 'event', event })} />`
    : html`<${Events} events=${state.events || []} explain=${explain} />`}
      </section>
      <section aria-label="Messages over time" class="wide"><h2>Messages over time</h2><${SpaceTime} events=${state.events || []} explain=${explain} /></section>
      <section aria-label="Partitions"><h2>Partitions</h2><${Partitions} view=${view} /></section>
      <section aria-label="Story"><h2>Story so far</h2><${Story} lines=${state.story || []} /></section>
      <section aria-label="Groups and clients"><h2>Groups and clients</h2><${Groups} view=${view} /><${Clients} view=${view} /></section>
      <section aria-label="Quorum"><h2>Quorum</h2><${Quorum} view=${view} /></section>
      <section aria-label="Numbers"><h2>Numbers, by Kafka's names</h2><${Numbers} view=${view} /></section>
      <section aria-label="Branches and scenario">
        <h2>Branches</h2>
        <${Branches} state=${state} enter=${(branch) => act({ op: 'enter', branch })} compare=${(branch) => about({ op: 'differ', branch }, (r) => setDiffer(r.differ))} />
        <${Scenario} state=${state} open=${open} />
      </section>
      ${differ && html`<${Differ} differ=${differ} view=${view} story=${state.story || []} branch=${state.branch} close=${() => setDiffer(null)} />`}
    </main>`;
}

// Cause is the point of no return of a run that breaks: it is searched for when it is asked for.
function Cause({ cause, find, go }) {
  if (!cause) return html`<button onClick=${find}>Find the point of no return</button>`;
  return html`<span>It would still have held if all faults had ended before <button onClick=${() => go(cause.point.event)}>#${cause.point.event} ${cause.point.clock}</button>: ${cause.point.text}.
    ${cause.needed?.length > 0 && html` Without any one of these it would have held: ${cause.needed.map((n) => html`<code>${n}</code> `)}`}</span>`;
}

// Chooser opens one of the scenarios that come with Gregor.
function Chooser({ name, open }) {
  const [all, setAll] = useState([]);
  const [seed, setSeed] = useState(1);
  useEffect(() => { ask({ op: 'scenarios' }).then((r) => setAll(r.scenarios)); }, []);
  const known = all.some((s) => s.name === name);
  return html`
    <label>scenario <select value=${known ? name : ''} onChange=${(e) => open({ token: `${e.target.value}@${seed}`, begin: true })}>
      ${!known && html`<option value="">${name}</option>`}
      ${all.map((s) => html`<option value=${s.name} title=${s.summary}>${s.name}</option>`)}</select></label>
    <label>seed <input type="number" min="0" style="width:5.5em" value=${seed}
      onChange=${(e) => { setSeed(e.target.value); if (known) open({ token: `${name}@${e.target.value}`, begin: true }); }} /></label>`;
}

// Link copies the address of this moment.
function Link() {
  const [copied, setCopied] = useState(false);
  return html`<button onClick=${async () => {
    await navigator.clipboard?.writeText(location.href).catch(() => null);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }}>${copied ? 'Link copied' : 'Copy link to this moment'}</button>`;
}

// Push makes a fault happen now, in a branch of its own.
function Push({ chosen, push }) {
  const [text, setText] = useState('');
  const quick = chosen ? [['crash', `crash ${chosen} for 2s`], ['power cut', `power-cut ${chosen} for 2s`], ['pause', `pause ${chosen} for 2s`],
    ['restart', `restart ${chosen}`], ['cut off', `partition ${chosen} | rest`], ['cut off one way', `partition ${chosen} | rest one-way`]] : [];
  return html`
    <div class="push">
      ${chosen ? html`<strong>${chosen}</strong>` : html`<span class="num">click a node to break it, or write what happens:</span>`}
      ${quick.map(([name, action]) => html`<button title=${action} onClick=${() => push(action)}>${name}</button>`)}
      <input id="action" aria-label="what happens now" placeholder="crash leader(orders-0) for 2s" value=${text} onInput=${(e) => setText(e.target.value)}
        onKeyDown=${(e) => { if (e.key === 'Enter' && text) push(text).then((r) => r && setText('')); }} />
      <button disabled=${!text} onClick=${() => push(text).then((r) => r && setText(''))}>Push</button>
    </div>`;
}

function Branches({ state, enter, compare }) {
  return html`<ul>${state.branches.map((b, i) => html`<li>
    <button aria-current=${i === state.branch} disabled=${i === state.branch} onClick=${() => enter(i)}>${i}</button>
    ${' '}${b.from < 0 ? 'the run itself' : html`leaves ${b.from} after #${b.event}: <code>${b.action}</code>`}
    ${i === state.branch ? html`<strong> (here)</strong>` : html` <button onClick=${() => compare(i)}>compare</button>`}</li>`)}</ul>`;
}

function Scenario({ state, open }) {
  const [text, setText] = useState(state.text);
  useEffect(() => setText(state.text), [state.text]);
  return html`<details><summary>The scenario as text: edit it for another run</summary>
    <textarea aria-label="scenario" value=${text} onInput=${(e) => setText(e.target.value)} spellcheck="false"></textarea>
    <button onClick=${() => open({ text, seed: state.seed, begin: true })}>Run this</button></details>`;
}

render(html`<${App} />`, document.getElementById('app'));
