import { $, call, copy, doing, el, fields, say, showClock, showUsed, use } from './common.js';

async function showPeople() {
  const { columns, people, credentials, tokens } = await call('GET', '/people');
  const heads = people.length ? [...columns.map((one) => one.title), ...(tokens ? ['Token'] : [])] : [];
  const rows = people.map((person) => el('tr', {}, columns.map((column, at) =>
    el('td', {}, column.code ? el('code', {}, person.columns[at]) : person.columns[at])),
  tokens && el('td', {}, el('button', { type: 'button', click: doing(() => sign(person)), 'aria-label': `Use and copy the token of ${person.name}` }, 'Use'))));
  $('#people').replaceChildren(
    el('thead', {}, el('tr', {}, heads.map((title) => el('th', { scope: 'col' }, title)))), el('tbody', {}, rows));
  $('#people').hidden = !people.length;
  showUsed();
  $('#credentials').replaceChildren(...credentials.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, el('code', {}, value))]));
}

async function sign(person) {
  const { token } = await call('POST', '/tokens', { id: person.id });
  use({ id: person.id, name: person.name, token });
  say(`Signed in as ${person.name}${(await copy(token)) ? '; the token is copied' : ''}`);
}

async function advance(by) {
  await call('POST', '/clock', { advance: by });
  await showClock();
  say(`Time moved by ${by}`);
}

$('#clock').addEventListener('submit', doing((event) => advance(fields(event.target).advance)));
for (const button of document.querySelectorAll('[data-advance]')) {
  button.addEventListener('click', doing(() => advance(button.dataset.advance)));
}
document.addEventListener('clock', ({ detail }) => {
  const hours = (detail.offset_seconds / 3600).toFixed(1);
  $('#offset').textContent = detail.offset_seconds ? `The world is ${hours} hours ahead; a reset of the world returns to the present.` : 'The world runs in real time.';
});
doing(showPeople)();
