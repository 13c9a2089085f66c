import { $, call, doing, el, fields, say, used } from './common.js';

let open;

/** Read server-sent events from a response; a token goes into a header, which EventSource cannot send. */
async function listen(path) {
  open?.abort();
  open = new AbortController();
  const person = used();
  const headers = { accept: 'text/event-stream', ...(person ? { authorization: `Bearer ${person.token}` } : {}) };
  const response = await fetch(path, { headers, signal: open.signal });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${(await response.text()).slice(0, 200)}`);
  $('#close').disabled = false;
  say(`Listening to ${path}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    held += value.replaceAll('\r\n', '\n');
    const parts = held.split('\n\n');
    held = parts.pop();
    for (const part of parts) add(part);
  }
  $('#close').disabled = true;
  say('The stream has ended');
}

function add(text) {
  const event = { id: '', event: 'message', data: [] };
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (name === 'data') event.data.push(value);
    else if (name) event[name] = value;
  }
  if (event.data.length) $('#events').prepend(el('tr', {}, el('td', {}, event.id), el('td', {}, event.event), el('td', { class: 'code' }, event.data.join('\n'))));
}

$('#listen')?.addEventListener('submit', doing(async (event) => {
  try { await listen(fields(event.target).path); } catch (error) { if (error.name !== 'AbortError') throw error; }
}));
$('#close')?.addEventListener('click', () => { open?.abort(); $('#close').disabled = true; say('Closed'); });
$('#publish').addEventListener('submit', doing(async (event) => {
  const { payload = '{}', ...rest } = fields(event.target);
  let value;
  try { value = JSON.parse(payload); } catch (error) { throw new Error(`The payload is no JSON: ${error.message}`); }
  await call('POST', '/events', { ...rest, payload: value });
  say('Published');
}));
doing(async () => {
  const { people } = await call('GET', '/people');
  $('#people').replaceChildren(...people.map((one) => el('option', { value: one.id }, one.name)));
  if (people.length && !$('#publish').user_id.value) $('#publish').user_id.value = used()?.id ?? people[0].id;
})();
