// The dashboard of mirrorlogd: asks the daemon that served it, at each event and every two seconds, and shows what it says.

const EVERY_MS = 2000;
const LIMIT_MS = 8000;
const CELL = 8;
const MOST_CELLS = 4096;
/** From worst to best: a cell has the colour of the worst of its regions. */
const STATES = [
  ['unsynced', 'out of sync: the legs may differ'],
  ['shared', 'held by several tables'],
  ['held', 'held by one table: it may write'],
  ['left', 'in sync, and not clean yet: copied just now, or left by a table that is gone'],
  ['clean', 'clean'],
];

const byId = (id) => document.getElementById(id);

/** An element; children that are no nodes become text, so that nothing a name contains is ever markup. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes ?? {}).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Exchanges the contents of a node that people may be in, and leaves them where they are. */
function fill(parent, children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children);
  if (key !== undefined) {
    [...parent.querySelectorAll('[data-key]')].find((element) => element.dataset.key === key)?.focus();
  }
}

/** A log's name as mirrorlogctl shows it: what is not printable ASCII as \xNN. */
function shown(name) {
  return name.replace(/[^\x20-\x7e]|\\(?=x[0-9a-fA-F]{2})/g,
    (c) => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'));
}

function segment(name) {
  return encodeURIComponent(name === '.' ? '\u2024' : name === '..' ? '\u2025' : name);
}

const number = (value) => value === null || value === undefined ? '?' : value.toLocaleString('en');

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit === 0 ? value : value.toFixed(1)) + ' ' + units[unit];
}

function duration(seconds) {
  return seconds < 60 ? Math.ceil(seconds) + ' s' : seconds < 3600 ? Math.ceil(seconds / 60) + ' min'
    : (seconds / 3600).toFixed(1) + ' h';
}

/** Never 100 % while a region is missing. */
function percent(part, whole) {
  const share = whole === 0 ? 100 : part * 100 / whole;
  return (part < whole ? Math.min(share, 99.9) : 100).toFixed(1) + ' %';
}

async function ask(path) {
  const answer = await fetch(path, {signal: AbortSignal.timeout(LIMIT_MS), cache: 'no-store'});
  if (!answer.ok) {
    let why = answer.statusText;
    try {
      why = (await answer.json()).detail ?? why;
    } catch {
      // It says nothing about itself.
    }
    throw new Error(path + ': ' + answer.status + ' ' + why);
  }
  return answer.json();
}

// --- health ----------------------------------------------------------------------------------------------------------

function showHealth(health) {
  const status = byId('status');
  status.textContent = health.status;
  status.className = 'pill ' + health.status;
  document.title = 'mirrorlogd: ' + health.status;
  const items = health.findings.map((finding) => make('li', {class: finding.severity},
    make('strong', {}, finding.severity + ' ' + finding.code), ': ' , make('span', {}, finding.says + ' (since '
      + time(finding.since) + ')'),
    make('ul', {}, ...finding.concerns.map((one) => make('li', {}, shown(one.subject) + ': ' + one.why + ' (since '
      + time(one.since) + ')')), finding.count > finding.concerns.length
      ? make('li', {}, 'and ' + (finding.count - finding.concerns.length) + ' more') : null),
    make('span', {}, 'What to do: ' + finding.section)));
  fill(byId('health'), items.length > 0 ? items : [make('li', {class: health.status}, health.status === 'ok'
    ? 'Nothing is wrong.' : 'Nobody has looked yet.')]);
}

function time(text) {
  return text === null || text === undefined ? '?' : new Date(text).toLocaleTimeString('en-GB');
}

// --- logs ------------------------------------------------------------------------------------------------------------

/** By name: when, and how many regions were in sync, the last times. */
const progress = new Map();
const REMEMBERED = 15;

function resync(log) {
  if (log.silent || log.inSync === log.regionCount) {
    progress.delete(log.uuid);
    return log.silent ? '?' : '';
  }
  const past = progress.get(log.uuid) ?? [];
  past.push({at: performance.now(), inSync: log.inSync});
  progress.set(log.uuid, past.slice(-REMEMBERED));
  const regions = log.inSync - past[0].inSync;
  const rate = regions * 1000 / Math.max(1, performance.now() - past[0].at);
  return regions <= 0 ? 'waits' : bytes(rate * log.regionSize * 512) + '/s, '
    + duration((log.regionCount - log.inSync) / rate) + ' left';
}

/** By name: when, and how many FLUSHes there had been, the last times. */
const flushed = new Map();
const SPARKS = 40;
const SPARK_WIDTH = 80;
const SPARK_HEIGHT = 20;

/** How many a second there were between each two of the last looks; the newest last. */
function flushRates(log) {
  const count = log.flushes?.count ?? 0;
  const past = flushed.get(log.uuid) ?? [];
  const isAnew = past.length > 0 && count < past[past.length - 1].count;
  const all = [...isAnew ? [] : past, {at: performance.now(), count}].slice(-SPARKS - 1);
  flushed.set(log.uuid, all);
  return all.slice(1).map((one, i) => (one.count - all[i].count) * 1000 / Math.max(1, one.at - all[i].at));
}

function rounded(rate) {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : number(Math.round(rate));
}

/** The number stands beside the picture, for those who do not see it. */
function sparkline(log) {
  const rates = flushRates(log);
  if (rates.length === 0) {
    return make('td', {}, '');
  }
  const most = Math.max(...rates, 1);
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  Object.entries({class: 'sparks', width: SPARK_WIDTH, height: SPARK_HEIGHT, 'aria-hidden': 'true',
    viewBox: '0 0 ' + SPARK_WIDTH + ' ' + SPARK_HEIGHT}).forEach(([name, value]) => picture.setAttribute(name, value));
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  line.setAttribute('points', rates.map((rate, i) => ((SPARKS - rates.length + i) * SPARK_WIDTH / (SPARKS - 1)).toFixed(1)
    + ',' + (SPARK_HEIGHT - 1 - rate * (SPARK_HEIGHT - 2) / most).toFixed(1)).join(' '));
  picture.append(line);
  return make('td', {class: 'rate'}, picture, ' ' + rounded(rates[rates.length - 1]) + ', most ' + rounded(Math.max(...rates)));
}

function milliseconds(seconds) {
  const ms = seconds * 1000;
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : number(Math.round(ms));
}

function flushTimes(log) {
  const times = log.flushes;
  return make('td', {class: 'rate'}, times?.p50Seconds === undefined ? ''
    : milliseconds(times.p50Seconds) + ', ' + milliseconds(times.p99Seconds) + ' ms');
}

function waits(log) {
  const oldest = Math.max(0, ...log.instances.map((table) => table.waitsForSeconds ?? 0));
  const severity = oldest >= 15 ? 'error' : oldest >= 5 ? 'warning' : '';
  return make('td', {class: severity}, oldest >= 1 ? duration(oldest) : '');
}

function device(log) {
  const has = log.logDevice;
  return has === null ? '' : has.path + (has.health !== 'A' ? ' failed' : has.lateSeconds > 0
    ? ' silent for ' + has.lateSeconds + ' s' : '');
}

function row(log) {
  const isKnown = !log.silent;
  return make('tr', {}, make('th', {scope: 'row'},
    make('a', {href: '#log=' + encodeURIComponent(log.uuid), 'data-key': log.uuid}, shown(log.uuid))),
  make('td', {}, log.type), make('td', {}, log.owner ?? '?'),
  make('td', {}, isKnown ? make('meter', {min: 0, max: log.regionCount, value: log.inSync,
    'aria-label': 'in sync ' + percent(log.inSync, log.regionCount)}) : null, ' ',
  isKnown ? percent(log.inSync, log.regionCount) : '?'),
  make('td', {class: 'n'}, number(log.dirty)), make('td', {}, resync(log)), flushTimes(log), sparkline(log),
  waits(log),
  make('td', {class: log.logDevice && log.logDevice.health !== 'A' ? 'error' : ''}, device(log)));
}

function showLogs(logs) {
  const names = new Set(logs.map((log) => log.uuid));
  [progress, flushed].forEach((past) => [...past.keys()].filter((name) => !names.has(name)).forEach((name) => past.delete(name)));
  fill(document.querySelector('#logs tbody'), logs.length > 0 ? logs.map(row)
    : [make('tr', {}, make('td', {colspan: 10}, 'No table of this machine\'s kernel uses a log.'))]);
}

function showRequests(requests) {
  fill(document.querySelector('#requests tbody'), requests.length > 0 ? requests.map((one) => make('tr', {},
    make('td', {}, shown(one.uuid)), make('td', {}, one.type), make('td', {class: 'n'}, one.waitsForSeconds.toFixed(1)
      + ' s'), make('td', {}, one.why)))
    : [make('tr', {}, make('td', {colspan: 4}, 'Nothing waits.'))]);
}

function showNodes(nodes) {
  const isBad = (node) => node.state === 'undecided' || node.state === 'unreachable';
  fill(document.querySelector('#nodes tbody'), nodes.map((node) => make('tr', {}, make('th', {scope: 'row'}, node.node),
    make('td', {class: isBad(node) ? 'error' : ''}, node.state + ': ' + node.says), make('td', {},
      node.silentSince ? time(node.silentSince) : ''), make('td', {}, node.writable.map(shown).join(', ')),
    make('td', {class: 'n'}, number(node.marks)), make('td', {}, node.bootId))));
}

// --- one log ---------------------------------------------------------------------------------------------------------

const view = {uuid: null, from: 0, to: 0, map: null, columns: 0, cursor: 0};

function chosen() {
  const found = /^#log=(.*)$/.exec(location.hash);
  return found ? decodeURIComponent(found[1]) : null;
}

function choose() {
  const uuid = chosen();
  if (uuid !== view.uuid) {
    Object.assign(view, {uuid, from: 0, to: 0, map: null, cursor: 0});
    byId('detail').hidden = uuid === null;
    if (uuid !== null) {
      byId('detail-title').textContent = 'Log ' + shown(uuid);
      byId('detail').scrollIntoView();
    }
  }
}

function grid() {
  const canvas = byId('map');
  const columns = Math.max(1, Math.floor(canvas.clientWidth / CELL));
  const rows = Math.max(1, Math.floor(canvas.clientHeight / CELL));
  return {columns, cells: Math.min(MOST_CELLS, columns * rows)};
}

function stateOf(map, cell) {
  const end = cell + 1 < map.starts.length ? map.starts[cell + 1] : map.to;
  if (map.recovering !== null && map.recovering >= map.starts[cell] && map.recovering < end) {
    return 'recovering';
  }
  return STATES.map(([name]) => name).find((name) => map[name][cell] > 0);
}

function draw() {
  const canvas = byId('map');
  const map = view.map;
  const scale = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  const colours = getComputedStyle(document.documentElement);
  view.columns = Math.min(grid().columns, Math.max(1, map.starts.length));
  map.starts.forEach((unused, cell) => {
    context.fillStyle = colours.getPropertyValue('--' + stateOf(map, cell));
    context.fillRect(cell % view.columns * CELL, Math.floor(cell / view.columns) * CELL, CELL - 1, CELL - 1);
  });
  view.cursor = Math.min(view.cursor, map.starts.length - 1);
  if (document.activeElement === canvas) {
    context.strokeStyle = colours.getPropertyValue('--text');
    context.lineWidth = 2;
    context.strokeRect(view.cursor % view.columns * CELL, Math.floor(view.cursor / view.columns) * CELL, CELL - 1, CELL - 1);
  }
}

function sum(list) {
  return list.reduce((one, other) => one + other, 0);
}

function showMap(map) {
  view.map = map;
  view.from = map.from;
  view.to = map.to;
  byId('map-part').textContent = 'Regions ' + number(map.from) + ' to ' + number(map.to - 1) + ' of '
    + number(map.regionCount) + ', ' + number(Math.ceil((map.to - map.from) / map.starts.length)) + ' in a cell'
    + (map.recovering === null ? '' : '; region ' + number(map.recovering) + ' is being copied');
  draw();
  fill(document.querySelector('#states tbody'), STATES.map(([name, says]) => {
    const count = sum(map[name]);
    return make('tr', {}, make('td', {}, make('span', {class: 'swatch ' + name}), says),
      make('td', {class: 'n'}, number(count)), make('td', {class: 'n'}, percent(count, map.to - map.from)));
  }));
  fill(document.querySelector('#holders tbody'), map.holders.length > 0 ? map.holders.map((one) => make('tr', {},
    make('td', {}, one.node), make('td', {}, one.luid), make('td', {class: 'n'}, number(one.marks))))
    : [make('tr', {}, make('td', {colspan: 3}, 'Nobody.'))]);
}

function tell(cell) {
  const map = view.map;
  if (map === null || cell < 0 || cell >= map.starts.length) {
    return;
  }
  const end = cell + 1 < map.starts.length ? map.starts[cell + 1] : map.to;
  const states = STATES.filter(([name]) => map[name][cell] > 0)
    .map(([name, says]) => (end - map.starts[cell] === 1 ? '' : number(map[name][cell]) + ' ') + says);
  byId('map-cell').textContent = (end - map.starts[cell] === 1 ? 'Region ' + number(map.starts[cell])
    : 'Regions ' + number(map.starts[cell]) + ' to ' + number(end - 1)) + ' (sectors '
    + number(map.starts[cell] * map.regionSize) + ' to ' + number(end * map.regionSize - 1) + '): ' + states.join(', ');
}

/** Looks at that many regions around one, within the log. */
function look(middle, count) {
  const all = view.map.regionCount;
  const length = Math.max(1, Math.min(all, Math.round(count)));
  view.from = Math.max(0, Math.min(all - length, Math.round(middle - length / 2)));
  view.to = view.from + length;
  refreshMap();
}

function closer(cell) {
  const map = view.map;
  const end = cell + 1 < map.starts.length ? map.starts[cell + 1] : map.to;
  look((map.starts[cell] + end) / 2, (map.to - map.from) / 8);
}

const length = () => view.to - view.from;
const middle = () => (view.from + view.to) / 2;

async function refreshMap() {
  const uuid = view.uuid;
  if (uuid === null) {
    return;
  }
  const cells = grid().cells;
  try {
    const map = await ask('/mirrorlog/logs/' + segment(uuid) + '/map?cells=' + cells + '&from=' + view.from
      + '&to=' + view.to);
    if (uuid === view.uuid) {
      showMap(map);
    }
  } catch (failure) {
    byId('map-part').textContent = 'Cannot be shown now: ' + failure.message;
  }
}

function showFacts(logs) {
  const log = logs.find((one) => one.uuid === view.uuid);
  const facts = log === undefined ? [['state', 'no table of this machine uses it']] : [
    ['type', log.type], ['owner', log.owner ?? '?'],
    ['size', number(log.regionCount) + ' regions of ' + bytes(log.regionSize * 512)],
    ['in sync', log.silent ? '?' : percent(log.inSync, log.regionCount)], ['device', device(log) || 'none'],
    ...(log.silent ? [['silent', 'since ' + time(log.silent.since) + ': ' + log.silent.why]] : []),
    ...log.instances.map((table) => ['table of ' + table.node, table.luid + ', ' + table.state + ', '
      + number(table.marks) + ' regions marked' + (table.trouble ? '; not served: ' + table.trouble : '')]),
  ];
  fill(byId('facts'), facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

// --- events ----------------------------------------------------------------------------------------------------------

const SHOWN_EVENTS = 50;
const STREAM_AGAIN_MS = 30000;
/** The newest last. */
let events = [];
let stream = null;

function showEvents() {
  fill(document.querySelector('#events tbody'), events.length > 0 ? events.toReversed().map((event) => make('tr', {},
    make('td', {}, make('time', {datetime: event.at}, time(event.at))), make('td', {class: event.severity}, event.kind),
    make('td', {}, shown(event.subject)), make('td', {}, (event.code ? event.code + ': ' : '') + shown(event.says))))
    : [make('tr', {}, make('td', {colspan: 4}, 'Nothing yet.'))]);
}

function happened(news) {
  const last = events.length > 0 ? events[events.length - 1].id : -1;
  const fresh = news.filter((event) => event.id > last);
  if (fresh.length > 0) {
    events = [...events, ...fresh].slice(-SHOWN_EVENTS);
    showEvents();
    soon();
  }
}

/** Where it is refused, or breaks, they are asked for like everything else, and it is tried again later. */
function openStream() {
  const last = events.length > 0 ? 'after=' + events[events.length - 1].id : 'last=' + SHOWN_EVENTS;
  stream = new EventSource('/mirrorlog/events?' + last);
  stream.onopen = () => { byId('events-how').textContent = 'live'; };
  stream.onmessage = (message) => happened([JSON.parse(message.data)]);
  stream.onerror = () => {
    stream.close();
    stream = null;
    byId('events-how').textContent = 'every two seconds';
    setTimeout(openStream, STREAM_AGAIN_MS);
  };
}

async function askForEvents() {
  if (stream === null) {
    happened(await ask('/mirrorlog/events?' + (events.length > 0 ? 'after=' + events[events.length - 1].id
      : 'last=' + SHOWN_EVENTS)));
  }
}

// --- what moves ------------------------------------------------------------------------------------------------------

const AT_LEAST_MS = 300;
let heardAt = null;
let wake = () => {};
let isDue = false;

/** Something has happened: there is no need to wait. */
function soon() {
  isDue = true;
  wake();
}

/** Until it is time to ask again; a moment at least, however much happens. */
async function pause() {
  await new Promise((resolve) => setTimeout(resolve, AT_LEAST_MS));
  if (!isDue) {
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, EVERY_MS - AT_LEAST_MS);
    });
  }
  isDue = false;
}

async function refresh() {
  choose();
  const [health, logs, requests, nodes, members] = await Promise.allSettled([ask('/mirrorlog/health'),
    ask('/mirrorlog/logs'), ask('/mirrorlog/requests'), ask('/mirrorlog/nodes'), ask('/cluster/members'),
    askForEvents()]);
  const failed = [health, logs, requests, nodes].filter((one) => one.status === 'rejected');
  if (failed.length < 4) {
    heardAt = new Date();
  }
  byId('lost').hidden = failed.length === 0;
  byId('lost').textContent = failed.length === 0 ? '' : (failed.length === 4 ? 'The daemon does not answer'
    + (heardAt === null ? '' : ' since ' + heardAt.toLocaleTimeString('en-GB')) + '; what is shown is old. '
    : 'Not everything is up to date. ') + failed[0].reason.message;
  byId('age').textContent = heardAt === null ? '' : 'at ' + heardAt.toLocaleTimeString('en-GB');
  if (health.status === 'fulfilled') {
    showHealth(health.value);
  } else {
    showHealth({status: 'unknown', findings: []});
  }
  if (logs.status === 'fulfilled') {
    showLogs(logs.value);
    showFacts(logs.value);
  }
  if (requests.status === 'fulfilled') {
    showRequests(requests.value);
  }
  if (nodes.status === 'fulfilled') {
    showNodes(nodes.value.nodes);
  }
  if (members.status === 'fulfilled') {
    byId('where').textContent = members.value.selfNode.replace(/^akka:\/\/[^@]*@/, '') + ', '
      + members.value.members.length + (members.value.members.length === 1 ? ' member' : ' members');
  }
  await refreshMap();
}

async function forEver() {
  for (;;) {
    try {
      await refresh();
    } catch (failure) {
      byId('lost').hidden = false;
      byId('lost').textContent = 'This page failed: ' + failure.message;
    }
    await pause();
  }
}

function cellAt(event) {
  const box = byId('map').getBoundingClientRect();
  return Math.floor((event.clientY - box.top) / CELL) * view.columns
    + Math.min(view.columns - 1, Math.floor((event.clientX - box.left) / CELL));
}

byId('map').addEventListener('pointermove', (event) => tell(cellAt(event)));
byId('map').addEventListener('click', (event) => {
  if (view.map !== null && cellAt(event) < view.map.starts.length) {
    closer(cellAt(event));
  }
});
byId('map').addEventListener('keydown', (event) => {
  const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -view.columns, ArrowDown: view.columns};
  if (view.map === null) {
    return;
  } else if (event.key in steps) {
    view.cursor = Math.max(0, Math.min(view.map.starts.length - 1, view.cursor + steps[event.key]));
    draw();
    tell(view.cursor);
  } else if (event.key === 'Enter') {
    closer(view.cursor);
  } else if (event.key === 'Escape') {
    look(middle(), length() * 8);
  } else {
    return;
  }
  event.preventDefault();
});
['focus', 'blur'].forEach((what) => byId('map').addEventListener(what, () => view.map !== null && draw()));
const buttons = {
  in: () => look(middle(), length() / 8), out: () => look(middle(), length() * 8),
  back: () => look(middle() - length() / 2, length()), on: () => look(middle() + length() / 2, length()),
  whole: () => look(0, view.map.regionCount),
};
Object.entries(buttons).forEach(([id, step]) => byId(id).addEventListener('click', () => view.map !== null && step()));
byId('close').addEventListener('click', (event) => {
  event.preventDefault();
  history.pushState(null, '', location.pathname);
  choose();
});
window.addEventListener('hashchange', () => { choose(); refreshMap(); });
window.addEventListener('popstate', choose);
window.addEventListener('resize', () => view.map !== null && draw());
showEvents();
openStream();
forEver();
