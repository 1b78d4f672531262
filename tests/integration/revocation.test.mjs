// SPDX-License-Identifier: EUPL-1.2
// RGS-12, RGS-13: a revocation takes effect at the door without restart and without a signal, for new
// connections and for those that are open.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, run, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };
const names = ['grc', 'autre', 'cantine', 'bureau', 'lente'];

describe('revocation', () => {
  let commune;
  before(async () => {
    commune = await new Commune({
      habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) },
      clients: Object.fromEntries(names.map((name) => [name, ['demo']])),
      tls: ', client-crl-poll: 1',
    }).start();
  });
  after(() => commune.stop());

  const words = (text) => commune.daemon.errors.split(text).length - 1;
  const revoke = (name) => {
    const done = run('poterne-pki', ['revoke', '-c', commune.config(), '--out', commune.file('clients'), name]);
    assert.equal(done.code, 0, done.err);
  };
  // An idle connection of a GRC that answers once, then waits.
  const open = (name) => new Promise((resolve, reject) => {
    const { cert, key, ca } = commune.agentFor(name).options;
    const socket = tls.connect({ host: '127.0.0.1', port: commune.port, servername: 'localhost', cert, key, ca });
    socket.once('error', reject);
    socket.received = '';
    socket.on('data', (data) => { socket.received += data; });
    socket.on('close', () => { socket.over = true; });
    socket.on('end', () => { socket.over = true; });
    const ask = () => socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nPoterne-Agent: agent-042\r\n\r\n`);
    socket.answers = async (n) => { ask(); await until('an answer', () => socket.over || socket.received.split('HTTP/1.1 200').length - 1 === n); return !socket.over; };
    socket.once('secureConnect', async () => { resolve(socket); });
  });

  test('RGS-12: an open connection of the revoked client is cut, a new one refused, and nobody else notices', async () => {
    const cut = await open('grc');
    const spared = await open('autre');
    assert.equal(await cut.answers(1), true);
    assert.equal(await spared.answers(1), true);
    const confs = commune.list().filter((e) => e.type === 'conf').length;
    const since = Date.now();
    revoke('grc');
    await until('the cut', () => cut.over);
    assert.ok(Date.now() - since < 60000);
    await assert.rejects(commune.ask(target, { client: 'grc', headers }));
    assert.equal(await spared.answers(2), true);
    spared.destroy();
    assert.match(commune.daemon.errors, /"event":"crl.changed"/);
    assert.match(commune.daemon.errors, /"event":"door.expelled"/);
    assert.equal(commune.list().filter((e) => e.type === 'conf').length, confs, 'a list is no policy');
  });

  test('RGS-12: a configuration that is being edited, and wrong, does not hold a revocation up', async () => {
    const cut = await open('cantine');
    assert.equal(await cut.answers(1), true);
    fs.renameSync(commune.file('tokens/demo'), commune.file('tokens/away'));
    assert.equal(run('poterned', ['-c', commune.config(), '--check']).code, 78);
    revoke('cantine');
    await until('the cut', () => cut.over);
    await assert.rejects(commune.ask(target, { client: 'cantine', headers }));
    assert.equal((await commune.ask(target, { client: 'autre', headers })).status, 200);
    fs.renameSync(commune.file('tokens/away'), commune.file('tokens/demo'));
  });

  test('RGS-12: a list that cannot be read changes nothing, is said once, and the next good one is taken', async () => {
    const good = fs.readFileSync(commune.file('tls/clients.crl'));
    const refused = words('"event":"reload.refused"');
    fs.writeFileSync(commune.file('tls/clients.crl'), 'rien');
    await until('the refusal', () => words('"event":"reload.refused"') > refused);
    assert.equal((await commune.ask(target, { client: 'autre', headers })).status, 200);
    await assert.rejects(commune.ask(target, { client: 'grc', headers }), 'who is revoked stays revoked');
    fs.writeFileSync(commune.file('tls/clients.crl'), good);
    const cut = await open('bureau');
    revoke('bureau');
    await until('the cut', () => cut.over);
    assert.equal(words('"event":"reload.refused"'), refused + 1);
  });

  test('RGS-12: an exchange under way gives the revoked client no answer, and the log has it', async () => {
    await commune.forget();
    await commune.behave('slow', { delay_ms: 4000 });
    const lost = assert.rejects(commune.ask(target, { client: 'lente', headers }));
    await until('the call', async () => (await commune.seen()).length > 0);
    revoke('lente');
    await lost;
    const mine = () => commune.list().filter((e) => e.client === 'lente');
    await until('the end of the exchange', () => mine().length >= 2);
    const [first, second] = mine().map((e) => e.type);
    assert.equal(first, 'asked');
    assert.match(second, /^(answered|failed)$/);
    assert.equal(commune.verify().code, 0);
  });

  test('a list that is removed leaves the last one in force, and that is said', async () => {
    fs.renameSync(commune.file('tls/clients.crl'), commune.file('tls/away'));
    await until('the word', () => words('"event":"crl.unreadable"') === 1);
    assert.equal((await commune.ask(target, { client: 'autre', headers })).status, 200);
    fs.renameSync(commune.file('tls/away'), commune.file('tls/clients.crl'));
  });

  // A list of the same authority that was signed four days ago and has two left.
  const old = () => {
    const text = (days) => new Date(Date.now() + days * 86400000).toISOString().replace(/\D/g, '').slice(0, 14) + 'Z';
    commune.write('ca/ca.cnf', '[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index\ncrlnumber=ca/number\ndefault_md=sha256\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n');
    commune.write('ca/index', '');
    commune.write('ca/number', '7F\n');
    const done = spawnSync('openssl', ['ca', '-gencrl', '-config', 'ca/ca.cnf', '-cert', 'tls/clients-ca.pem', '-keyfile', 'tls/clients-ca.key',
      '-crl_lastupdate', text(-4), '-crl_nextupdate', text(2), '-out', 'ca/old.crl'], { cwd: commune.dir, encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    fs.renameSync(commune.file('ca/old.crl'), commune.file('tls/clients.crl'));
  };

  test('RGS-13: a list past the half of its life is told once, by crl.due and by nothing else, and a new one ends it', async () => {
    assert.equal(words('"event":"crl.due"'), 0);
    old();
    await until('the alarm', () => words('"event":"crl.due"') === 1);
    assert.equal(run('poterne-pki', ['show', '-c', commune.config()]).out.includes('à remplacer'), true);
    assert.match(run('poterne-pki', ['calendar', '-c', commune.config(), '--format', 'csv']).out, /,crl\.due,crl-half,clients,/);
    const taken = words('"event":"reload.done"');
    const done = run('poterne-pki', ['renew', '-c', commune.config()]);
    assert.equal(done.code, 0, done.err);
    await until('the new list', () => words('"event":"reload.done"') > taken);
    assert.equal(words('"event":"crl.due"'), 1);
    assert.equal(words('"kind":"crl-half"'), 0);
  });
});
