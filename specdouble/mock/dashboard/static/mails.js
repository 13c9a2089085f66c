import { $, call, doing, el, fields, fill, pretty } from './common.js';

const OWN = new Set(['id', 'to', 'subject', 'sent_at', 'html', 'text']);

function show(mail, button) {
  for (const one of document.querySelectorAll('#list button')) one.setAttribute('aria-current', one === button);
  const more = Object.entries(mail).filter(([name]) => !OWN.has(name));
  const links = [...new Set(pretty(mail).match(/https?:\/\/[^\s"'<>\\]+/g) ?? [])];
  fill($('#shown'),
    el('h2', {}, mail.subject ?? 'No subject'),
    el('dl', {}, el('dt', {}, 'To'), el('dd', {}, mail.to), el('dt', {}, 'At'), el('dd', {}, mail.sent_at ?? ''),
      more.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, el('code', {}, typeof value === 'string' ? value : JSON.stringify(value)))]),
      links.flatMap((link) => [el('dt', {}, 'Link'), el('dd', {}, el('a', { href: link, rel: 'noreferrer' }, link))])),
    mail.html ? el('iframe', { sandbox: '', srcdoc: mail.html, title: `The mail ${mail.subject ?? ''}` }) : null,
    mail.text ? el('pre', { class: 'wrap' }, mail.text) : null,
  );
}

async function list() {
  const { to } = fields($('#filter'));
  const mails = await call('GET', `/outbox${to ? `?to=${encodeURIComponent(to)}` : ''}`);
  $('#list').replaceChildren(...mails.map((mail) => el('li', {}, el('button', { type: 'button', click: (event) => show(mail, event.currentTarget) },
    el('b', {}, mail.subject ?? 'No subject'), el('br'), el('span', { class: 'quiet' }, `${mail.to} · ${(mail.sent_at ?? '').slice(0, 19).replace('T', ' ')}`)))));
  if (!mails.length) $('#list').append(el('li', { class: 'quiet' }, 'Nothing was sent yet.'));
}

$('#filter').addEventListener('submit', doing(list));
doing(list)();
