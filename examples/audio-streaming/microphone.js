// The microphone, and how loud it is.

/** What went wrong, for a person. */
const REASONS = {
  NotAllowedError: "The microphone was not allowed. Allow it in the address bar and press the button again.",
  NotFoundError: "There is no microphone. Plug one in and press the button again.",
  NotReadableError: "The microphone is there, but another program has it.",
  OverconstrainedError: "That microphone is gone. Choose another one.",
};

/** The words for an error of getUserMedia, a recorder or a peer. */
export function reasonFor(error) {
  return REASONS[error?.name] ?? `It did not work: ${error?.message ?? error}`;
}

/** Opens the microphone. `clean`: as it is good for speech, and bad for music. */
export function openMicrophone(deviceId, clean) {
  const processing = { echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean };
  const audio = { ...processing, ...(deviceId && { deviceId: { exact: deviceId } }) };
  return navigator.mediaDevices.getUserMedia({ audio });
}

/** Fills the list of microphones, and again whenever one comes or goes. */
export async function listMicrophones(select) {
  const fill = async () => {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "audioinput");
    const chosen = select.value;
    select.replaceChildren(new Option("The usual one", ""));
    for (const { deviceId, label } of devices) if (deviceId && label) select.append(new Option(label, deviceId));
    select.value = [...select.options].some(({ value }) => value === chosen) ? chosen : "";
  };
  navigator.mediaDevices.addEventListener("devicechange", fill);
  await fill();
  return fill;
}

let shared;
/** The page's AudioContext: to be asked for in a click. */
export function audioContext() {
  shared ??= new AudioContext();
  void shared.resume();
  return shared;
}

/** Draws a stream's waveform and shows its level until the function that it returns is called. */
export function watchLevel(stream, meter, canvas) {
  const context = audioContext();
  const source = context.createMediaStreamSource(stream);
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let column = 0;
  const draw = () => {
    analyser.getFloatTimeDomainData(samples);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    meter.value = peak;
    if (canvas) drawColumn(canvas, (column = (column + 1) % canvas.width), peak);
  };
  // A hidden page gets no animation frames, and needs none.
  let frame = requestAnimationFrame(function loop() {
    draw();
    frame = requestAnimationFrame(loop);
  });
  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
    meter.value = 0;
  };
}

/** One column of the waveform, and the gap that runs ahead of it. */
function drawColumn(canvas, column, peak) {
  const context = canvas.getContext("2d");
  const { height } = canvas;
  context.clearRect(column, 0, 12, height);
  context.fillStyle = getComputedStyle(canvas).color;
  const half = Math.max(1, (peak * height) / 2);
  context.fillRect(column, height / 2 - half, 1, 2 * half);
}
