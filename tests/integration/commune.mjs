// SPDX-License-Identifier: EUPL-1.2
// A throw-away commune for integration tests: its keys, the State-API simulator, the real daemon.
// Loopback only, ports by the kernel, everything stopped by pid and removed.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, createHash, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.PT_BIN ? path.resolve(process.env.PT_BIN) : path.join(top, 'build/asan/bin');
const fixtures = path.join(top, 'tests/fixtures/staging/entreprise.jsonl');

export function run(program, args, options = {}) {
  const done = spawnSync(path.join(bin, program), args, { encoding: 'utf8', timeout: 60000, maxBuffer: 1 << 28, ...options });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

export async function until(what, ask, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function cases(file = fixtures) {
  return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// The habilitation of the tests: everything the descriptor knows, unless told otherwise.
export function habilitation(id, extra) {
  return { procedure: id, title: id, 'legal-mode': 'demande', 'legal-basis': 'CRPA L.114-8 I', datapass: '12345',
    'valid-from': '2020-01-01', 'valid-until': '2099-12-31', agents: ['agent-042', 'service:batch'], upstream: 'entreprise',
    'token-file': `tokens/${id}`, context: 'Subventions', object: id, datasets: {}, ...extra };
}

export class Commune {
  constructor(options = {}) {
    this.options = { caseFiles: [fixtures], lanes: 2, ...options };
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'poterne-'));
    this.log = '';
    this.children = [];
    this.habilitations = options.habilitations ?? {};
    this.clients = options.clients ?? { grc: Object.keys(this.habilitations) };
  }

  file(...parts) { return path.join(this.dir, ...parts); }
  config() { return this.file('poterne.yaml'); }

  write(name, text, mode = 0o600) {
    fs.mkdirSync(path.dirname(this.file(name)), { recursive: true });
    fs.writeFileSync(this.file(name), text, { mode });
  }

  // YAML is a superset of JSON in flow style: every value is written as JSON.
  writeBase() {
    this.write('poterne.yaml', [
      'commune: { siret: "21680999600004", name: "Commune d\'Admiville", dpo: "dpo@admiville.example" }',
      'listen: { grc: "127.0.0.1:0", metrics: "127.0.0.1:0" }',
      `tls: { certificate: tls/server.pem, key: tls/server.key, client-ca: tls/clients-ca.pem, client-crl: tls/clients.crl${this.options.tls ?? ''} }`,
      'log: { directory: log, retention-months: 36 }',
      `process: { lanes: ${this.options.lanes} }`,
      ''].join('\n'));
  }

  writeHabilitations() {
    const yaml = { upstreams: { entreprise: { kind: 'api-entreprise', url: `https://localhost:${this.statePort}`, ca: 'state.pem' } },
      agents: { 'agent-042': { service: 'vie-associative', 'granted-by': 'dgs', 'valid-until': '2099-12-31' } },
      clients: {}, habilitations: {} };
    for (const [id, list] of Object.entries(this.clients)) {
      yaml.clients[id] = { 'certificate-sha256': this.fingerprint(id), habilitations: list };
    }
    for (const [id, h] of Object.entries(this.habilitations)) {
      yaml.habilitations[id] = { ...h, 'token-file': `tokens/${id}` };
      if (!fs.existsSync(this.file('tokens', id))) this.write(`tokens/${id}`, randomBytes(24).toString('hex') + '\n');
    }
    fs.mkdirSync(this.file('conf.d'), { recursive: true });
    this.write('conf.d/tests.yaml', Object.entries(yaml).map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join('\n') + '\n');
  }

  fingerprint(client) {
    return createHash('sha256').update(new X509Certificate(fs.readFileSync(this.file('clients', `${client}.pem`))).raw).digest('hex');
  }

  async prepare() {
    this.writeBase();
    const names = [...Object.keys(this.clients), 'stranger'].flatMap((name) => ['--client', name]);
    const made = run('poterne-pki', ['init', '-c', this.config(), ...names, '--out', this.file('clients')]);
    if (made.code !== 0) throw new Error(`poterne-pki: ${made.err}`);
    spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
      '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', this.file('state.key'), '-out', this.file('state.pem')]);
    this.statePort = 1;
    this.writeHabilitations();
    await this.startState();
    this.writeHabilitations();
    return this;
  }

  // `launcher`: a shell command that ends by running "$0" "$@".
  child(program, args, { launcher, ...extra } = {}) {
    const file = path.resolve(bin, program);
    const options = { stdio: ['ignore', 'pipe', 'pipe'], ...extra };
    const child = launcher ? spawn('sh', ['-c', launcher, file, ...args], options) : spawn(file, args, options);
    child.output = '';
    child.errors = '';
    child.stdout.on('data', (data) => { child.output += data; });
    child.stderr.on('data', (data) => { child.errors += data; });
    child.ended = new Promise((resolve) => child.on('exit', (code, signal) => { child.over = true; resolve({ code, signal }); }));
    this.children.push(child);
    return child;
  }

  async startState() {
    const args = this.options.caseFiles.flatMap((file) => ['--cases', file]);
    for (const id of Object.keys(this.habilitations)) args.push('--token-file', this.file('tokens', id));
    this.state = this.child('state-api-sim', [...args, '--cert', this.file('state.pem'), '--key', this.file('state.key'), '--port', '0', '--port-file', this.file('state.port')]);
    await until('simulator', () => this.state.over || (fs.existsSync(this.file('state.port')) && fs.readFileSync(this.file('state.port'), 'utf8').trim()));
    if (this.state.over) throw new Error(`simulator: ${this.state.errors}`);
    this.statePort = Number(fs.readFileSync(this.file('state.port'), 'utf8'));
  }

  async startDaemon(extra) {
    this.daemon = this.child('poterned', ['-c', this.config()], extra);
    await until('poterned', () => this.daemon.over || /^ready$/m.test(this.daemon.errors));
    if (this.daemon.over) throw new Error(`poterned: ${this.daemon.errors}`);
    const listening = this.daemon.errors.split('\n').find((line) => line.includes('"event":"listening"'));
    const ports = JSON.parse(listening);
    this.port = ports.grc;
    this.metricsPort = ports.metrics;
    return this;
  }

  async start() { await this.prepare(); return this.startDaemon(); }

  agentFor(client) {
    this.agents ??= {};
    this.agents[client] ??= new https.Agent({ keepAlive: true, maxSockets: 64, ca: fs.readFileSync(this.file('tls/server-ca.pem')),
      cert: client && fs.readFileSync(this.file('clients', `${client}.pem`)), key: client && fs.readFileSync(this.file('clients', `${client}.key`)) });
    return this.agents[client];
  }

  // One request as a GRC; resolves to {status, headers, body, json} or rejects.
  ask(target, { client = 'grc', headers = {}, method = 'GET', body, agent } = {}) {
    return new Promise((resolve, reject) => {
      const request = https.request({ host: 'localhost', port: this.port, path: target, method, headers, agent: agent ?? this.agentFor(client), timeout: 45000 }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          let json;
          try { json = JSON.parse(text); } catch { json = undefined; }
          resolve({ status: response.statusCode, headers: response.headers, body: text, json,
            outcome: response.headers['poterne-outcome'], exchange: response.headers['poterne-exchange'] });
        });
      });
      request.on('timeout', () => request.destroy(new Error('time-out')));
      request.on('error', reject);
      request.end(body);
    });
  }

  // A request whose caller resets its connection when the returned function is called.
  cut(target, headers, client = 'grc') {
    return new Promise((resolve, reject) => {
      const { cert, key, ca } = this.agentFor(client).options;
      const socket = net.connect(this.port, '127.0.0.1');
      const secure = tls.connect({ socket, host: 'localhost', servername: 'localhost', cert, key, ca }, () => {
        const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
        secure.write(`GET ${target} HTTP/1.1\r\n${lines}\r\n`, () => resolve(() => socket.resetAndDestroy()));
      });
      secure.on('error', reject);
    });
  }

  sim(method, target, body) {
    return new Promise((resolve, reject) => {
      const request = https.request({ host: 'localhost', port: this.statePort, path: target, method, ca: fs.readFileSync(this.file('state.pem')),
        headers: body ? { 'Content-Type': 'application/json' } : {} }, (response) => {
        let text = '';
        response.on('data', (part) => { text += part; });
        response.on('end', () => resolve(text ? JSON.parse(text) : null));
      });
      request.on('error', reject);
      request.end(body ? JSON.stringify(body) : undefined);
    });
  }
  behave(mode, extra = {}) { return this.sim('POST', '/_sim/behaviour', { path_prefix: '/', mode, count: 1, ...extra }); }
  async seen() { return this.sim('GET', '/_sim/requests'); }
  forget() { return this.sim('DELETE', '/_sim/requests'); }

  list(...args) {
    const done = run('poterne-audit', ['list', '-c', this.config(), '--format', 'json', '--limit', '100000', ...args]);
    if (done.code !== 0) throw new Error(`list: ${done.code} ${done.err}`);
    return JSON.parse(done.out);
  }
  verify() { return run('poterne-audit', ['verify', '-c', this.config()]); }

  // The children of the supervisor, by role.
  pids() {
    const roles = {};
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
        if (Number(/^PPid:\s+(\d+)/m.exec(status)[1]) !== this.daemon.pid) continue;
        const args = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        roles[args[args.indexOf('--role') + 1]] = Number(pid);
      } catch { /* it ended meanwhile */ }
    }
    return roles;
  }

  async stopDaemon(signal = 'SIGTERM') {
    if (!this.daemon || this.daemon.over) return this.daemon?.ended;
    this.daemon.kill(signal);
    return this.daemon.ended;
  }

  async stop() {
    for (const agent of Object.values(this.agents ?? {})) agent.destroy();
    this.agents = {};
    const last = await this.stopDaemon();
    for (const child of this.children) if (!child.over) child.kill('SIGKILL');
    await Promise.all(this.children.map((child) => child.ended));
    if (process.env.PT_KEEP === undefined) fs.rmSync(this.dir, { recursive: true, force: true });
    // a sanitizer's word in any output is a failure, whatever the exit code
    for (const child of this.children) {
      const bad = /(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:).*/.exec(child.errors);
      if (bad) throw new Error(`${child.spawnfile}: ${bad[0]}\n${child.errors.slice(-6000)}`);
    }
    return last;
  }
}
