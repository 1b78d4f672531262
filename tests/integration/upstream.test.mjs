// SPDX-License-Identifier: EUPL-1.2
// The State on its bad days: every family of errors becomes one of the outcomes, never a "no" (LEG-13).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { Commune, cases, habilitation, run, top } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };

describe('the State in trouble', () => {
  let commune;
  before(async () => {
    commune = await new Commune({ habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data'] } } }) } }).start();
  });
  after(() => commune.stop());

  const days = [
    ['429', 'quota', 429], ['502', 'impossible', 502], ['503', 'impossible', 503], ['504', 'impossible', 504],
    ['garbage', 'impossible', 502], ['truncated', 'impossible', 502], ['drop', 'impossible', 502], ['reset', 'impossible', 502],
    ['bad-json', 'impossible', 502], ['duplicate-key', 'impossible', 502], ['big', 'impossible', 502], ['redirect', 'impossible', 502],
    ['409', 'impossible', 409],
  ];
  for (const [mode, outcome, status] of days) {
    test(`LEG-13: ${mode} is "${outcome}", recorded as failed, and tells what to do`, async () => {
      await commune.behave(mode, { retry_in: 30 });
      const answer = await commune.ask(target, { headers });
      assert.equal(answer.outcome, outcome);
      assert.equal(answer.status, status);
      assert.equal(answer.json.errors[0].meta.outcome, outcome);
      const entries = commune.list().filter((e) => e.exchange === answer.exchange);
      assert.deepEqual(entries.map((e) => e.type), ['asked', 'failed']);
      assert.equal(entries[1].outcome, outcome);
    });
  }

  test('retry_in of the State is handed on, in the envelope and as Retry-After', async () => {
    await commune.behave('503', { retry_in: 77 });
    const answer = await commune.ask(target, { headers });
    assert.equal(answer.json.errors[0].meta.retry_in, 77);
    assert.equal(answer.headers['retry-after'], '77');
  });

  test('a connection that was reset does not spoil the next exchange', async () => {
    await commune.behave('reset');
    await commune.ask(target, { headers });
    assert.equal((await commune.ask(target, { headers })).outcome, 'delivered');
  });

  test('a company the State does not know is not-found, and answered', async () => {
    const answer = await commune.ask('/entreprise/v4/insee/sirene/unites_legales/732829320', { headers });
    assert.equal(answer.outcome, 'not-found');
    assert.equal(answer.status, 404);
    assert.deepEqual(commune.list().filter((e) => e.exchange === answer.exchange).map((e) => e.type), ['asked', 'answered']);
  });

  test('a State that is down is impossible, and nothing is cached as a "no"', async () => {
    commune.state.kill('SIGKILL');
    await commune.state.ended;
    const answer = await commune.ask(target, { headers });
    assert.equal(answer.outcome, 'impossible');
    assert.equal(answer.json.errors[0].code, 'PT400');
  });
});

// Every official case: 200 comes back byte-equal when everything is allowed, the rest maps to its outcome.
const outcomes = { 200: 'delivered', 400: 'invalid', 401: 'refused', 403: 'refused', 404: 'not-found', 422: 'invalid', 429: 'quota' };
const official = path.join(process.env.PT_SHARED ?? path.join(top, '../shared'), 'data/state-apis/api_entreprise/staging_cases.jsonl');
const files = [path.join(top, 'tests/fixtures/staging/entreprise.jsonl'), ...(fs.existsSync(official) ? [official] : [])];
for (const file of files) {
  describe(`staging cases of ${path.basename(path.dirname(file))}`, () => {
    let commune;
    const all = cases(file).filter((c) => c.path);
    before(async () => {
      const known = JSON.parse(run('poterne-catalogue', ['list', '--format', 'json']).out);
      const datasets = {};
      for (const c of all) {
        const found = known.find((d) => d.path === c.path);
        assert.ok(found, c.path);
        datasets[found.id] = { fields: ['/data', '/links', '/meta'] };
      }
      commune = await new Commune({ caseFiles: [file], habilitations: { demo: habilitation('demo', { datasets }) } }).start();
    });
    after(() => commune.stop());
    for (const [i, c] of all.entries()) {
      test(`${i + 1}. ${c.status} ${c.path}`, async () => {
        const inPath = (name) => c.path.includes(`{${name}}`);
        const where = c.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(c.params[name]));
        const query = new URLSearchParams(Object.entries(c.params).filter(([name]) => !inPath(name) && !['context', 'object', 'recipient'].includes(name)).map(([k, v]) => [k, String(v)]));
        const answer = await commune.ask(`/entreprise${where}${String(query) !== '' ? `?${query}` : ''}`, { headers });
        if (answer.outcome === 'invalid' && answer.json.errors[0].code.startsWith('PT')) {
          assert.notEqual(c.status, 200, answer.body); // an input that Poterne refuses by itself
          return;
        }
        assert.equal(answer.outcome, outcomes[c.status] ?? 'impossible', answer.body);
        if (c.status === 200) assert.deepEqual(answer.json, { links: {}, meta: {}, ...c.payload });
      });
    }
  });
}
