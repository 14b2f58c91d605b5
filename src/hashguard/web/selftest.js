// Does this browser give the true pixels of a picture? Some falsify them, to make people
// harder to follow; a hash of false pixels would protect nobody.

const KNOWN_TOLERANCE = 8; // bits of 256; decoders differ by a few, falsified pixels by 100

// "" if all is well, "pixels" if the known picture gives another hash, "insecure" if the
// browser withholds what makes the withdrawal code: the page came over http.
async function selfTest() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    return "insecure";
  }
  try {
    const bytes = Uint8Array.from(atob(KNOWN.jpeg), (letter) => letter.charCodeAt(0));
    const { hash } = await hashPicture(new Blob([bytes]));
    return bitsApart(hash, KNOWN.pdq) <= KNOWN_TOLERANCE ? "" : "pixels";
  } catch {
    return "pixels";
  }
}
