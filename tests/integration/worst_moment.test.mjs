// SPDX-License-Identifier: EUPL-1.2
// Children that die at the worst moment: service comes back, and the log still says which policy is in force.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };
const both = ['/data/siren', '/data/etat_administratif'];

for (const victim of ['scribe', 'gate']) {
  describe(`a reload during which ${victim} dies`, () => {
    let commune;
    before(async () => {
      commune = await new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: both } } }) } }).start();
    });
    after(() => commune.stop());

    const words = (text) => commune.daemon.errors.split(text).length - 1;
    const served = async () => {
      const answer = await commune.ask(target, { headers }).catch(() => undefined);
      return answer?.status === 200 ? answer : undefined;
    };

    for (const wait of [0, 3, 12, 40]) {
      test(`killed ${wait} ms after SIGHUP: it serves again, and the next reload is taken`, async () => {
        const pid = commune.pids()[victim];
        commune.habilitations.demo.datasets[LEGAL].fields = wait % 2 === 0 ? [both[0]] : both;
        commune.writeHabilitations();
        const deaths = words('"event":"child.died"');
        commune.daemon.kill('SIGHUP');
        await new Promise((resolve) => setTimeout(resolve, wait));
        process.kill(pid, 'SIGKILL');
        await until('the death', () => words('"event":"child.died"') > deaths);
        await until('service', served);
        const before = words('"event":"reload.done"');
        commune.daemon.kill('SIGHUP');
        await until('a reload', () => words('"event":"reload.done"') > before);
        const answer = await until('service', served);
        assert.equal(Object.keys(answer.json.data).length, commune.habilitations.demo.datasets[LEGAL].fields.length);
      });
    }

    test('the last conf entry is of the policy in force, and the log verifies', async () => {
      const policy = commune.list().filter((entry) => entry.type === 'conf').at(-1).conf;
      const before = words('"event":"reload.done"');
      commune.daemon.kill('SIGHUP');
      await until('a reload', () => words('"event":"reload.done"') > before);
      assert.equal(commune.list().filter((entry) => entry.type === 'conf').at(-1).conf, policy);
      assert.equal(commune.verify().code, 0);
    });
  });
}

describe('a daemon beside another one', () => {
  let commune;
  before(async () => {
    commune = await new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: both } } }) } }).start();
  });
  after(() => commune.stop());

  test('LOG-12: a second daemon on the same log directory is refused and changes nothing', async () => {
    const before = commune.list().filter((entry) => entry.type === 'boot').length;
    const second = commune.child('poterned', ['-c', commune.config()]);
    const { code } = await second.ended;
    assert.notEqual(code, 0);
    assert.equal((await commune.ask(target, { headers })).status, 200);
    assert.equal(commune.list().filter((entry) => entry.type === 'boot').length, before);
    assert.equal(commune.verify().code, 0);
  });
});

describe('a daemon started without standard input and output', () => {
  const commune = new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: both } } }) } });
  before(() => commune.prepare());
  after(() => commune.stop());

  test('gives their numbers to nothing else', async () => {
    commune.daemon = commune.child('poterned', ['-c', commune.config()], { launcher: 'exec "$0" "$@" <&- >&-' });
    await until('ready', () => commune.daemon.over || /^ready$/m.test(commune.daemon.errors));
    for (const pid of [commune.daemon.pid, ...Object.values(commune.pids())]) {
      for (const fd of [0, 1]) assert.equal(fs.readlinkSync(`/proc/${pid}/fd/${fd}`), '/dev/null');
    }
  });
});

describe('SIGHUP and SIGTERM at once', () => {
  test('end cleanly, and no gate is started again', async () => {
    const commune = await new Commune({ lanes: 1, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: both } } }) } }).start();
    const ready = () => commune.daemon.errors.split('"event":"child.ready"').length;
    const before = ready();
    commune.daemon.kill('SIGHUP');
    commune.daemon.kill('SIGTERM');
    assert.deepEqual(await commune.daemon.ended, { code: 0, signal: null });
    assert.equal(ready(), before);
    await commune.stop();
  });
});
