// Both runtimes in turn, each in a worker. In: `plan.json`. Out: `window.measured`, or `window.failed`.

const plan = await (await fetch("/plan.json")).json();

const longTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) longTasks.push(task.duration);
}).observe({ type: "longtask" });

/** Posts a message and waits for the answer of this type. */
const request = (worker, message, type = "answer") =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.type === type) resolve(type === "answer" ? data.value : data);
      else if (data.type === "failed") reject(new Error(data.message));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    if (message) worker.postMessage(message);
  });

const segment = (worker, id, file) =>
  request(worker, { type: "segment", id, params: { hides_person: false, part: null }, file }, "cutout");

/** Cuts out a photo and decodes the cutout, as the page does to show it. */
const shown = async (worker, id, file) => {
  const started = performance.now();
  const { cutout, timings } = await segment(worker, id, file);
  const answered = performance.now();
  const picture = new Image();
  picture.src = URL.createObjectURL(cutout);
  await picture.decode();
  const ended = performance.now();
  URL.revokeObjectURL(picture.src);
  const { decode_ms, segment_ms, encode_ms } = timings;
  // Between the threads: the photo there, the files and the mask back.
  const message_ms = answered - started - decode_ms - segment_ms - encode_ms;
  return { ms: ended - started, ...timings, message_ms, show_ms: ended - answered };
};

const measure = async () => {
  const { build, model, network } = plan.ours;
  const ours = new Worker(`/ours.js#${encodeURIComponent(build.script)}`);
  const cold = { ours: await request(ours, { type: "cold", wasm: build.wasm, model, network }) };
  let ort;
  if (plan.ort) {
    ort = new Worker("/ort.js", { type: "module" });
    await request(ort);
    cold.ort = await request(ort, { type: "cold", ...plan.ort, shape: network.input });
  }
  const [oursMs, ortMs] = [[], []];
  // The first rounds warm the compilers up.
  for (let round = -5; round < plan.rounds; round += 1) {
    const ourRun = await request(ours, { type: "run" });
    const theirRun = ort ? await request(ort, { type: "run" }) : Number.NaN;
    if (round < 0) continue;
    oursMs.push(ourRun);
    ortMs.push(theirRun);
  }
  const memory = { ort: ort ? await request(ort, { type: "memory" }) : 0, ours: await request(ours, { type: "memory" }) };
  const measured = { cold, ours_ms: oursMs, ort_ms: ortMs, memory };
  // Only the segmenter's program takes photos.
  return plan.photos ? { ...measured, ...(await withPhotos(ours, memory)) } : measured;
};

const withPhotos = async (ours, memory) => {
  const timesOf = async (photo, rounds) => {
    const times = [];
    for (let round = -3; round < rounds; round += 1) {
      const bare_ms = await request(ours, { type: "run" });
      const timed = await shown(ours, round + 3, photo);
      if (round >= 0) times.push({ ...timed, bare_ms });
    }
    return times;
  };
  const [photo, large] = await Promise.all(plan.photo_files.map(async (file) => (await fetch(file)).blob()));
  const photos = await timesOf(photo, plan.photos);
  const large_photos = await timesOf(large, plan.photos);
  memory.ours = await request(ours, { type: "memory" });
  for (let id = 0; id < plan.many; id += 1) await segment(ours, id, photo);
  memory.afterMany = await request(ours, { type: "memory" });
  return { photos, large_photos, long_tasks_ms: longTasks };
};

try {
  window.measured = await measure();
} catch (error) {
  window.failed = String(error.stack ?? error);
}
