// SPDX-License-Identifier: EUPL-1.2
// ./dev bench exchange|door: Poterne beside nginx on one machine. The server under test has core 0,
// the load and the State's simulator have core 1. What counts is the CPU time of all processes of
// the server (/proc/PID/task/*/schedstat: time on a core, not time lost to others); servers take
// turns within a round, figures are medians of the rounds. Nothing here is asserted.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Commune, bin, cases, habilitation, top, until } from '../integration/commune.mjs';

const ROUNDS = Math.max(1, Number(process.env.PT_BENCH_ROUNDS ?? 5));
const SECONDS = Number(process.env.PT_BENCH_SECONDS ?? 2);
const RATE = 300;
const IDLE = 1000;
const NICE = process.env.PT_BENCH_NICE ?? '0'; // root, on a machine that does other things: -10, for all that is measured alike
const SERVER_CORE = '0';
const LOAD_CORE = os.cpus().length > 1 ? '1' : '0';
const nginxProgram = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((file) => fs.existsSync(file));

// --- what is measured --------------------------------------------------------------------------

function cpuNs(pid) {
  let ns = 0;
  for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
    ns += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return ns;
}

function privateKiB(pid) {
  let kib = 0;
  for (const line of fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').split('\n')) {
    const found = /^Private_(?:Clean|Dirty):\s+(\d+)/.exec(line);
    if (found) kib += Number(found[1]);
  }
  return kib;
}

// {role: number} of one reading of every process of a server
const readAll = (server, read) => Object.fromEntries(Object.entries(server.pids()).map(([role, pid]) => [role, read(pid)]));
const sum = (readings) => Object.values(readings).reduce((a, b) => a + b, 0);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// µs of appending 4 KiB and fdatasync, @n times, where the log lies
function flushes(dir, n) {
  const fd = fs.openSync(path.join(dir, 'flush.probe'), 'w');
  const took = [];
  for (let i = 0; i < n; i++) {
    const from = process.hrtime.bigint();
    fs.writeSync(fd, Buffer.alloc(4096, i));
    fs.fdatasyncSync(fd);
    took.push(Number(process.hrtime.bigint() - from) / 1000);
  }
  fs.closeSync(fd);
  return took;
}

function pin(pid, core) {
  spawnSync('taskset', ['-acp', core, String(pid)]);
  if (NICE !== '0') spawnSync('renice', ['-n', NICE, '-p', ...fs.readdirSync(`/proc/${pid}/task`)]);
}

// --- the load ----------------------------------------------------------------------------------

const children = new Set();
function start(core, program, args) {
  const child = spawn('nice', ['-n', NICE, 'taskset', '-c', core, program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.out = '';
  child.err = '';
  child.stdout.on('data', (data) => { child.out += data; });
  child.stderr.on('data', (data) => { child.err += data; });
  child.stdin.on('error', () => {});
  child.ended = new Promise((resolve) => child.on('exit', (code) => { child.over = true; children.delete(child); resolve(code); }));
  children.add(child);
  return child;
}

function loadArgs(server, target, options) {
  const args = ['--port', server.port, '--path', target.path,
    '--cert', server.cert, '--key', server.key, '--ca', server.ca, ...options];
  for (const [name, value] of Object.entries(target.headers ?? {})) args.push('--header', `${name}: ${value}`);
  return args.map(String);
}

// One slot: {cpu: {role: µs per request}, total, rate, p50, p99, errors}
async function slot(server, target, options) {
  const load = start(LOAD_CORE, path.join(bin, 'load'), loadArgs(server, target, [...options, '--seconds', SECONDS]));
  await until('load', () => load.over || load.out.includes('ready\n'));
  const before = readAll(server, cpuNs);
  load.stdin.end('go\n');
  await until('load', () => load.over || load.out.includes('}\n'), SECONDS * 1000 + 60000);
  const after = readAll(server, cpuNs);
  await load.ended;
  const line = load.out.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`load: ${load.err}`);
  const got = JSON.parse(line);
  if (got.errors > 0 || got.requests === 0) throw new Error(`${target.name}: ${got.errors} errors of ${got.requests}`);
  const cpu = Object.fromEntries(Object.keys(before).map((role) => [role, (after[role] - before[role]) / 1000 / got.requests]));
  return { cpu, total: sum(cpu), rate: got.rate, p50: got.p50_us, p99: got.p99_us };
}

// All targets in turn, ROUNDS times, after one uncounted turn: {target name: [slot]}
async function alternate(targets, options, between = () => {}) {
  const results = Object.fromEntries(targets.map((target) => [target.name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    between();
    for (const target of targets) {
      const one = await slot(target.server, target, options);
      if (round >= 0) results[target.name].push(one);
    }
  }
  return results;
}

// --- the yardstick -----------------------------------------------------------------------------

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

class Nginx {
  constructor(dir, material, location, upstream = '') { Object.assign(this, { dir, material, location, upstream }); }

  config() {
    const m = this.material;
    return `daemon off; worker_processes 1; pid ${this.dir}/nginx.pid; error_log ${this.dir}/error.log;
worker_rlimit_nofile 16384;
events { worker_connections 8192; use epoll; }
http {
  access_log off; default_type application/json; server_tokens off;
  client_body_temp_path ${this.dir}/t1; proxy_temp_path ${this.dir}/t2; fastcgi_temp_path ${this.dir}/t3;
  uwsgi_temp_path ${this.dir}/t4; scgi_temp_path ${this.dir}/t5;
  keepalive_requests 1000000000; keepalive_timeout 3600s; tcp_nodelay on;
  ssl_session_tickets off; ssl_session_cache off; ssl_protocols TLSv1.3; ssl_conf_command NumTickets 0;
  ${this.upstream}
  server {
    listen 127.0.0.1:${this.port} ssl;
    ssl_certificate ${m.cert}; ssl_certificate_key ${m.key};
    ssl_client_certificate ${m.clientCa}; ssl_verify_client on; ssl_crl ${m.clientCrl};
    location / { ${this.location} }
  }
}
`;
  }

  async start() {
    fs.mkdirSync(this.dir, { recursive: true });
    this.port = await freePort();
    fs.writeFileSync(`${this.dir}/nginx.conf`, this.config());
    this.child = start(SERVER_CORE, nginxProgram, ['-p', this.dir, '-e', `${this.dir}/error.log`, '-c', `${this.dir}/nginx.conf`]);
    await until('nginx', () => this.child.over || this.workers().length > 0);
    await until('nginx', () => this.child.over || this.answers());
    if (this.child.over) throw new Error(`nginx: ${this.child.err}${fs.readFileSync(`${this.dir}/error.log`, 'utf8')}`);
    return this;
  }

  answers() {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
  }

  workers() {
    const file = `/proc/${this.child.pid}/task/${this.child.pid}/children`;
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  }

  pids() { return { master: this.child.pid, worker: this.workers()[0] }; }

  async stop() {
    this.child.kill('SIGTERM');
    await this.child.ended;
  }
}

// --- what is printed ---------------------------------------------------------------------------

class Table {
  rows = [];
  // Medians of the slots @ours and @theirs, of what @take finds in one slot.
  add(name, unit, baselineName, ours, theirs, take = (one) => one, takeTheirs = take) {
    const a = median(ours.map(take));
    const b = median(theirs.map(takeTheirs));
    this.rows.push({ name, unit, ours: Number(a.toFixed(2)), baseline: Number(b.toFixed(2)), baseline_name: baselineName,
      ratio: Number((a / b).toFixed(3)), runs: ours.length });
  }

  write(name) {
    const width = Math.max(...this.rows.map((row) => row.name.length));
    console.log(`${'name'.padEnd(width)}  ${'unit'.padEnd(22)} ${'ours'.padStart(10)} ${'baseline'.padStart(10)} ${'ratio'.padStart(7)}  runs baseline`);
    for (const row of this.rows) {
      console.log(`${row.name.padEnd(width)}  ${row.unit.padEnd(22)} ${row.ours.toFixed(1).padStart(10)} ${row.baseline.toFixed(1).padStart(10)} ` +
        `${row.ratio.toFixed(2).padStart(7)}  ${String(row.runs).padStart(4)} ${row.baseline_name}`);
    }
    fs.mkdirSync(path.join(top, 'build/bench'), { recursive: true });
    fs.writeFileSync(path.join(top, `build/bench/${name}.json`), `[${this.rows.map((row) => JSON.stringify(row)).join(',\n ')}]\n`);
  }
}

// --- the exchange ------------------------------------------------------------------------------

const DATASET = 'entreprise/v4/insee/etablissements';
const known = cases().find((one) => one.path === '/v4/insee/sirene/etablissements/{siret}' && one.status === 200);
const statePath = `/v4/insee/sirene/etablissements/${known.params.siret}`;
const HANDFUL = ['/data/siret', '/data/siege_social', '/data/etat_administratif', '/data/unite_legale/siren',
  '/data/unite_legale/personne_morale_attributs/raison_sociale', '/data/adresse/code_commune'];

async function startPoterne() {
  const commune = new Commune({ lanes: 1,
    habilitations: {
      few: habilitation('few', { datasets: { [DATASET]: { fields: HANDFUL } } }),
      whole: habilitation('whole', { datasets: { [DATASET]: { fields: ['/data'] } } }) },
    clients: { grc: ['few', 'whole'] } });
  await commune.start();
  pin(commune.state.pid, LOAD_CORE);
  const ours = { port: commune.port, cert: commune.file('clients/grc.pem'), key: commune.file('clients/grc.key'), ca: commune.file('tls/server-ca.pem'),
    pids: () => ({ supervisor: commune.daemon.pid, ...commune.pids() }) };
  for (const pid of Object.values(ours.pids())) pin(pid, SERVER_CORE);
  const procedure = (name) => ({ name, server: ours, path: `/entreprise${statePath}`,
    headers: { 'Poterne-Agent': 'agent-042', 'Poterne-Case': 'D-2026-0001', 'Poterne-Procedure': name } });
  return { commune, ours, few: procedure('few'), whole: procedure('whole') };
}

async function startProxy(commune, ours) {
  const token = fs.readFileSync(commune.file('tokens/few'), 'utf8').trim();
  const material = { cert: commune.file('tls/server.pem'), key: commune.file('tls/server.key'), clientCa: commune.file('tls/clients-ca.pem'), clientCrl: commune.file('tls/clients.crl') };
  const nginx = await new Nginx(commune.file('nginx'), material,
    `proxy_pass https://state; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost;
     proxy_set_header Authorization "Bearer ${token}"; proxy_ssl_verify on; proxy_ssl_trusted_certificate ${commune.file('state.pem')};
     proxy_ssl_name localhost; proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.3;`,
    `upstream state { server 127.0.0.1:${commune.statePort}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 3600s; }`).start();
  const server = { ...ours, port: nginx.port, pids: () => nginx.pids() };
  const target = { name: 'nginx', server, path: `${statePath}?recipient=21680999600004&context=Subventions&object=few`, headers: {} };
  return { nginx, target };
}

function addExchange(table, connections, results) {
  const proxy = 'nginx mTLS proxy';
  for (const name of ['few', 'whole']) {
    const at = `exchange.${name}.c${connections}`;
    table.add(`${at}.cpu`, 'µs CPU/exchange', proxy, results[name], results.nginx, (one) => one.total);
    for (const role of Object.keys(results[name][0].cpu)) {
      table.add(`${at}.cpu.${role}`, 'µs CPU/exchange', proxy, results[name], results.nginx, (one) => one.cpu[role], (one) => one.total);
    }
    table.add(`${at}.rate`, 'exchanges/s', proxy, results[name], results.nginx, (one) => one.rate);
  }
}

async function exchange() {
  const { commune, ours, few, whole } = await startPoterne();
  let proxy;
  try {
    proxy = await startProxy(commune, ours);
    const table = new Table();
    const targets = [few, proxy.target, whole];
    for (const connections of (process.env.PT_BENCH_CONNECTIONS ?? '1,8,64').split(',')) {
      addExchange(table, connections, await alternate(targets, ['--connections', connections]));
    }
    const flush = [];
    const open = await alternate([few, proxy.target], ['--connections', 64, '--rate', RATE],
      () => flush.push(...flushes(commune.dir, 20)));
    table.add(`exchange.few.open${RATE}.p50`, 'µs', 'nginx mTLS proxy', open.few, open.nginx, (one) => one.p50);
    table.add(`exchange.few.open${RATE}.p99`, 'µs', 'nginx mTLS proxy', open.few, open.nginx, (one) => one.p99);
    table.add(`exchange.few.open${RATE}.cpu`, 'µs CPU/exchange', 'nginx mTLS proxy', open.few, open.nginx, (one) => one.total);
    // an exchange waits for two durable entries: what it adds to nginx is to be read beside the disk
    const added = open.few.map((one, i) => one.p50 - open.nginx[i].p50);
    table.add(`exchange.few.open${RATE}.p50-added`, 'µs', 'one append + fdatasync', added, flush);
    table.write('exchange');
  } finally {
    await proxy?.nginx.stop();
    await commune.stop();
  }
}

// --- the door ----------------------------------------------------------------------------------

const material = (commune) => ({ cert: commune.file('tls/server.pem'), key: commune.file('tls/server.key'),
  clientCa: commune.file('tls/clients-ca.pem'), clientCrl: commune.file('tls/clients.crl') });

async function startDoor(commune) {
  const m = material(commune);
  const door = start(SERVER_CORE, path.join(bin, 'bench_door'), [m.cert, m.key, m.clientCa, m.clientCrl]);
  await until('bench_door', () => door.over || /^\d+\n/.test(door.out));
  if (door.over) throw new Error(`bench_door: ${door.err}`);
  return { child: door, port: Number(door.out), pids: () => ({ door: door.pid }), stop: async () => { door.kill('SIGTERM'); await door.ended; } };
}

// KiB of private pages per idle connection; the first hundred pay for what is not per connection.
async function idle(server) {
  const open = async (connections) => {
    const load = start(LOAD_CORE, path.join(bin, 'load'), loadArgs(server, { path: '/' }, ['--connections', connections, '--idle']));
    await until('load', () => load.over || load.out.includes('idle\n'), 60000);
    if (load.over) throw new Error(`load: ${load.err}`);
    return load;
  };
  const warm = await open(100);
  const before = sum(readAll(server, privateKiB));
  const crowd = await open(IDLE);
  const after = sum(readAll(server, privateKiB));
  for (const load of [crowd, warm]) {
    load.stdin.end();
    await load.ended;
  }
  return (after - before) / IDLE;
}

async function door() {
  const commune = new Commune({ habilitations: {}, clients: { grc: [] } });
  const servers = [];
  try {
    await commune.prepare();
    const secrets = { cert: commune.file('clients/grc.pem'), key: commune.file('clients/grc.key'), ca: commune.file('tls/server-ca.pem') };
    const body = `{"data":{}${' '.repeat(590)}}`;
    const fresh = async () => {
      const nginx = await new Nginx(commune.file(`nginx${servers.length}`), material(commune), `return 200 '${body}';`).start();
      servers.push(nginx);
      const ours = await startDoor(commune);
      servers.push(ours);
      return [{ ...secrets, port: ours.port, pids: ours.pids }, { ...secrets, port: nginx.port, pids: () => nginx.pids() }];
    };
    const table = new Table();
    const name = 'nginx return 200';
    const [ours, theirs] = await fresh();
    for (const connections of [1, 64]) {
      const results = await alternate([{ name: 'door', server: ours, path: '/' }, { name: 'nginx', server: theirs, path: '/' }], ['--connections', connections]);
      table.add(`door.c${connections}.cpu`, 'µs CPU/request', name, results.door, results.nginx, (one) => one.total);
      table.add(`door.c${connections}.rate`, 'requests/s', name, results.door, results.nginx, (one) => one.rate);
    }
    const memory = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round++) { // memory once taken is kept: fresh processes each time
      const [a, b] = await fresh();
      memory.ours.push(await idle(a));
      memory.theirs.push(await idle(b));
    }
    table.add('door.idle', 'KiB/connection', name, memory.ours, memory.theirs);
    table.write('door');
  } finally {
    for (const server of servers) await server.stop();
    await commune.stop();
  }
}

const benches = { exchange, door };
const chosen = benches[process.argv[2]];
if (chosen === undefined || nginxProgram === undefined) {
  console.error(chosen === undefined ? 'usage: bench.mjs exchange|door' : 'bench.mjs: nginx is missing (packaging/apt.txt, use bench)');
  process.exit(2);
}
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
await chosen();
