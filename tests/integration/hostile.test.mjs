// SPDX-License-Identifier: EUPL-1.2
// A client with a good certificate and bad intentions: it may spoil its own request, nothing else.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const folder = '/entreprise/v4/insee/sirene/unites_legales/';
const target = `${folder}${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };

describe('a hostile client', () => {
  let commune;
  before(async () => {
    commune = await new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) } }).start();
  });
  after(() => commune.stop());

  for (const bad of ['a'.repeat(300), '9'.repeat(4000), '%22', '%5C', '%C2%80', '%E2%80%AE', '%F0%9F%98%80', '%01', '%7F', '%00', '..%2F..']) {
    test(`the identifier ${bad.slice(0, 12)} is refused, and the lane still serves`, async () => {
      const answer = await commune.ask(folder + bad, { headers });
      assert.ok([400, 404, 422].includes(answer.status), `${answer.status}`);
      assert.equal((await commune.ask(target, { headers })).status, 200);
    });
  }

  test('law 3: what it calls a traceparent reaches our log only in the form of one', async () => {
    const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    assert.equal((await commune.ask(target, { headers: { ...headers, traceparent: 'jeanne.martin@exemple.fr' } })).status, 200);
    assert.equal((await commune.ask(target, { headers: { ...headers, traceparent: good } })).status, 200);
    await until('the line', () => commune.daemon.errors.includes(good));
    assert.equal(commune.daemon.errors.includes('jeanne.martin'), false);
  });

  test('a caller that is gone before the answer was not served, and the log says so', async () => {
    const delivered = () => commune.list('--outcome', 'delivered').length;
    const before = delivered();
    await commune.forget();
    await commune.behave('slow', { delay_ms: 500 });
    const cut = await commune.cut(target, headers);
    await until('the call', async () => (await commune.seen()).length > 0);
    cut();
    const gone = () => commune.list().find((entry) => entry.type === 'failed');
    await until('the entry', gone);
    assert.equal(gone().outcome, 'impossible');
    assert.equal(delivered(), before);
  });
});

describe('a crowd without certificate', () => {
  const commune = new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) } });
  const crowd = [];
  before(() => commune.prepare());
  after(() => {
    for (const socket of crowd) socket.destroy();
    return commune.stop();
  });

  test('takes no descriptor that the way to the State needs', async () => {
    await commune.startDaemon({ launcher: 'ulimit -n 200; exec "$0" "$@"' });
    assert.equal((await commune.ask('/nowhere', { headers })).status, 404); // a connection that stays
    for (let i = 0; i < 300; i++) {
      crowd.push(net.connect(commune.port, '127.0.0.1').on('error', () => {}));
      if (i % 50 === 0) await commune.ask('/nowhere', { headers });
    }
    await commune.ask('/nowhere', { headers });
    assert.equal((await commune.ask(target, { headers })).status, 200);
  });
});
