// Runs before everything else: takes away what a Content-Security-Policy does not govern.
//
// WebRTC reaches servers in spite of connect-src 'none'. The frame's opaque origin keeps
// anybody from fetching the constructors back out of another frame.

for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (/RTC|WebTransport/.test(name)) {
    delete globalThis[name];
  }
}
