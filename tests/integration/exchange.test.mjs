// SPDX-License-Identifier: EUPL-1.2
// One exchange end to end, against the real daemon and the State-API simulator.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, run } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const siren = known.params.siren;
const target = `/entreprise/v4/insee/sirene/unites_legales/${siren}`;
const asAgent = { 'Poterne-Agent': 'agent-042', 'Poterne-Case': 'D-2026-0001' };

describe('an exchange', () => {
  let commune;
  before(async () => {
    commune = await new Commune({
      habilitations: {
        'subvention-association': habilitation('subvention-association', { datasets: { [LEGAL]: { fields: ['/data/siren', '/data/etat_administratif'] } } }),
        'marche-public': habilitation('marche-public', { agents: ['agent-042'], 'case-required': 'true', channels: ['guichet'], datasets: { [LEGAL]: { fields: ['/data'] } } }),
        'perime': habilitation('perime', { 'valid-until': '2020-12-31', datasets: { [LEGAL]: { fields: ['/data/siren'] } } }),
      },
      clients: { grc: ['subvention-association', 'marche-public', 'perime'], simple: ['subvention-association'] },
    }).start();
  });
  after(() => commune.stop());

  const procedure = { ...asAgent, 'Poterne-Procedure': 'subvention-association' };

  test('LEG-02: exactly the allowed fields come back, in the State\'s envelope', async () => {
    const answer = await commune.ask(target, { headers: procedure });
    assert.equal(answer.status, 200);
    assert.equal(answer.outcome, 'delivered');
    assert.deepEqual(answer.json.data, { siren: known.payload.data.siren, etat_administratif: known.payload.data.etat_administratif });
    assert.deepEqual(Object.keys(answer.json).sort(), ['data', 'links', 'meta']);
    assert.match(answer.exchange, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(answer.headers.link, `</v1/exchanges/${answer.exchange}/receipt>; rel="receipt"`);
    assert.equal(answer.headers['content-type'], 'application/json');
  });

  test('LEG-26: context, object and recipient are on every call that leaves', async () => {
    await commune.forget();
    await commune.ask(target, { headers: procedure });
    const [seen] = await commune.seen();
    const query = new URL(seen.target, 'https://state').searchParams;
    assert.equal(query.get('recipient'), '21680999600004');
    assert.equal(query.get('context'), 'Subventions');
    assert.equal(query.get('object'), 'subvention-association');
  });

  test('a recipient that is the commune passes, another one is refused and nothing leaves', async () => {
    assert.equal((await commune.ask(`${target}?recipient=21680999600004`, { headers: procedure })).status, 200);
    await commune.forget();
    const other = await commune.ask(`${target}?recipient=13002526500013`, { headers: procedure });
    assert.equal(other.json.errors[0].code, 'PT111');
    assert.equal(other.outcome, 'invalid');
    assert.deepEqual(await commune.seen(), []);
  });

  test('the object parameter may name the procedure', async () => {
    assert.equal((await commune.ask(`${target}?object=subvention-association`, { headers: asAgent })).status, 200);
  });

  const refusals = [
    ['LEG-01: several procedures and none named', { 'Poterne-Agent': 'agent-042' }, 422, 'PT113', 'procedure-missing'],
    ['a procedure that the client does not have', { ...procedure, 'Poterne-Procedure': 'autre' }, 403, 'PT200', 'procedure'],
    ['LEG-11: an agent nobody habilitated', { ...procedure, 'Poterne-Agent': 'agent-999' }, 403, 'PT200', 'agent'],
    ['LEG-11: an habilitation that has ended', { ...procedure, 'Poterne-Procedure': 'perime' }, 403, 'PT200', 'expired'],
    ['a channel that is not habilitated', { ...procedure, 'Poterne-Procedure': 'marche-public' }, 403, 'PT200', 'channel'],
  ];
  for (const [title, headers, status, code, reason] of refusals) {
    test(`${title} is refused, recorded, and nothing leaves`, async () => {
      await commune.forget();
      const answer = await commune.ask(target, { headers });
      assert.equal(answer.status, status);
      assert.equal(answer.json.errors[0].code, code);
      assert.deepEqual(await commune.seen(), []);
      const entries = commune.list().filter((e) => e.exchange === answer.exchange);
      assert.deepEqual(entries.map((e) => e.type), ['refused']);
      const shown = run('poterne-audit', ['show', String(entries[0].seq), '-c', commune.config(), '--format', 'json']);
      assert.match(shown.out, new RegExp(`"${reason}"`));
    });
  }

  test('a case is asked for where the habilitation says so', async () => {
    const answer = await commune.ask(target, { headers: { 'Poterne-Procedure': 'marche-public', 'Poterne-Agent': 'agent-042', 'Poterne-Channel': 'guichet' } });
    assert.equal(answer.json.errors[0].code, 'PT115');
  });

  test('LEG-02: a dataset that is not granted is refused before anything leaves', async () => {
    await commune.forget();
    const answer = await commune.ask(`/entreprise/v4/urssaf/unites_legales/${siren}/attestation_vigilance`, { headers: procedure });
    assert.equal(answer.outcome, 'refused');
    assert.deepEqual(await commune.seen(), []);
  });

  const wrong = [
    ['an unknown path', '/entreprise/v9/nowhere', 404, 'PT101'],
    ['a path of no API', '/elsewhere', 404, 'PT101'],
    ['a SIREN that fails Luhn', '/entreprise/v4/insee/sirene/unites_legales/123456789', 422, 'PT110'],
    ['an unknown parameter', `${target}?surprise=1`, 422, 'PT110'],
    ['a repeated object', `${target}?object=a&object=b`, 422, 'PT110'],
  ];
  for (const [title, where, status, code] of wrong) {
    test(`${title} is invalid, and the value is not echoed`, async () => {
      await commune.forget();
      const answer = await commune.ask(where, { headers: procedure });
      assert.equal(answer.status, status);
      assert.equal(answer.json.errors[0].code, code);
      assert.equal(answer.outcome, 'invalid');
      assert.doesNotMatch(answer.body, /123456789/);
      assert.deepEqual(await commune.seen(), []);
    });
  }

  for (const [name, value] of [['Poterne-Agent', 'Jeanne Martin'], ['Poterne-Case', 'dossier de Mme X'], ['Poterne-Channel', 'pigeon'], ['Poterne-Agent', 'a'.repeat(200)]]) {
    test(`${name}: "${value.slice(0, 20)}" is refused by name, never by value`, async () => {
      const answer = await commune.ask(target, { headers: { ...procedure, [name]: value } });
      assert.equal(answer.status, 422);
      assert.equal(answer.json.errors[0].code, 'PT112');
      assert.equal(answer.json.errors[0].source.header, name);
      assert.equal(answer.body.includes(value), false);
    });
  }

  test('only GET asks', async () => {
    const answer = await commune.ask(target, { headers: procedure, method: 'POST', body: '' });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, 'GET');
  });

  test('a certificate of our authority that is no client gets 403 and causes no entry', async () => {
    const before = commune.list().length;
    const answer = await commune.ask(target, { client: 'stranger', headers: procedure });
    assert.equal(answer.status, 403);
    assert.equal(answer.exchange, undefined);
    const listed = commune.list().filter((e) => e.type !== 'read');
    assert.equal(listed.filter((e) => e.type === 'refused').length, commune.list().filter((e) => e.type === 'refused').length);
    assert.ok(listed.length <= before);
  });

  test('without a client certificate there is no HTTP at all', async () => {
    await assert.rejects(commune.ask(target, { client: '' }));
  });

  test('law 1: asked comes before answered, with the fields of each', async () => {
    const answer = await commune.ask(target, { headers: procedure });
    const entries = commune.list().filter((e) => e.exchange === answer.exchange);
    assert.deepEqual(entries.map((e) => e.type), ['asked', 'answered']);
    assert.ok(entries[0].seq < entries[1].seq);
    assert.deepEqual(entries[0].fields, ['/data/siren', '/data/etat_administratif']);
    assert.deepEqual(entries[1].fields, ['/data/siren', '/data/etat_administratif']);
    for (const entry of entries) {
      assert.equal(entry.client, 'grc');
      assert.equal(entry.agent, 'agent-042');
      assert.equal(entry.case, 'D-2026-0001');
      assert.equal(entry.channel, 'en-ligne');
      assert.equal(entry.procedure, 'subvention-association');
      assert.equal(entry.dataset, LEGAL);
    }
    assert.equal(entries[1].outcome, 'delivered');
  });

  test('the exchange and its receipt are the caller\'s own', async () => {
    const answer = await commune.ask(target, { headers: procedure });
    const own = await commune.ask(`/v1/exchanges/${answer.exchange}`);
    assert.equal(own.status, 200);
    assert.equal(own.json.outcome, 'delivered');
    const receipt = await commune.ask(`/v1/exchanges/${answer.exchange}/receipt`);
    assert.equal(receipt.status, 200);
    const file = commune.file('one.tlog-proof');
    fs.writeFileSync(file, receipt.body);
    assert.equal(run('poterne-verify', [file, '--vkey', commune.file('log/keys/log.vkey')]).code, 0);
    fs.writeFileSync(file, receipt.body.replace(/^index (\d+)/m, (_, n) => `index ${Number(n) + 1}`));
    assert.equal(run('poterne-verify', [file, '--vkey', commune.file('log/keys/log.vkey')]).code, 1);
    for (const suffix of ['', '/receipt']) {
      const stolen = await commune.ask(`/v1/exchanges/${answer.exchange}${suffix}`, { client: 'simple' });
      const unknown = await commune.ask(`/v1/exchanges/0199f0a0-0000-7000-8000-000000000000${suffix}`, { client: 'simple' });
      assert.equal(stolen.status, 404);
      assert.equal(stolen.body, unknown.body);
    }
  });

  test('a keep-alive connection serves many exchanges, and 64 at once are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => commune.ask(target, { headers: procedure })));
    assert.equal(answers.filter((a) => a.status === 200).length, 200);
    assert.equal(new Set(answers.map((a) => a.exchange)).size, 200);
  });

  test('LOG-12: the whole log verifies while it is being written', async () => {
    const done = commune.verify();
    assert.equal(done.code, 0, done.err + done.out);
  });

  test('law 7: listing the log is an entry of the log', () => {
    const first = commune.list().filter((e) => e.type === 'read').length;
    const second = commune.list().filter((e) => e.type === 'read').length;
    assert.equal(second, first + 1);
  });

  test('metrics and health answer on their own listener', async () => {
    const text = await (await fetch(`http://127.0.0.1:${commune.metricsPort}/metrics`)).text();
    assert.match(text, /poterne_exchanges_total\{outcome="delivered"\} \d+/);
    assert.equal((await fetch(`http://127.0.0.1:${commune.metricsPort}/health/ready`)).status, 200);
  });

  test('SIGTERM ends cleanly with code 0', async () => {
    const { code } = await commune.stopDaemon();
    assert.equal(code, 0);
    assert.equal(run('poterne-audit', ['verify', '--log', commune.file('log')]).code, 0);
  });

  test('law 3: no value, case, agent, client or token in any file of the log or any log line', async () => {
    const token = fs.readFileSync(commune.file('tokens/subvention-association'), 'utf8').trim();
    const words = [siren, 'D-2026-0001', 'agent-042', token, known.payload.data.personne_morale_attributs?.raison_sociale].filter((w) => w && w.length > 4);
    const files = fs.readdirSync(commune.file('log'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    assert.ok(files.length > 5);
    for (const file of files) {
      const bytes = fs.readFileSync(path.join(file.parentPath ?? file.path, file.name));
      for (const word of words) assert.equal(bytes.includes(word), false, `${word} in ${file.name}`);
    }
    const lines = commune.daemon.errors.split('\n').filter((line) => line.startsWith('{')).join('\n'); // not the report on the configuration
    for (const word of words) assert.equal(lines.includes(word), false, `${word} in the operational log`);
  });
});
