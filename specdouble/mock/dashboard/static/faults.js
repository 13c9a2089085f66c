import { $, call, doing, el, fields, fill, say } from './common.js';

// What the second field asks for, by effect: its label, what it begins with, and what it means in a rule.
const EFFECTS = {
  status: ['Status', '500', (value) => ({ status: Number(value) })],
  delay: ['How long', '2s', (value) => ({ delay: value })],
  limited: ['Retry after, in seconds', '30', (value) => ({ status: 429, retry_after: Number(value) })],
  expired_token: [null, '', () => ({ expired_token: true })],
  drop: [null, '', () => ({ drop: true })],
  truncate: [null, '', () => ({ truncate: true })],
  garbage: [null, '', () => ({ garbage: true })],
  omit: ['Field', 'id', (value) => ({ omit: value })],
  wrong_type: ['Field', 'id', (value) => ({ wrong_type: value })],
  stall: [null, '', () => ({ stall: true })],
  cut: ['Events before', '1', (value) => ({ cut: Number(value) })],
};
const form = $('#add');
const detail = $('#detail');

function choose() {
  const [label, value] = EFFECTS[form.effect.value];
  detail.hidden = label === null;
  detail.firstChild.textContent = `${label ?? ''} `;
  form.value.value = value;
}

const told = (rule) => Object.entries(rule).filter(([name]) => !['id', 'seen', 'hits', 'spent'].includes(name))
  .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');

async function list() {
  const rules = await call('GET', '/faults');
  fill($('#rules'), rules.map((rule) => el('tr', {}, el('td', {}, el('code', {}, told(rule)), rule.spent ? el('span', { class: 'quiet' }, ' (spent)') : null),
    el('td', {}, String(rule.seen)), el('td', {}, String(rule.hits)),
    el('td', {}, el('button', { type: 'button', 'aria-label': `Remove ${told(rule)}`, click: doing(async () => { await call('DELETE', `/faults/${encodeURIComponent(rule.id)}`); await list(); }) }, 'Remove')))));
  $('#clear').disabled = !rules.length;
  if (!rules.length) $('#rules').append(el('tr', {}, el('td', { colspan: '4', class: 'quiet' }, 'None: every call is answered as it should be.')));
}

form.effect.addEventListener('change', choose);
form.addEventListener('submit', doing(async () => {
  const { operation, path, caller, effect, value, times, every, after, probability } = fields(form);
  const rule = { ...(operation && { operation }), ...(path && { path }), ...(caller && { caller }), ...EFFECTS[effect][2](value) };
  if (Number(times)) rule.times = Number(times);
  if (Number(every) > 1) rule.every = Number(every);
  if (Number(after)) rule.after = Number(after);
  if (probability !== undefined && Number(probability) < 1) rule.probability = Number(probability);
  await call('POST', '/faults', rule);
  await list();
  say('The rule is added');
}));
$('#clear').addEventListener('click', doing(async () => { await call('DELETE', '/faults'); await list(); }));
choose();
doing(list)();
setInterval(() => doing(list)(), 3000);
