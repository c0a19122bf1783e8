// A run on this page: requests go to gregor ui, or to the simulator in a web worker where there is no server behind it.

import { served } from './mode.js';

let transport;

// ask sends one request and returns its response; an error is thrown as text.
export async function ask(request) {
  transport ??= await choose();
  const response = JSON.parse(await transport(JSON.stringify(request)));
  if (response.error) throw new Error(response.error);
  return response;
}

async function choose() {
  if (served) {
    return async (body) => (await fetch('api', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).text();
  }
  const worker = new Worker('worker.js');
  const waiting = [];
  await new Promise((ready, failed) => {
    worker.onmessage = (e) => (e.data === 'ready' ? ready() : failed(new Error('the simulator could not be loaded: ' + e.data)));
    worker.onerror = (e) => failed(new Error('the simulator could not be loaded: ' + e.message));
  });
  worker.onmessage = (e) => waiting.shift()(e.data);
  return (body) => new Promise((done) => { waiting.push(done); worker.postMessage(body); });
}
