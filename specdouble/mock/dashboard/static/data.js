import { $, PREFIX, call, doing, el, fields, fill, pretty, say } from './common.js';

const SIZE = 50;
const HIDDEN = new Set(['counters', 'timers', 'events', 'outbox']); // the engine's own, which have pages or routes of their own
const edit = $('#edit');
let name = '';
let offset = 0;
let shown = null; // the id of the document in the form, null for a new one

const path = (id) => `/collections/${encodeURIComponent(name)}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

function summary(document) {
  if (typeof document !== 'object' || document === null) return String(document);
  return Object.values(document).filter((one) => ['string', 'number'].includes(typeof one)).slice(0, 4).join(' · ').slice(0, 120);
}

async function choose() {
  const counts = await call('GET', '/collections');
  const names = Object.keys(counts).filter((one) => !HIDDEN.has(one) && !one.startsWith('.')).sort((a, b) => (counts[b] > 0) - (counts[a] > 0) || a.localeCompare(b));
  const before = name || decodeURIComponent(location.hash.slice(1));
  fill($('#collections'), names.map((one) => el('option', { value: one, selected: one === before }, `${one} (${counts[one]})`)));
  name = $('#collections').value;
}

async function list() {
  const { q = '' } = fields($('#choose'));
  location.replace(`#${encodeURIComponent(name)}`);
  const response = await fetch(`${PREFIX}${path()}?ids=true&order=newest&limit=${SIZE}&offset=${offset}&q=${encodeURIComponent(q)}`);
  const found = await response.json();
  if (!response.ok) throw new Error(found.detail ?? response.statusText);
  const total = Number(response.headers.get('x-total-count') ?? found.length);
  fill($('#list'), found.map(({ id, document }) => el('li', {}, el('button', { type: 'button', click: doing((event) => open(id, event.currentTarget)) },
    el('b', {}, id), el('br'), el('span', { class: 'quiet' }, summary(document))))));
  $('#count').textContent = total ? `${offset + 1} to ${offset + found.length} of ${total}, newest first` : 'Nothing here.';
  $('#back').disabled = offset === 0;
  $('#on').disabled = offset + found.length >= total;
}

function show(title, document) {
  edit.hidden = false;
  $('#what').textContent = title;
  edit.document.value = pretty(document);
  $('#remove').hidden = shown === null;
}

async function open(id, button) {
  for (const one of document.querySelectorAll('#list button')) one.setAttribute('aria-current', one === button);
  const held = await call('GET', path(id));
  shown = id;
  show(`${name} ${id}`, held);
}

async function begin() {
  shown = null;
  const { schema } = await call('GET', `/shapes/${encodeURIComponent(name)}`);
  const example = Object.fromEntries((schema?.required ?? Object.keys(schema?.properties ?? {})).map((one) => [one, null]));
  show(`A new one in ${name}`, example);
  edit.document.focus();
}

function close() {
  edit.hidden = true;
  shown = null;
}

$('#choose').addEventListener('submit', doing(async () => { offset = 0; await list(); }));
$('#collections').addEventListener('change', doing(async (event) => { name = event.target.value; offset = 0; close(); await list(); }));
$('#add').addEventListener('click', doing(begin));
$('#back').addEventListener('click', doing(async () => { offset = Math.max(0, offset - SIZE); await list(); }));
$('#on').addEventListener('click', doing(async () => { offset += SIZE; await list(); }));
$('#remove').addEventListener('click', doing(async () => {
  await call('DELETE', path(shown));
  say(`${shown} is removed`);
  close();
  await choose();
  await list();
}));
edit.addEventListener('submit', doing(async () => {
  let value;
  try { value = JSON.parse(edit.document.value); } catch (error) { throw new Error(`This is no JSON: ${error.message}`); }
  if (shown === null) await call('POST', path(), value);
  else await call('PUT', path(shown), value);
  say('Saved');
  await choose();
  await list();
}));
doing(async () => { await choose(); await list(); })();
