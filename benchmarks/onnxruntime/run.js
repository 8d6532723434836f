// Runs an ONNX model once for each line on standard input:
//   node run.js MODEL INPUT-NAME SHAPE INPUT-FILE OUTPUT-NAME OUTPUT-FILE THREADS
// Answers with a line of JSON: first when the model is open, then after each run (milliseconds by the clock and of the
// processor, memory in KiB). The last run's output, float32, stands in OUTPUT-FILE.
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');
const ort = require('onnxruntime-node');

function memory() {
  try {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
    return { memory: field('VmRSS'), own: field('RssAnon'), most: field('VmHWM') };
  } catch {
    const resident = Math.round(process.memoryUsage.rss() / 1024);
    return { memory: resident, own: resident, most: process.resourceUsage().maxRSS };
  }
}

async function timed(action) {
  const [start, before] = [process.hrtime.bigint(), process.cpuUsage()];
  const value = await action();
  const [elapsed, spent] = [process.hrtime.bigint() - start, process.cpuUsage(before)];
  return [value, { milliseconds: Number(elapsed) / 1e6, processor: (spent.user + spent.system) / 1e3 }];
}

function say(fields) {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

async function main([model, inputName, shape, inputFile, outputName, outputFile, threads]) {
  const [session, opened] = await timed(() => ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
  }));
  const bytes = fs.readFileSync(inputFile);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const feeds = { [inputName]: new ort.Tensor('float32', values, shape.split(',').map(Number)) };
  say({ version: ort.env.versions.node ?? ort.env.versions.common, ...opened, ...memory() });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line !== 'run') break;
    const [results, times] = await timed(() => session.run(feeds));
    const output = results[outputName].data;
    fs.writeFileSync(outputFile, new Uint8Array(output.buffer, output.byteOffset, output.byteLength));
    say({ ...times, ...memory() });
  }
  await session.release();
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
