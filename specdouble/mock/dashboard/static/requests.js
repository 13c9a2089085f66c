import { $, PREFIX, call, copy, doing, el, fields, fill, pretty, say } from './common.js';

const KEPT = 200;

function line(request) {
  const status = request.status || 'dropped';
  return el('li', { 'data-id': request.id }, el('button', { type: 'button', click: doing((event) => show(request.id, event?.currentTarget)) },
    el('span', { class: `status s${String(status)[0]}` }, String(status)), ' ', el('b', {}, request.method), ' ', el('code', {}, request.url),
    el('br'), el('span', { class: 'quiet' }, [request.time.slice(11, 23), `${(request.seconds * 1000).toFixed(1)} ms`, request.user_id ?? request.caller,
      request.findings ? `${request.findings} ${request.findings === 1 ? 'finding' : 'findings'}` : null, request.fault ? 'fault' : null, request.unmatched ? 'no operation' : null].filter(Boolean).join(' · '))));
}

let total = 0;
function count(now) {
  total = now;
  $('#live').textContent = `${total} ${total === 1 ? 'request' : 'requests'}; new ones appear as they come.`;
}

const query = () => new URLSearchParams(fields($('#filter'))).toString();

async function list() {
  const found = await call('GET', `/requests?limit=${KEPT}&${query()}`);
  fill($('#list'), found.requests.map(line));
  $('#har').href = `${PREFIX}/requests.har?${query()}`;
  count(found.total);
}

function message(title, one) {
  const body = 'json' in one ? pretty(one.json) : one.text;
  return [el('h3', {}, title), el('details', { open: !body }, el('summary', {}, `Headers (${one.headers.length})`),
    el('dl', {}, one.headers.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, el('code', {}, value))]))),
  body ? el('pre', { class: 'wrap', tabindex: '0' }, body) : null,
  one.truncated ? el('p', { class: 'quiet' }, `The body has ${one.size} bytes; only its beginning is kept.`) : null];
}

const QUOTE = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

function curl(request) {
  const skipped = ['host', 'content-length', 'accept-encoding', 'connection', 'user-agent'];
  const headers = request.request.headers.filter(([name]) => !skipped.includes(name)).map(([name, value]) => `-H ${QUOTE(`${name}: ${value}`)}`);
  const body = 'json' in request.request ? [`-d ${QUOTE(JSON.stringify(request.request.json))}`] : request.request.text ? [`--data-binary ${QUOTE(request.request.text)}`] : [];
  return ['curl', `-X ${request.method}`, QUOTE(location.origin + request.url), ...headers, ...body].join(' ');
}

/** Show what is known of why, which is a text, a list or an object. */
function reasons(value) {
  if (Array.isArray(value)) return el('ul', {}, value.map((one) => el('li', {}, reasons(one))));
  if (value && typeof value === 'object') {
    return el('dl', {}, Object.entries(value).filter(([, one]) => one !== null).flatMap(([name, one]) => [
      el('dt', {}, name.replaceAll('_', ' ')), el('dd', {}, ['schema', 'part'].includes(name) ? el('pre', { class: 'wrap', tabindex: '0' }, pretty(one)) : reasons(one))]));
  }
  return String(value ?? '');
}

async function show(id, button) {
  const request = await call('GET', `/requests/${id}`);
  for (const one of document.querySelectorAll('#list button')) one.setAttribute('aria-current', one === button);
  const by = request.answered_by;
  fill($('#shown'),
    el('h2', {}, `${request.method} ${request.path} `, el('span', { class: `status s${String(request.status)[0]}` }, String(request.status || 'dropped'))),
    el('p', {}, request.operation ? ['Operation ', el('code', {}, request.operation), ', answered by ', by ? [by.fidelity, by.source ? [' ', el('code', {}, by.source)] : by.why ? `: ${by.why}` : ''] : ''] : 'No operation has this path.'),
    request.fault ? el('p', {}, el('b', {}, 'Fault: '), request.fault.did ?? pretty(request.fault)) : null,
    el('section', { class: 'why' }, el('h3', {}, 'Why'), reasons(request.why)),
    el('p', {}, el('button', { type: 'button', click: doing(async () => say((await copy(curl(request))) ? 'Copied as curl; credentials are left out' : 'The browser did not let it be copied')) }, 'Copy as curl')),
    message('Request', request.request), message(`Response ${request.response.status} ${request.response.reason}`, request.response));
}

$('#filter').addEventListener('submit', doing(list));
$('#filter').addEventListener('change', doing(list));
$('#forget').addEventListener('click', doing(async () => { await call('DELETE', '/requests'); await list(); fill($('#shown')); say('Forgotten'); }));
await doing(list)();
const latest = Number($('#list li')?.dataset.id ?? 0);
const stream = new EventSource(`${PREFIX}/requests/stream?since=${latest}`);
stream.addEventListener('request', (event) => {
  const request = JSON.parse(event.data);
  if (query() !== '') return doing(list)();
  const old = $(`#list [data-id="${request.id}"]`);
  if (old) old.replaceWith(line(request));
  else {
    $('#list').prepend(line(request));
    count(total + 1);
  }
  while ($('#list').children.length > KEPT) $('#list').lastElementChild.remove();
});
