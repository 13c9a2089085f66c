import { $, used } from './common.js';

const place = $('#reference');
const dark = matchMedia('(prefers-color-scheme: dark)');
const shade = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', shade);
shade();
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
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
