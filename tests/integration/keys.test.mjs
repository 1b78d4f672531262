// SPDX-License-Identifier: EUPL-1.2
// The life of keys with the real programs (RGS-01, RGS-02, RGS-16, LEG-28): renewal without a cut connection,
// revocation, what ends one day in metrics, alarms and calendar, the homologation that no longer fits.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { Commune, bin, cases, habilitation, run, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };
const DAY = 86400;

const jwt = (exp) => [{ alg: 'HS256' }, { uid: 'x', exp }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.c2lnbmF0dXJl';
const decision = (extra) => JSON.stringify({ authority: 'Le maire', date: '2026-01-15', 'valid-until': '2099-12-31', scope: 'tests', version: '0.1.0',
  'residual-risks': 'aucun', levels: { 'auth-serveur': '*' }, ...extra });
const sha256 = (...files) => createHash('sha256').update(Buffer.concat(files.map((file) => fs.readFileSync(file)))).digest('hex');

describe('the life of keys', () => {
  let commune;
  const exp = Math.floor(Date.now() / 1000) + 20 * DAY;
  const pki = (...args) => run('poterne-pki', [...args, '-c', commune.config(), ...(['client', 'revoke', 'renew'].includes(args[0]) ? ['--out', commune.file('clients')] : [])]);
  const words = (text) => commune.daemon.errors.split(text).length - 1;
  async function reload(expected = '"event":"reload.done"') {
    const count = words(expected);
    commune.daemon.kill('SIGHUP');
    await until(expected, () => words(expected) > count);
  }
  const metrics = () => new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: commune.metricsPort, path: '/metrics' }, (answer) => {
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });
  const served = () => new Promise((resolve, reject) => {
    const socket = tls.connect({ port: commune.port, host: 'localhost', servername: 'localhost', ca: fs.readFileSync(commune.file('tls/server-ca.pem')),
      cert: fs.readFileSync(commune.file('clients/grc.pem')), key: fs.readFileSync(commune.file('clients/grc.key')) }, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve(fingerprint256);
    });
    socket.on('error', reject);
  });
  const fingerprintOf = (name) => new X509Certificate(fs.readFileSync(commune.file(name))).fingerprint256;

  before(async () => {
    commune = new Commune({ habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } }, 'datapass-until': '2099-06-30' }) } });
    commune.write('tokens/demo', jwt(exp) + '\n');
    await commune.start();
  });
  after(() => commune.stop());

  test('RGS-16: the door takes a new certificate on SIGHUP, and the open connection goes on', async () => {
    const agent = commune.agentFor('grc');
    assert.equal((await commune.ask(target, { headers, agent })).status, 200);
    const old = fingerprintOf('tls/server.pem');
    assert.equal(await served(), old);
    assert.equal(pki('renew', 'server').code, 0);
    assert.equal(await served(), old);
    const done = pki('renew', 'server', '--switch');
    assert.equal(done.code, 0, done.err);
    assert.equal(await served(), old); // until it is told
    const before = Object.values(agent.freeSockets).flat()[0];
    await reload();
    assert.equal(await served(), fingerprintOf('tls/server.pem'));
    assert.notEqual(await served(), old);
    assert.equal((await commune.ask(target, { headers, agent })).status, 200);
    assert.equal(Object.values(agent.freeSockets).flat()[0], before);
  });

  test('RGS-16: the old key is destroyed, and openssl verifies the record', () => {
    const [name] = fs.readdirSync(commune.file('tls/archive')).filter((file) => file.endsWith('.key'));
    const done = pki('destroy', commune.file('tls/archive', name), '--reason', 'fin de vie');
    assert.equal(done.code, 0, done.err);
    assert.equal(fs.existsSync(commune.file('tls/archive', name)), false);
    const [record] = fs.readdirSync(commune.file('destructions')).filter((file) => file.endsWith('.json'));
    const json = JSON.parse(fs.readFileSync(commune.file('destructions', record), 'utf8'));
    assert.equal(json.reason, 'fin de vie');
    assert.equal(json.operator_uid, process.getuid());
    assert.ok(json.not_proven.length >= 3);
    const key = spawnSync('openssl', ['pkey', '-in', commune.file('log/keys/log-p256.pem'), '-pubout', '-out', commune.file('log.pub')]);
    assert.equal(key.status, 0);
    const verify = spawnSync('openssl', ['dgst', '-sha256', '-verify', commune.file('log.pub'), '-signature', commune.file('destructions', `${record}.sig`),
      commune.file('destructions', record)], { encoding: 'utf8' });
    assert.equal(verify.status, 0, verify.stderr);
    assert.match(pki('destroy', 'server', '--reason', 'x').err, /se sert de cette clé/);
  });

  test('RGS-16: a GRC is served under its old and its new certificate while it is renewed', async () => {
    const made = pki('renew', 'client', 'grc');
    assert.equal(made.code, 0, made.err);
    const next = /next-certificate-sha256: "([0-9a-f]{64})"/.exec(made.out)[1];
    const ca = fs.readFileSync(commune.file('tls/server-ca.pem'));
    const agent = new https.Agent({ ca, cert: fs.readFileSync(commune.file('clients/grc.pem.next')), key: fs.readFileSync(commune.file('clients/grc.key.next')) });
    assert.equal((await commune.ask(target, { headers, agent })).status, 403);
    const yaml = fs.readFileSync(commune.file('conf.d/tests.yaml'), 'utf8');
    commune.write('conf.d/tests.yaml', yaml.replace('"certificate-sha256"', `"next-certificate-sha256":"${next}","certificate-sha256"`));
    await reload();
    assert.equal((await commune.ask(target, { headers, agent })).status, 200);
    assert.equal((await commune.ask(target, { headers })).status, 200);
    assert.equal(commune.list().at(-1).client, 'grc');
    agent.destroy();
  });

  test('a revoked GRC is refused after SIGHUP, and the list was replaced whole', async () => {
    const before = fs.statSync(commune.file('tls/clients.crl')).ino;
    const agent = new https.Agent({ ca: fs.readFileSync(commune.file('tls/server-ca.pem')), cert: fs.readFileSync(commune.file('clients/stranger.pem')), key: fs.readFileSync(commune.file('clients/stranger.key')) });
    assert.equal((await commune.ask(target, { headers, agent })).status, 403); // known to nobody, but let in
    assert.equal(pki('revoke', 'stranger').code, 0);
    const after = fs.statSync(commune.file('tls/clients.crl'));
    assert.notEqual(after.ino, before);
    assert.equal(after.mode & 0o777, 0o644);
    await reload();
    await assert.rejects(commune.ask(target, { headers, agent }));
    agent.destroy();
  });

  test('LEG-28: what ends is a gauge, an alarm of the day and a line of the calendar, and no token is shown', async () => {
    const text = await metrics();
    const left = Number(/poterne_expiry_seconds\{kind="token",name="demo"\} (-?\d+)/.exec(text)[1]);
    assert.ok(left > 19 * DAY && left <= 20 * DAY, `${left}`);
    for (const kind of ['certificate', 'authority', 'crl', 'crl-half', 'habilitation', 'datapass', 'homologation']) {
      assert.match(text, new RegExp(`poterne_expiry_seconds\\{kind="${kind}",`));
    }
    await until('the alarm', () => /"event":"expiry","code":"expiry-30","kind":"token","name":"demo"/.test(commune.daemon.errors));
    assert.equal(words('"event":"expiry","code":"expiry-30","kind":"token"'), 1);
    const calendar = pki('calendar', '--format', 'json');
    assert.equal(calendar.code, 0, calendar.err);
    const items = JSON.parse(calendar.out);
    const token = items.find((item) => item.kind === 'token');
    assert.equal(token.code, 'expiry-30');
    assert.equal(Date.parse(token.at) / 1000, exp);
    assert.deepEqual(items.map((item) => item.at), items.map((item) => item.at).sort());
    const inventory = pki('show', '--format', 'json');
    assert.equal(inventory.code, 0, inventory.err);
    const rows = JSON.parse(inventory.out);
    assert.ok(rows.some((row) => row.kind === 'token' && row.state_code === 'replace' && row.held === 'file'));
    assert.ok(rows.some((row) => row.kind === 'anchors' && row.name === 'entreprise'));
    for (const shown of [text, calendar.out, inventory.out, commune.daemon.errors]) {
      assert.equal(shown.includes(jwt(exp)), false);
    }
  });

  test('RGS-02: another configuration or another program than the homologated ones is said, and runs', async () => {
    const files = [commune.config(), commune.file('conf.d/tests.yaml')];
    const program = path.join(bin, 'poterned');
    commune.write('homologation.json', decision({ 'configuration-sha256': sha256(...files), 'program-sha256': sha256(program) }));
    await reload();
    assert.equal(words('homologation_drift'), 0);
    fs.appendFileSync(commune.file('conf.d/tests.yaml'), '# changed\n');
    await reload();
    await until('the event', () => words('"event":"homologation_drift","program":0,"configuration":1') === 1);
    assert.match(commune.daemon.errors, /n'est pas celle qui a été homologuée/);
    commune.write('homologation.json', decision({ 'program-sha256': '0'.repeat(64) }));
    await reload();
    await until('the event', () => words('"event":"homologation_drift","program":1,"configuration":0') === 1);
    assert.equal((await commune.ask(target, { headers })).status, 200);
  });

  test('RGS-01: an expired decision is a warning and an alarm; production without one does not start', async () => {
    commune.write('homologation.json', decision({ 'valid-until': '2026-01-16' }));
    const done = run('poterned', ['-c', commune.config(), '--check']);
    assert.equal(done.code, 0);
    assert.match(done.err, /homologation expirée depuis le 2026-01-16/);
    fs.unlinkSync(commune.file('homologation.json'));
    assert.equal(run('poterned', ['-c', commune.config(), '--check']).code, 0);
    commune.write('conf.d/stage.yaml', 'stage: production\n');
    const refused = run('poterned', ['-c', commune.config(), '--check']);
    assert.equal(refused.code, 78);
    assert.match(refused.err, /pas de décision d'homologation/);
    fs.unlinkSync(commune.file('conf.d/stage.yaml'));
  });

  test('a private PKI without a configuration makes certificates that openssl verifies under its list', () => {
    const out = commune.file('igc');
    const made = run('poterne-pki', ['init', '--commune', 'Commune d\'Admiville', '--siret', '21680999600004', '--out', out, '--client', 'grc']);
    assert.equal(made.code, 0, made.err);
    const verify = () => spawnSync('openssl', ['verify', '-CAfile', 'clients-ca.pem', '-crl_check', '-CRLfile', 'clients.crl', '-purpose', 'sslclient', 'clients/grc.pem'], { cwd: out }).status;
    assert.equal(verify(), 0);
    assert.equal(run('poterne-pki', ['revoke', 'grc', '--out', out]).code, 0);
    assert.notEqual(verify(), 0);
    const csr = run('poterne-pki', ['csr', '--profile', 'cachet', '--commune', 'Commune d\'Admiville', '--siret', '21680999600004', '--out', out, '--algorithm', 'rsa-3072']);
    assert.equal(csr.code, 0, csr.err);
    assert.equal(spawnSync('openssl', ['req', '-in', path.join(out, 'cachet.csr'), '-verify', '-noout']).status, 0);
  });
});
