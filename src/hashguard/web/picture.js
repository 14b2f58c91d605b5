// From a chosen file to its hash, on this device: bounds, decoding, pixels in strips.

const MAX_BYTES = 64 * 2 ** 20; // of a file, as in decode/limits.py
const MAX_PIXELS = 64_000_000; // width times height, likewise
const MAX_SIDE = 32_767; // pixels; the widest canvas of Firefox
const STRIP_PIXELS = 1_000_000; // iPhones cap a canvas at 16 million, and memory is dear

// Why a file gives no hash. `reason` is one of: heic, video, unsupported, broken, large.
class Unreadable extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

// {hash, quality, ties} of a Blob. progress(share): 0 to 1, now and then. Raises Unreadable.
async function hashPicture(file, progress = () => {}) {
  const { bitmap, orientation } = await decode(file);
  try {
    return await hashBitmap(bitmap, orientation, progress);
  } finally {
    bitmap.close();
  }
}

async function decode(file) {
  if (file.size > MAX_BYTES) {
    throw new Unreadable("large");
  }
  const bytes = await contentOf(file);
  const kind = kindOf(bytes);
  const size = sizeOf(bytes, kind);
  if (size && tooLarge(...size)) {
    throw new Unreadable("large");
  }
  // "none": Chromium and Firefox heed it where a profile could not be cut out.
  const options = { colorSpaceConversion: "none" };
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([untag(bytes, kind)]), options);
  } catch {
    throw new Unreadable(reasonOf(kind, file.type));
  }
  if (tooLarge(bitmap.width, bitmap.height)) {
    bitmap.close();
    throw new Unreadable("large");
  }
  return { bitmap, orientation: orientationOf(bytes, kind) };
}

async function contentOf(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Unreadable("broken"); // moved or deleted since it was chosen
  }
}

function tooLarge(width, height) {
  return width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE;
}

function reasonOf(kind, type) {
  if (kind === "heic" || kind === "video") {
    return kind;
  }
  if (kind === "unknown") {
    return type.startsWith("video/") ? "video" : "unsupported";
  }
  return kind === "avif" ? "unsupported" : "broken";
}

// How a canvas turns a picture of this width and height by each EXIF orientation.
function turned(orientation, width, height) {
  return [
    [1, 0, 0, 1, 0, 0],
    [-1, 0, 0, 1, width, 0],
    [-1, 0, 0, -1, width, height],
    [1, 0, 0, -1, 0, height],
    [0, 1, 1, 0, 0, 0],
    [0, 1, -1, 0, height, 0],
    [0, -1, -1, 0, height, width],
    [0, -1, 1, 0, 0, width],
  ][orientation - 1];
}

async function hashBitmap(bitmap, orientation, progress) {
  const sides = [bitmap.width, bitmap.height];
  const [a, b, c, d, x, y] = turned(orientation, ...sides);
  const [width, height] = orientation > 4 ? sides.reverse() : sides;
  const pdq = new Pdq(width, height);
  const canvas = document.createElement("canvas");
  const step = Math.max(1, Math.floor(STRIP_PIXELS / width));
  canvas.width = width;
  canvas.height = Math.min(step, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  for (let top = 0; top < height; top += step) {
    const rows = Math.min(step, height - top);
    // White, as in Python: what lies under full transparency cannot be read back.
    context.resetTransform();
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, rows);
    context.setTransform(a, b, c, d, x, y - top);
    context.drawImage(bitmap, 0, 0);
    pdq.push(context.getImageData(0, 0, width, rows).data);
    progress((top + rows) / height);
    await nextTask();
  }
  canvas.width = canvas.height = 0; // Safari keeps the memory otherwise
  return pdq.finish();
}

// Lets the page answer to a tap before the work goes on.
function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
