// SPDX-License-Identifier: EUPL-1.2
// The State-API simulator against its own promises (no npm dependency; loopback, kernel's port).
// What the gateway's tests conclude is worth what this file proves.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import https from 'node:https';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const binary = [process.env.PT_BIN, join(root, 'build/release/bin'), join(root, 'build/debug/bin')]
  .filter(Boolean)
  .map((dir) => join(dir, 'state-api-sim'))
  .find((path) => existsSync(path));
const cases = join(root, 'tests/fixtures/staging/sim.jsonl');
const trace = 'context=Subventions&object=subvention&recipient=21680999600004';
const company = `/v4/insee/sirene/unites_legales/130025265?${trace}`;
const vnd = 'application/vnd.api+json';
const json = 'application/json; charset=utf-8';

let sim;

async function start(extra = []) {
  const dir = mkdtempSync(join(tmpdir(), 'state-api-sim-'));
  const files = Object.fromEntries(['cert', 'key', 'token', 'port'].map((n) => [n, join(dir, n)]));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', files.key, '-out', files.cert, '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  writeFileSync(files.token, 'jeton.de.test\n');
  const child = spawn(binary, ['--cases', cases, '--cert', files.cert, '--key', files.key, '--token-file',
    files.token, '--port-file', files.port, ...extra], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (part) => { err += part; });
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(Number(line)));
    child.once('exit', (code) => reject(new Error(`simulator ended with ${code}: ${err}`)));
  });
  child.removeAllListeners('exit');
  assert.equal(readFileSync(files.port, 'utf8').trim(), String(port));
  const agent = new https.Agent({ keepAlive: true, ca: readFileSync(files.cert) });
  return { child, port, agent, dir, err: () => err };
}

async function stop(s) {
  s.agent.destroy();
  const code = await new Promise((resolve) => { s.child.once('exit', resolve); s.child.kill('SIGTERM'); });
  rmSync(s.dir, { recursive: true });
  assert.equal(code, 0, s.err());
  assert.doesNotMatch(s.err(), /Sanitizer|runtime error/);
}

function request(target, { method = 'GET', token = 'jeton.de.test', body, s = sim, signal } = {}) {
  return new Promise((resolve, reject) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const req = https.request({ host: '127.0.0.1', port: s.port, agent: s.agent, method, path: target, headers, signal },
      (res) => {
        const parts = [];
        res.on('data', (part) => parts.push(part));
        res.on('error', reject);
        res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString() }));
      });
    req.on('error', reject);
    req.end(body);
  });
}

async function behave(rule) {
  const res = await request('/_sim/behaviour', { method: 'POST', token: null, body: JSON.stringify(rule) });
  assert.equal(res.status, 200, res.text);
}

const codes = (res) => JSON.parse(res.text).errors.map((e) => e.code);

test.before(async () => { assert.ok(binary, 'state-api-sim is not built'); sim = await start(); });
test.after(async () => { await stop(sim); });
test.beforeEach(async () => {
  await request('/_sim/behaviour', { method: 'DELETE', token: null });
  await request('/_sim/requests', { method: 'DELETE', token: null });
});

test('a recorded case is served byte for byte, with the headers of the State', async () => {
  const res = await request(company);
  const line = readFileSync(cases, 'utf8').split('\n')[0];
  assert.equal(res.status, 200);
  assert.equal(res.text, line.slice(line.indexOf('{"data"'), -1));
  assert.equal(res.headers['content-type'], vnd);
  assert.equal(res.headers['ratelimit-limit'], '250');
  assert.match(res.headers['ratelimit-remaining'], /^\d+$/);
  assert.ok(Number(res.headers['ratelimit-reset']) > Date.now() / 1000);
  assert.match(res.headers['x-request-id'], /^[0-9a-f-]{36}$/);
  assert.equal(res.headers['x-response-cached'], 'false');
  assert.deepEqual(Object.keys(JSON.parse(res.text)), ['data', 'links', 'meta']);
});

test('a missing or unknown token is 401 00101 before anything else', async () => {
  for (const token of [null, '', 'autre']) {
    const res = await request('/v4/insee/sirene/unites_legales/130025265', { token });
    assert.equal(res.status, 401);
    assert.deepEqual(codes(res), ['00101']);
    assert.equal(res.headers['content-type'], json);
  }
});

test('missing context, object and recipient come together in one array', async () => {
  const path = '/v4/insee/sirene/unites_legales/130025265';
  for (const [query, want] of [
    ['', ['00201', '00202', '00203']],
    ['?context=a', ['00202', '00203']],
    ['?context=+&object=%20&recipient=21680999600004', ['00201', '00202']],
    ['?context=a&object=b', ['00203']],
    ['?context=a&object=b&recipient=21680999600005', ['00210']],
    ['?context=a&object=b&recipient=2168099960000', ['00210']],
  ]) {
    const res = await request(path + query);
    assert.equal(res.status, 422);
    assert.deepEqual(codes(res), want);
    assert.equal(res.headers['content-type'], json);
  }
  assert.equal((await request(`${path}?context=a&object=b&recipient=35600000000048`)).status, 200);
});

test('an error names its parameter and omits what the State omits', async () => {
  const [error] = JSON.parse((await request('/v4/insee/sirene/unites_legales/130025265?context=a&object=b')).text).errors;
  assert.deepEqual(error.source, { parameter: 'recipient' });
  assert.deepEqual(error.meta, {});
});

test('a recorded 404, an unmatched parameter and an unknown route are three answers', async () => {
  const recorded = await request(`/v4/insee/sirene/unites_legales/552049447?${trace}`);
  assert.equal(recorded.status, 404);
  assert.match(recorded.text, /"source": null/);
  const unmatched = await request(`/v4/insee/sirene/unites_legales/356000000?${trace}`);
  assert.equal(unmatched.status, 404);
  assert.deepEqual(codes(unmatched), ['01003']);
  assert.equal(JSON.parse(unmatched.text).errors[0].meta.provider, 'INSEE');
  const unknown = await request(`/v9/rien?${trace}`);
  assert.equal(unknown.status, 404);
  assert.equal(unknown.headers['content-type'], 'text/plain');
});

test('a literal segment wins over a parameter', async () => {
  const res = await request(`/v4/insee/sirene/unites_legales/diffusibles/130025265?${trace}`);
  assert.deepEqual(JSON.parse(res.text).data, { diffusible: true });
});

test('cases of one path are told apart by their parameters', async () => {
  const path = `/v3/gip_mds/etablissements/21680999600004/effectifs_mensuels/03/annee/2025?${trace}`;
  assert.equal(JSON.parse((await request(path)).text).data.profondeur, 1);
  assert.equal(JSON.parse((await request(`${path}&profondeur=2`)).text).data.profondeur, 2);
  assert.equal(JSON.parse((await request(`${path}&profondeur=3`)).text).data.profondeur, 1);
});

test('API Particulier wants a recipient only, and arrays keep their order', async () => {
  const base = '/v3/dss/quotient_familial/identite?recipient=21680999600004&nomNaissance=EXEMPLE&anneeDateNaissance=1980';
  assert.equal((await request(`${base}&prenoms[]=JEANNE&prenoms%5B%5D=MARIE`)).status, 200);
  assert.equal((await request(`${base}&prenoms[]=MARIE&prenoms[]=JEANNE`)).status, 404);
  assert.equal((await request('/v3/dss/quotient_familial/france_connect?recipient=21680999600004', { token: 'citoyen' })).status, 200);
});

test('every failure of a provider can be told, with its code and its delay', async () => {
  for (const [mode, code, type] of [['502', '01001', vnd], ['503', '01020', vnd], ['504', '01002', vnd],
    ['409', '00015', json], ['403', '00100', json], ['500', '00500', json], ['451', '01005', vnd]]) {
    await behave({ path_prefix: '/v4/insee', mode, retry_in: 10, count: 1 });
    const res = await request(company);
    assert.equal(res.status, Number(mode));
    assert.deepEqual(codes(res), [code]);
    assert.equal(JSON.parse(res.text).errors[0].meta.retry_in, 10);
    assert.equal(res.headers['content-type'], type);
    assert.equal((await request(company)).status, 200);
  }
  await behave({ mode: '502', code: '04501', retry_in: 172800, count: 1 });
  assert.deepEqual(codes(await request(company)), ['04501']);
});

test('429 carries Retry-After and comes before the token', async () => {
  await behave({ mode: '429', retry_in: 7, count: 1 });
  const res = await request(company, { token: null });
  assert.equal(res.status, 429);
  assert.equal(res.headers['retry-after'], '7');
  assert.deepEqual(codes(res), ['00429']);
});

test('rules are a story: each in its turn, for its count, for its path', async () => {
  await behave({ path_prefix: '/v4/', mode: '502', count: 2 });
  await behave({ path_prefix: '/v4/', mode: 'ok', count: 1 });
  await behave({ path_prefix: '/v4/', mode: '504' });
  const seen = [];
  for (let i = 0; i < 5; i++) seen.push((await request(company)).status);
  assert.deepEqual(seen, [502, 502, 200, 504, 504]);
  assert.equal((await request(`/v3/gip_mds/etablissements/21680999600004/effectifs_mensuels/3/annee/2025?${trace}`)).status, 200);
  await behave({ path_prefix: '/v4/', mode: 'ok' });
  assert.equal((await request(company)).status, 200);
});

test('a rule that means nothing is refused', async () => {
  for (const body of ['', '{}', '[]', '{"mode":"non"}', '{"mode":"502","count":0}', '{"mode":"299"}']) {
    assert.equal((await request('/_sim/behaviour', { method: 'POST', token: null, body })).status, 400, body);
  }
});

test('broken transports break', async () => {
  for (const mode of ['drop', 'reset', 'garbage', 'truncated']) {
    await behave({ mode, count: 1 });
    await assert.rejects(request(company), mode);
  }
  assert.equal((await request(company)).status, 200);
});

test('a hanging provider says nothing until the caller gives up', async () => {
  await behave({ mode: 'hang', count: 1 });
  await assert.rejects(request(company, { signal: AbortSignal.timeout(300) }));
  assert.equal((await request(company)).status, 200);
});

test('broken bodies are broken', async () => {
  await behave({ mode: 'bad-json', count: 1 });
  const bad = await request(company);
  assert.equal(bad.status, 200);
  assert.throws(() => JSON.parse(bad.text));
  await behave({ mode: 'duplicate-key', count: 1 });
  const twice = await request(company);
  assert.equal(twice.text.match(/"data":/g).length, 2);
  JSON.parse(twice.text);
  await behave({ mode: 'big', count: 1 });
  const big = await request(company);
  assert.ok(big.text.length > 2 * 1024 * 1024);
  JSON.parse(big.text);
  await behave({ mode: 'html', count: 1 });
  assert.equal((await request(company)).headers['content-type'], 'text/html');
  await behave({ mode: 'chunked', count: 1 });
  const chunked = await request(company);
  assert.equal(chunked.headers['transfer-encoding'], 'chunked');
  assert.equal(chunked.text, (await request(company)).text);
});

test('a redirection points to a place where following it would be seen', async () => {
  await behave({ mode: 'redirect', count: 1 });
  const res = await request(company);
  assert.equal(res.status, 302);
  assert.match(res.headers.location, /^\/v3\//);
});

test('a slow answer lets others pass', async () => {
  await behave({ path_prefix: '/v4/insee/sirene/unites_legales/1', mode: 'slow', delay_ms: 400, count: 1 });
  const order = [];
  const slow = request(company).then((res) => { order.push('slow'); return res; });
  await new Promise((resolve) => { setImmediate(resolve); });
  await request(`/v4/insee/sirene/unites_legales/diffusibles/130025265?${trace}`).then(() => order.push('fast'));
  assert.equal((await slow).status, 200);
  assert.deepEqual(order, ['fast', 'slow']);
});

test('the memory tells what was asked, in order, without the token', async () => {
  await request(company);
  await request(company, { token: 'autre' });
  const seen = JSON.parse((await request('/_sim/requests', { token: null })).text);
  assert.deepEqual(seen.map((r) => [r.n, r.method, r.target, r.status]), [[1, 'GET', company, 200], [2, 'GET', company, 401]]);
  assert.ok(seen[0].headers.includes('authorization'));
  assert.doesNotMatch(JSON.stringify(seen), /jeton|autre/);
  await request('/_sim/requests', { method: 'DELETE', token: null });
  assert.deepEqual(JSON.parse((await request('/_sim/requests', { token: null })).text), []);
});

test('many requests on several connections are all answered', async () => {
  const all = await Promise.all(Array.from({ length: 300 }, () => request(company)));
  assert.ok(all.every((res) => res.status === 200));
  const seen = JSON.parse((await request('/_sim/requests', { token: null })).text);
  assert.equal(seen.length, 300);
});

// The project's own cases, and the official ones where they are at hand.
const shared = process.env.PT_SHARED ?? join(root, '..', 'shared');
const caseFiles = [cases, join(root, 'tests/fixtures/staging/entreprise.jsonl'),
  ...['entreprise', 'particulier'].map((api) => join(shared, `data/state-apis/api_${api}/staging_cases.jsonl`))].filter((file) => existsSync(file));

for (const file of caseFiles) {
  test(`every case of ${file.slice(file.lastIndexOf('/', file.lastIndexOf('/') - 1) + 1)} is answered with its status and its bytes`, async () => {
    const other = await start(file === cases ? [] : ['--cases', file]);
    let n = 0;
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const c = JSON.parse(line);
      if (c.path === null) continue;
      const rest = { ...c.params };
      const path = c.path.replace(/\{(\w+)\}/g, (_, name) => { const value = rest[name]; delete rest[name]; return encodeURIComponent(value); });
      const query = new URLSearchParams(trace);
      for (const [name, value] of Object.entries(rest)) {
        if (Array.isArray(value)) value.forEach((item) => query.append(`${name}[]`, item));
        else if (value !== null) query.append(name, String(value));
      }
      const res = await request(`${path}?${query}`, { s: other });
      assert.equal(res.status, c.status, line.slice(0, 300));
      assert.deepEqual(JSON.parse(res.text), c.payload);
      n++;
    }
    assert.ok(n > 0);
    await stop(other);
  });
}

test('quota, threads and stall are options', async () => {
  const other = await start(['--rate-limit', '3', '--threads', '2', '--stall-before-answer', '1']);
  const seen = [];
  for (let i = 0; i < 7; i++) seen.push(await request(company, { s: other })); // 4 in one minute, even across two
  const limited = seen.filter((res) => res.status === 429);
  assert.ok(limited.length >= 1 && limited.every((res) => Number(res.headers['retry-after']) <= 60));
  assert.ok(seen.some((res) => res.status === 200 && res.headers['ratelimit-limit'] === '3'));
  await stop(other);
});

test('wrong use ends with 2', () => {
  for (const args of [[], ['--cases', '/nonexistent'], ['--cases'], ['--cases', cases, '--port', '70000']]) {
    assert.throws(() => execFileSync(binary, args, { stdio: 'ignore' }), (e) => e.status === 2);
  }
});
