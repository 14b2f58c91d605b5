// What the bytes of a picture say before it is decoded: its kind, its size; and the same
// bytes without colour profile, which browsers apply differently and platforms ignore.
//
// Bytes that make no sense are left as they are: the decoder is the judge.

const WEBP_FLAGS = 0x28; // of a VP8X chunk: there is a profile, there is EXIF
const ORIENTATION = 0x0112; // the EXIF tag
const SHORT = 3; // and its type
const JPEG_END = new Uint8Array([0xff, 0xd9]);
const PNG_LEFT_OUT = new Set(["iCCP", "gAMA", "cHRM", "sRGB", "cICP", "eXIf"]);

function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// "jpeg", "png", "webp", "gif", "bmp", "avif", "heic", "video" or "unknown".
function kindOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return "jpeg";
  }
  const start = textAt(bytes, 0, 16);
  if (start.startsWith("\x89PNG")) {
    return "png";
  }
  if (start.startsWith("RIFF")) {
    return start.slice(8, 12) === "WEBP" ? "webp" : "video";
  }
  if (start.startsWith("GIF8")) {
    return "gif";
  }
  if (start.startsWith("BM")) {
    return "bmp";
  }
  if (start.slice(4, 8) === "ftyp") {
    return kindOfBrand(start.slice(8, 12), textAt(bytes, 16, 64));
  }
  return start.startsWith("\x1aE\xdf\xa3") ? "video" : "unknown"; // Matroska, WebM
}

function kindOfBrand(major, others) {
  if (/^avi[fs]/.test(major) || (/^m[is]f1/.test(major) && others.includes("avif"))) {
    return "avif";
  }
  return /^(he[ivx]|m[is]f1)/.test(major) ? "heic" : "video";
}

// [width, height] in pixels as the header states them, or null where it is not read.
function sizeOf(bytes, kind) {
  const view = viewOf(bytes);
  try {
    switch (kind) {
      case "jpeg":
        return jpegSize(bytes, view);
      case "png":
        return [view.getUint32(16), view.getUint32(20)];
      case "gif":
        return [view.getUint16(6, true), view.getUint16(8, true)];
      case "bmp":
        return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
      case "webp":
        return webpSize(bytes, view);
      default:
        return null;
    }
  } catch {
    return null; // cut short: the decoder will say so
  }
}

// Calls visit(marker, start, end) for each segment before the pixels.
function walkJpeg(bytes, view, visit) {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // a filling byte
      continue;
    }
    if (marker === 0xda || (marker >= 0xd0 && marker <= 0xd9)) {
      return at;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length || end < at + 4) {
      return at;
    }
    visit(marker, at, end);
    at = end;
  }
  return at;
}

function jpegSize(bytes, view) {
  let size = null;
  walkJpeg(bytes, view, (marker, start) => {
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame && !size) {
      size = [view.getUint16(start + 7), view.getUint16(start + 5)];
    }
  });
  return size;
}

function webpSize(bytes, view) {
  switch (textAt(bytes, 12, 4)) {
    case "VP8X":
      return [24, 27].map((at) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16));
    case "VP8 ":
      return [26, 28].map((at) => view.getUint16(at, true) & 0x3fff);
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return [1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff)];
    }
    default:
      return null;
  }
}

// The same picture without colour profile, and with an end.
function untag(bytes, kind) {
  const view = viewOf(bytes);
  switch (kind) {
    case "jpeg":
      return joined(untagJpeg(bytes, view));
    case "png":
      return joined(untagPng(bytes, view));
    case "webp":
      return joined(untagWebp(bytes, view));
    default:
      return bytes;
  }
}

// One array: Firefox decodes no picture from a Blob of several parts in a sandboxed frame.
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// The parts that are kept.

function untagJpeg(bytes, view) {
  const parts = [bytes.subarray(0, 2)];
  const rest = walkJpeg(bytes, view, (marker, start, end) => {
    if (marker !== 0xe2 || textAt(bytes, start + 4, 11) !== "ICC_PROFILE") {
      parts.push(bytes.subarray(start, end));
    }
  });
  parts.push(bytes.subarray(rest));
  // An end for files that were cut short: browsers show what there is, but only then.
  parts.push(JPEG_END);
  return parts;
}

// Without EXIF, too: not all browsers turn a PNG or a WebP by it, so the page does. See
// orientationOf.
function untagPng(bytes, view) {
  const parts = [bytes.subarray(0, 8)];
  const rest = walkPng(bytes, view, (name, start, end) => {
    if (!PNG_LEFT_OUT.has(name)) {
      parts.push(bytes.subarray(start, end));
    }
  });
  parts.push(bytes.subarray(rest));
  return parts;
}

// Calls visit(name, start, end) for each whole chunk.
function walkPng(bytes, view, visit) {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) {
      break;
    }
    visit(textAt(bytes, at + 4, 4), at, end);
    at = end;
  }
  return at;
}

function untagWebp(bytes, view) {
  const head = bytes.slice(0, 12);
  const parts = [head];
  let removed = 0;
  const rest = walkWebp(bytes, view, (name, start, end) => {
    if (name === "ICCP" || name === "EXIF") {
      removed += end - start;
      return;
    }
    const chunk = bytes.slice(start, end);
    if (name === "VP8X") {
      chunk[8] &= ~WEBP_FLAGS;
    }
    parts.push(chunk);
  });
  parts.push(bytes.subarray(rest));
  const size = viewOf(head);
  size.setUint32(4, size.getUint32(4, true) - removed, true);
  return parts;
}

// Calls visit(name, start, end) for each chunk.
function walkWebp(bytes, view, visit) {
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at + 4, true);
    const end = Math.min(at + 8 + length + (length & 1), bytes.length);
    visit(textAt(bytes, at, 4), at, end);
    at = end;
  }
  return at;
}

// How a picture still has to be turned once the browser has decoded it: EXIF 1 to 8.
function orientationOf(bytes, kind) {
  let found = 1;
  const look = (name, start, end) => {
    if (name === "EXIF" || name === "eXIf") {
      found = exifOrientation(bytes.subarray(start + 8, end));
    }
  };
  if (kind === "webp") {
    walkWebp(bytes, viewOf(bytes), look);
  } else if (kind === "png") {
    walkPng(bytes, viewOf(bytes), look);
  }
  return found;
}

// Anything odd counts as 1, as in decode/exif.py.
function exifOrientation(exif) {
  const start = textAt(exif, 0, 4) === "Exif" ? 6 : 0;
  const view = viewOf(exif.subarray(start));
  try {
    const little = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, little);
    const values = [];
    for (let left = view.getUint16(directory, little), at = directory + 2; left > 0; left--) {
      if (view.getUint16(at, little) === ORIENTATION) {
        values.push(view.getUint16(at + 2, little) === SHORT ? view.getUint16(at + 8, little) : 1);
      }
      at += 12;
    }
    return values.length === 1 && values[0] >= 1 && values[0] <= 8 ? values[0] : 1;
  } catch {
    return 1;
  }
}
