// node run.mjs FILE.wasm simd128|scalar: runs the checks, a hundred networks at a time.
import { readFileSync } from "node:fs";

const [file, level] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file), {});
const wasm = instance.exports;
wasm.start();

const check = (what, run) => {
  const start = performance.now();
  try {
    const count = run();
    console.log(`${level}: ${count} ${what}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (count === 0) throw new Error("nothing was compared");
  } catch (trap) {
    const bytes = new Uint8Array(wasm.memory.buffer, wasm.message(), wasm.message_length());
    console.error(`${level}: ${what}: ${new TextDecoder().decode(bytes) || trap}`);
    process.exit(1);
  }
};

if (Boolean(wasm.has_simd128()) !== (level === "simd128")) {
  console.error(`this was not compiled for ${level}`);
  process.exit(1);
}
check("published networks compared at each level", () => wasm.parity());
check("networks by chance compared at each level", () => {
  let count = 0;
  for (let first = 0; first < 300; first += 100) count += wasm.networks(first, 100);
  return count;
});
