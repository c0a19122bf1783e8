// The simulator, compiled to WebAssembly, in a web worker. It is compressed here, so that any server of files will do.
importScripts('wasm_exec.js');

const go = new Go();

async function load() {
  const packed = await fetch('gregor.wasm.gz');
  if (!packed.ok) throw new Error(`gregor.wasm.gz: ${packed.status}`);
  const program = new Response(packed.body.pipeThrough(new DecompressionStream('gzip')), { headers: { 'Content-Type': 'application/wasm' } });
  const { instance } = await WebAssembly.instantiateStreaming(program, go.importObject);
  go.run(instance);
  self.onmessage = (e) => self.postMessage(self.gregor(e.data));
  self.postMessage('ready');
}

load().catch((e) => self.postMessage('failed: ' + e.message));
