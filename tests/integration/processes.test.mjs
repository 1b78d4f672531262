// SPDX-License-Identifier: EUPL-1.2
// Who may what, seen from outside: users, capabilities, descriptors of each process (SYS-02, law 5).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Commune, bin, cases, habilitation, run, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
const target = `/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`;
const headers = { 'Poterne-Agent': 'agent-042' };
const demo = () => ({ demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) });
const root = process.getuid() === 0;

const status = (pid, key) => new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
const fds = (pid) => fs.readdirSync(`/proc/${pid}/fd`).map((fd) => { try { return fs.readlinkSync(`/proc/${pid}/fd/${fd}`); } catch { return ''; } });
function sockets(pid, file) {
  const inodes = new Set(fds(pid).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter(Boolean));
  return fs.readFileSync(file, 'utf8').split('\n').slice(1).filter((line) => inodes.has(line.trim().split(/\s+/)[9])).length;
}

describe('the processes', () => {
  let commune;
  let pids;
  before(async () => {
    commune = await new Commune({ habilitations: demo() }).start();
    assert.equal((await commune.ask(target, { headers })).status, 200);
    pids = commune.pids();
  });
  after(() => commune.stop());

  test('SYS-02: three processes, two of them children with one role each', () => {
    assert.deepEqual(Object.keys(pids).sort(), ['gate', 'scribe']);
  });

  test('no child may gain privileges, and none has a capability left', () => {
    for (const pid of Object.values(pids)) {
      assert.equal(status(pid, 'NoNewPrivs'), '1');
      assert.match(status(pid, 'CapEff'), /^0+$/);
      assert.match(status(pid, 'CapPrm'), /^0+$/);
    }
  });

  test('started by root, gate belongs to nobody', { skip: !root && 'needs root' }, () => {
    assert.deepEqual(status(pids.gate, 'Uid').split(/\s+/), ['65534', '65534', '65534', '65534']);
    assert.equal(status(pids.gate, 'Groups').trim(), '');
  });

  test('law 5: gate holds no file of the log, of the configuration or of a key', () => {
    for (const link of fds(pids.gate)) assert.equal(link.startsWith(commune.dir), false, link);
  });

  test('the scribe has no network socket', () => {
    for (const file of ['/proc/net/tcp', '/proc/net/tcp6', '/proc/net/udp']) assert.equal(sockets(pids.scribe, file), 0, file);
  });

  test('CRY-08: no core dump, and no secret in arguments or environment', () => {
    const token = fs.readFileSync(commune.file('tokens/demo'), 'utf8').trim();
    for (const pid of [commune.daemon.pid, ...Object.values(pids)]) {
      assert.match(fs.readFileSync(`/proc/${pid}/limits`, 'utf8'), pid === commune.daemon.pid ? /Max core/ : /Max core file size\s+0\s+0/);
      for (const name of ['cmdline', 'environ']) {
        let bytes = '';
        try { bytes = fs.readFileSync(`/proc/${pid}/${name}`, 'latin1'); } catch { /* not readable: better still */ }
        assert.equal(bytes.includes(token), false);
      }
    }
  });

  test('SYS-04: keys are for their owner only, the socket for its group', () => {
    for (const name of ['log-ed25519.pem', 'log-p256.pem', 'kek', 'keyring']) {
      assert.equal(fs.statSync(commune.file('log/keys', name)).mode & 0o077, 0, name);
    }
    assert.equal(fs.statSync(commune.file('log/audit.sock')).mode & 0o777, 0o660);
  });

  test('a second daemon on the same log is refused and harms nothing', async () => {
    const second = commune.child('poterned', ['-c', commune.config()]);
    const { code } = await second.ended;
    assert.notEqual(code, 0);
    assert.equal((await commune.ask(target, { headers })).status, 200);
    assert.equal(commune.verify().code, 0);
  });

  test('without their supervisor the children end, and the log is intact', async () => {
    commune.daemon.kill('SIGKILL');
    await commune.daemon.ended;
    await until('the end of the children', () => Object.values(pids).every((pid) => !fs.existsSync(`/proc/${pid}`)));
    assert.equal(run('poterne-audit', ['verify', '--log', commune.file('log')]).code, 0);
  });
});

describe('an ordinary user', () => {
  test('may run the whole daemon on files of its own', { skip: !root && 'is what runs these tests' }, async () => {
    const commune = await new Commune({ habilitations: demo() }).prepare();
    try {
      // a copy: the folder of the checkout may be closed to that user
      fs.cpSync(path.join(bin, 'poterned'), commune.file('bin/poterned'));
      fs.cpSync(path.join(bin, '../share'), commune.file('share'), { recursive: true, dereference: true });
      assert.equal(spawnSync('chown', ['-R', '65534:65534', commune.dir]).status, 0);
      commune.daemon = commune.child(commune.file('bin/poterned'), ['-c', commune.config()], { uid: 65534, gid: 65534, cwd: '/' });
      await until('poterned', () => commune.daemon.over || /^ready$/m.test(commune.daemon.errors));
      assert.ok(!commune.daemon.over, commune.daemon.errors);
      commune.port = JSON.parse(commune.daemon.errors.split('\n').find((line) => line.includes('"event":"listening"'))).grc;
      assert.equal((await commune.ask(target, { headers })).status, 200);
    } finally {
      await commune.stop();
    }
  });
});
