// What all pages share: elements, calls of the control plane, who is being used, and the line that says what happened.

export const PREFIX = '/__mock__';
export const $ = (selector, root = document) => root.querySelector(selector);

/** Make an element; `attributes` that are functions listen, and `null` ones are left out. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

/** Put children into an element in the place of what it holds; what is nothing is left out. */
export const fill = (place, ...children) => place.replaceChildren(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));

let quiet;
export function say(text, bad = false) {
  const line = $('#said');
  line.textContent = text;
  line.classList.toggle('bad', bad);
  clearTimeout(quiet);
  quiet = setTimeout(() => { line.textContent = ''; }, bad ? 9000 : 3000);
}

/** Call the control plane; gives what it answers, or throws an Error with what it says. */
export async function call(method, path, body) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(PREFIX + path, { method, ...sent });
  const text = await response.text();
  let value = text;
  try { value = JSON.parse(text); } catch { /* a text is its own value */ }
  if (!response.ok) throw new Error(reason(value) || `${response.status} ${response.statusText}`);
  return value;
}

/** Find the sentence in a refusal, whatever shape the errors of this API have. */
function reason(value) {
  if (typeof value === 'string') return value.slice(0, 400);
  if (Array.isArray(value)) return value.map(reason).filter(Boolean).join('; ');
  if (value && typeof value === 'object') {
    for (const name of ['detail', 'message', 'error_description', 'title', 'msg', 'error', 'errors']) {
      const found = name in value && reason(value[name]);
      if (found) return found;
    }
    return JSON.stringify(value).slice(0, 400);
  }
  return value === undefined || value === null ? '' : String(value);
}

/** Run what a click or a form asks for, and say when it fails. */
export function doing(action) {
  return async (event) => {
    event?.preventDefault();
    try { await action(event); } catch (error) { say(error.message, true); }
  };
}

export const fields = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
export const pretty = (value) => JSON.stringify(value, null, 2);

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { return false; }
}

// Whose token the reference and the streams use; each world has tokens of its own.
const world = () => document.cookie.match(/(?:^|; )specdouble-world=([^;]*)/)?.[1] ?? location.hostname;
const key = () => `specdouble:${location.port}:${world()}`;
export const used = () => JSON.parse(localStorage.getItem(key()) ?? 'null');
export function use(person) {
  if (person) localStorage.setItem(key(), JSON.stringify(person));
  else localStorage.removeItem(key());
  showUsed();
}

export function showUsed() {
  const line = $('#using');
  if (!line) return;
  const person = used();
  fill(line, ...(person
    ? ['Requests of this dashboard are sent as ', el('b', {}, person.name), '. ', el('button', { type: 'button', click: () => use(null) }, 'Stop')]
    : ['Requests of this dashboard are sent without a token.', $('#people:is(table)')
      ? $('#people button') && ' Use that of one of the people below.'
      : el('span', {}, ' Choose a person on the ', el('a', { href: `${PREFIX}/` }, 'overview'), '.')]));
}

export async function showClock() {
  try {
    const clock = await call('GET', '/clock');
    $('#now').textContent = clock.now.slice(0, 19).replace('T', ' ') + ' UTC';
    $('#now').dateTime = clock.now;
    $('#world').textContent = `world ${clock.world ?? 'main'}`;
    document.dispatchEvent(new CustomEvent('clock', { detail: clock }));
  } catch { $('#now').textContent = 'the server does not answer'; }
}

if ($('#now')) {
  showUsed();
  showClock();
  setInterval(showClock, 5000);
}
