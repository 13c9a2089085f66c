import { $, used } from './common.js';

const place = $('#reference');
const dark = matchMedia('(prefers-color-scheme: dark)');
const shade = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', shade);
shade();
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: false,
  docExpansion: 'list',
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const person = used();
    const given = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
    if (person && !given && !request.loadSpec) request.headers = { ...request.headers, Authorization: `Bearer ${person.token}` };
    return request;
  },
});

// What the component leaves out for people who do not see the page.
function name() {
  for (const one of place.querySelectorAll('textarea:not([aria-label])')) one.setAttribute('aria-label', 'Body of the request');
  for (const one of place.querySelectorAll('input:not([aria-label]):not([id])')) one.setAttribute('aria-label', one.placeholder || 'Value');
  for (const one of place.querySelectorAll('select:not([aria-label])')) one.setAttribute('aria-label', one.closest('td, div')?.querySelector('label')?.textContent || 'Choice');
  for (const one of place.querySelectorAll('label[id]')) one.removeAttribute('id');
  for (const one of place.querySelectorAll('.opblock-summary-control a, .opblock-summary-control [tabindex]')) one.tabIndex = -1;
  for (const one of place.querySelectorAll('.opblock-summary-control a')) one.removeAttribute('href');
}
new MutationObserver(name).observe(place, { childList: true, subtree: true });
