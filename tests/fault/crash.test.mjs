// SPDX-License-Identifier: EUPL-1.2
// Law 1 under fire: kill -9 at random points under load, a scribe that hangs, a disk that is full.
// PT_CRASHES sets how many kills (200 for the full campaign).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Commune, cases, habilitation, run, until } from '../integration/commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };
const demo = () => ({ demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) });
const kills = Number(process.env.PT_CRASHES ?? 24);

// What a reader of the whole log must find, whatever happened to its writers.
function checkLog(commune, acknowledged) {
  const entries = commune.list();
  entries.forEach((entry, i) => assert.equal(entry.seq, i, 'no gap in the numbers'));
  const types = new Map();
  for (const entry of entries) if (entry.exchange) types.set(entry.exchange, [...(types.get(entry.exchange) ?? []), entry.type]);
  for (const id of acknowledged) assert.deepEqual(types.get(id), ['asked', 'answered'], `exchange ${id} was acknowledged`);
  const verified = commune.verify();
  assert.equal(verified.code, 0, verified.out + verified.err);
  return entries;
}

describe('kill -9', () => {
  test(`at ${kills} random points under load: no acknowledged answer without its entries, and it serves again`, { timeout: 1200000 }, async () => {
    const commune = await new Commune({ habilitations: demo() }).start();
    const acknowledged = new Set();
    let killed = 0;
    try {
      while (killed < kills) {
        let loading = true;
        const load = Array.from({ length: 12 }, async () => {
          while (loading) {
            try {
              const answer = await commune.ask(target, { headers });
              if (answer.status === 200) acknowledged.add(answer.exchange);
            } catch { await new Promise((resolve) => setTimeout(resolve, 5)); }
          }
        });
        for (const role of ['scribe', 'gate', 'scribe', 'all']) {
          const before = acknowledged.size;
          await until('service', () => commune.daemon.over || acknowledged.size > before + 20, 30000);
          assert.ok(!commune.daemon.over, commune.daemon.errors.slice(-3000));
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
          const pids = commune.pids();
          for (const pid of role === 'all' ? [commune.daemon.pid, pids.gate, pids.scribe] : [pids[role]]) {
            try { process.kill(pid, 'SIGKILL'); } catch { /* it is between two lives */ }
          }
          killed++;
        }
        loading = false;
        await commune.daemon.ended;
        await Promise.all(load);
        for (const agent of Object.values(commune.agents)) agent.destroy();
        commune.agents = {};
        await commune.startDaemon();
      }
      const answer = await commune.ask(target, { headers });
      assert.equal(answer.status, 200);
      acknowledged.add(answer.exchange);
      assert.ok(acknowledged.size > kills);
      const entries = checkLog(commune, acknowledged);
      assert.ok(entries.some((e) => e.type === 'boot'));
      assert.ok(entries.some((e) => e.type === 'gap'), 'a crash of gate is declared');
    } finally {
      await commune.stop();
    }
  });
});

describe('without a log nothing leaves', () => {
  let commune;
  before(async () => { commune = await new Commune({ habilitations: demo(), lanes: 1 }).start(); });
  after(() => commune.stop());

  test('LOG-06: a scribe that hangs means 503, and the State is not asked', { timeout: 60000 }, async () => {
    await commune.ask(target, { headers });
    await commune.forget();
    const { scribe } = commune.pids();
    process.kill(scribe, 'SIGSTOP');
    try {
      const answer = await commune.ask(target, { headers });
      assert.equal(answer.status, 503);
      assert.equal(answer.json.errors[0].code, 'PT300');
      assert.equal(answer.outcome, 'impossible');
      assert.deepEqual(await commune.seen(), []);
    } finally {
      process.kill(scribe, 'SIGCONT');
    }
  });

  test('an answer whose entry cannot be written is not handed on', { timeout: 60000 }, async () => {
    await commune.behave('slow', { delay_ms: 1500 });
    const waiting = commune.ask(target, { headers });
    await until('the call', async () => (await commune.seen()).length > 0);
    const { scribe } = commune.pids();
    process.kill(scribe, 'SIGSTOP');
    try {
      const answer = await waiting;
      assert.equal(answer.status, 503);
      assert.doesNotMatch(answer.body, new RegExp(known.params.siren));
    } finally {
      process.kill(scribe, 'SIGCONT');
    }
  });

  test('it serves again as soon as the scribe does', async () => {
    await until('service', async () => (await commune.ask(target, { headers })).status === 200);
  });
});

describe('a disk that is full', () => {
  test('LOG-06: exchanges stop with 503, and go on when there is room', { timeout: 60000 }, async () => {
    const commune = new Commune({ habilitations: demo(), lanes: 1 });
    const free = () => { const s = fs.statfsSync(commune.dir); return s.bavail * s.bsize; };
    const reserve = Math.floor(free() / (1 << 20)) - 1024; // MiB: one GiB above the floor
    await commune.prepare();
    fs.writeFileSync(commune.config(), fs.readFileSync(commune.config(), 'utf8').replace('retention-months: 36', `retention-months: 36, reserve: ${reserve}`));
    const ballast = commune.file('ballast');
    try {
      await commune.startDaemon();
      assert.equal((await commune.ask(target, { headers })).status, 200);
      assert.equal(spawnSync('fallocate', ['-l', String(3 * 2 ** 30), ballast]).status, 0);
      await commune.forget();
      const answer = await commune.ask(target, { headers });
      assert.equal(answer.status, 503);
      assert.equal(answer.json.errors[0].code, 'PT300');
      assert.deepEqual(await commune.seen(), []);
      fs.unlinkSync(ballast);
      await until('service', async () => (await commune.ask(target, { headers })).status === 200);
      checkLog(commune, []);
    } finally {
      fs.rmSync(ballast, { force: true });
      await commune.stop();
    }
  });
});
