// SPDX-License-Identifier: EUPL-1.2
// SIGHUP: habilitations, clients and tokens change without dropping a connection; what does not check
// changes nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, run, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };

describe('reload', () => {
  let commune;
  before(async () => {
    commune = await new Commune({ habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) } }).start();
  });
  after(() => commune.stop());

  const words = (text) => commune.daemon.errors.split(text).length - 1;
  async function reload(expected) {
    const before = words(expected);
    commune.daemon.kill('SIGHUP');
    await until(expected, () => words(expected) > before);
  }

  test('LEG-11: a habilitation that is taken away is refused at once, on a connection that stays open', async () => {
    assert.equal((await commune.ask(target, { headers })).status, 200);
    const ports = () => Object.keys(commune.agentFor('grc').freeSockets).length;
    assert.equal(ports(), 1);
    commune.habilitations.demo.agents = ['service:batch'];
    commune.writeHabilitations();
    await reload('"event":"reload.done"');
    assert.equal((await commune.ask(target, { headers })).status, 403);
    commune.habilitations.demo.agents = ['agent-042'];
    commune.writeHabilitations();
    await reload('"event":"reload.done"');
    assert.equal((await commune.ask(target, { headers })).status, 200);
  });

  test('more fields are allowed after a reload, and the conf entry says when', async () => {
    const before = commune.list().filter((e) => e.type === 'conf').length;
    commune.habilitations.demo.datasets[LEGAL].fields = ['/data/siren', '/data/etat_administratif'];
    commune.writeHabilitations();
    await reload('"event":"reload.done"');
    const answer = await commune.ask(target, { headers });
    assert.deepEqual(Object.keys(answer.json.data).sort(), ['etat_administratif', 'siren']);
    assert.equal(commune.list().filter((e) => e.type === 'conf').length, before + 1);
  });

  test('a configuration that does not check keeps the old one, and says where it is wrong', async () => {
    commune.write('conf.d/wrong.yaml', 'clients:\n  nobody: { habilitation: [demo] }\n');
    await reload('"event":"reload.refused"');
    assert.match(commune.daemon.errors, /wrong\.yaml:2:13: erreur/);
    assert.equal((await commune.ask(target, { headers })).status, 200);
    fs.unlinkSync(commune.file('conf.d/wrong.yaml'));
  });

  test('a token is read again, and the daemon holds no file open for it', async () => {
    commune.write('tokens/demo', 'another-token-that-the-state-does-not-know\n');
    await reload('"event":"reload.done"');
    const answer = await commune.ask(target, { headers });
    assert.equal(answer.outcome, 'refused');
    assert.equal(answer.status, 401);
    assert.equal(answer.json.errors[0].code, '00101');
  });

  test('exchanges under way keep the configuration they began with', async () => {
    await commune.behave('slow', { delay_ms: 1000 });
    const slow = commune.ask(target, { headers });
    await until('the call', async () => (await commune.seen()).length > 0);
    await reload('"event":"reload.done"');
    assert.equal((await slow).status, 401);
  });
});

describe('poterned --check', () => {
  let commune;
  before(async () => {
    commune = await new Commune({ habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) } }).prepare();
  });
  after(() => commune.stop());

  test('a good configuration is silent and exits 0', () => {
    const done = run('poterned', ['-c', commune.config(), '--check']);
    assert.equal(done.code, 0, done.err);
    assert.equal(done.out, '');
  });

  test('the effective policy is text that can be compared', () => {
    const one = run('poterned', ['-c', commune.config(), '--check', '--policy']);
    assert.equal(one.code, 0);
    assert.match(one.out, /demo/);
    assert.match(one.out, /\/data\/siren/);
    assert.equal(run('poterned', ['-c', commune.config(), '--check', '--policy']).out, one.out);
    const token = fs.readFileSync(commune.file('tokens/demo'), 'utf8').trim();
    assert.equal(one.out.includes(token), false);
  });

  test('every error of every file comes in one run, with its place, and the exit code is 78', () => {
    commune.write('conf.d/wrong.yaml', 'agents:\n  a: { servce: x }\nhabilitations:\n  h: { procedure: h }\n');
    const done = run('poterned', ['-c', commune.config(), '--check']);
    assert.equal(done.code, 78);
    assert.match(done.err, /wrong\.yaml:2:8: erreur/);
    assert.match(done.err, /service/);
    assert.match(done.err, /wrong\.yaml:4/);
    fs.unlinkSync(commune.file('conf.d/wrong.yaml'));
  });

  test('a missing file of keys is an error of configuration, not a crash', () => {
    fs.renameSync(commune.file('tls/server.key'), commune.file('tls/away'));
    assert.equal(run('poterned', ['-c', commune.config(), '--check']).code, 78);
    fs.renameSync(commune.file('tls/away'), commune.file('tls/server.key'));
  });

  test('SYS-04: a token that others may read is refused', () => {
    fs.chmodSync(commune.file('tokens/demo'), 0o644);
    assert.equal(run('poterned', ['-c', commune.config(), '--check']).code, 78);
    fs.chmodSync(commune.file('tokens/demo'), 0o600);
  });

  test('LEG-27: one token for two procedures is refused', () => {
    commune.write('conf.d/two.yaml', `habilitations: ${JSON.stringify({ other: { ...habilitation('other', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }), 'token-file': 'tokens/demo' } })}\n`);
    const done = run('poterned', ['-c', commune.config(), '--check']);
    assert.equal(done.code, 78);
    fs.unlinkSync(commune.file('conf.d/two.yaml'));
  });
});
