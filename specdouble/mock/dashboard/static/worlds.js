import { $, call, doing, el, fields, fill, say, showClock } from './common.js';

const COOKIE = 'specdouble-world';

function look(name) {
  document.cookie = name === 'main' ? `${COOKIE}=; path=/; max-age=0; samesite=lax` : `${COOKIE}=${name}; path=/; samesite=lax`;
  location.reload();
}

async function list() {
  const { worlds, seed_data: seeds } = await call('GET', '/worlds');
  const { world: current } = await call('GET', '/clock');
  fill($('#worlds'), worlds.map((world) => el('tr', { 'aria-selected': String(world.name === current) },
    el('th', { scope: 'row' }, world.name),
    el('td', {}, world.fork ? `fork of ${world.fork}` : world.world),
    el('td', {}, String(world.documents)), el('td', {}, String(world.requests)), el('td', {}, String(world.streams)),
    el('td', {}, world.used_at.slice(11, 19)),
    el('td', {}, world.name === current ? 'this one' : el('button', { type: 'button', 'aria-label': `Look at ${world.name}`, click: () => look(world.name) }, 'Look at'), ' ',
      el('button', { type: 'button', 'aria-label': `Fork ${world.name}`, click: doing(() => make({ fork: world.name })) }, 'Fork'), ' ',
      world.name !== 'main' && el('button', { type: 'button', class: 'danger', 'aria-label': `Drop ${world.name}`, click: doing(() => drop(world.name, current)) }, 'Drop')))));
  fill($('#from'), el('optgroup', { label: 'Seed data' }, seeds.map((one) => el('option', { value: `world:${one}` }, one))),
    el('optgroup', { label: 'Fork of' }, worlds.map((one) => el('option', { value: `fork:${one.name}` }, one.name))));
  fill($('#seeds'), el('option', { value: '' }, 'how it began'), seeds.map((one) => el('option', { value: one }, one)));
}

async function make(wanted) {
  const made = await call('POST', '/worlds', wanted);
  await list();
  say(`${made.name} is made`);
}

async function drop(name, current) {
  await call('DELETE', `/worlds/${name}`);
  if (name === current) return look('main');
  await list();
  return say(`${name} has ended`);
}

$('#make').addEventListener('submit', doing(async (event) => {
  const { from, name, ends_after, keep_sign_ins } = fields(event.target);
  const [kind, source] = from.split(/:(.*)/s);
  await make({ [kind]: source, ...(name && { name }), ...(ends_after && { ends_after }), ...(keep_sign_ins && { keep_sign_ins: true }) });
  event.target.reset();
}));
$('#reset').addEventListener('submit', doing(async (event) => {
  const { world, keep_sign_ins } = fields(event.target);
  await call('POST', '/reset', { ...(world && { world }), ...(keep_sign_ins && { keep_sign_ins: true }) });
  await showClock();
  await list();
  say('Reset');
}));
doing(list)();
