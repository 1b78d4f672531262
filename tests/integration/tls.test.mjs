// SPDX-License-Identifier: EUPL-1.2
// The ANSSI TLS guide v1.2, ticked line by line (R1 to R39) on the real daemon by programs that are
// not ours: openssl s_client, sslscan, testssl.sh. The lists they must find are those that
// `poterne-pki policy` prints, so that this file holds none. docs/tls.md says what stands behind
// each line; .ci/check_tls.py keeps that page and this file together.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Commune, bin, cases, habilitation, run, until } from './commune.mjs';

const LEGAL = 'entreprise/v4/insee/unites_legales';
const options = { lanes: 1, clients: { grc: ['demo'], partante: ['demo'] }, habilitations: { demo: habilitation('demo', { datasets: { [LEGAL]: { fields: ['/data/siren'] } } }) } };

let commune;
let policy;
let scan;

const accepted = (name) => policy.some((row) => row.name === name.toLowerCase() && row.verdict.startsWith('accepté'));
const standard = new Map(); // OpenSSL's name of a suite: its registered name
const groupName = { prime256v1: 'p-256', secp256r1: 'p-256', secp384r1: 'p-384', secp521r1: 'p-521', x25519: 'x25519', X25519: 'x25519' };

function openssl(...args) {
  const done = spawnSync('openssl', args, { encoding: 'utf8', input: '', timeout: 20000 });
  return done.stdout + done.stderr;
}

// One handshake; resolves to everything s_client says. `say`: what is typed once it is connected.
function client(args, { say = 'Q\n', certificate = 'grc', port = commune.port } = {}) {
  const mine = certificate ? ['-cert', commune.file('clients', `${certificate}.pem`), '-key', commune.file('clients', `${certificate}.key`)] : [];
  const child = spawn('openssl', ['s_client', '-connect', `localhost:${port}`, '-servername', 'localhost', '-CAfile', commune.file('tls/server-ca.pem'), ...mine, ...args]);
  let out = '';
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), 20000);
    let said = false;
    const take = (data) => {
      out += data;
      if (!said && /Verify return code/.test(out)) {
        said = true;
        child.stdin.end(say);
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', () => { clearTimeout(limit); resolve(out); });
  });
}
// With a certificate asked for, TLS 1.3 refuses after the client believes itself connected: an answer
// to a request is the proof that it came in.
const REQUEST = 'GET /entreprise HTTP/1.1\r\nHost: localhost\r\nPoterne-Agent: agent-042\r\nConnection: close\r\n\r\n';
// -quiet prints no session block: the request is typed at once.
async function talks(args, certificate = 'grc') {
  const mine = ['-cert', commune.file('clients', `${certificate}.pem`), '-key', commune.file('clients', `${certificate}.key`)];
  const child = spawn('openssl', ['s_client', '-connect', `localhost:${commune.port}`, '-servername', 'localhost', '-quiet', '-CAfile', commune.file('tls/server-ca.pem'), ...mine, ...args]);
  let out = '';
  child.stdout.on('data', (data) => { out += data; });
  child.stderr.on('data', (data) => { out += data; });
  child.stdin.on('error', () => {});
  child.stdin.write(REQUEST);
  const limit = setTimeout(() => child.kill('SIGKILL'), 20000);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  return /HTTP\/1\.1 \d{3}/.test(out);
}

const extensions = (text) => [...text.matchAll(/TLS server extension "([^"]+)" \(id=(\d+)\)/g)].map((m) => Number(m[2])).sort((a, b) => a - b);
const random = (text) => {
  const hex = /, ServerHello\n((?:\s+(?:[0-9a-f]{2} ?)+\n)+)/.exec(text)[1].replace(/\s+/g, '');
  return hex.slice(12, 76); // type 1, length 3, version 2, then 32 octets
};

function sslscan(port) {
  const done = spawnSync('sslscan', ['--no-colour', '--show-sigs', `--certs=${commune.file('clients/grc.pem')}`, `--pk=${commune.file('clients/grc.key')}`, `localhost:${port}`], { encoding: 'utf8', timeout: 60000 });
  assert.equal(done.status, 0, done.stderr);
  const lines = done.stdout.split('\n');
  const all = (pattern) => lines.map((line) => pattern.exec(line)).filter(Boolean);
  return { text: done.stdout,
    protocols: Object.fromEntries(all(/^(SSLv2|SSLv3|TLSv1\.\d)\s+(enabled|disabled)$/).map((m) => [m[1], m[2]])),
    suites: all(/^(?:Preferred|Accepted)\s+(TLSv1\.\d)\s+\d+ bits\s+(\S+)/).map((m) => [m[1], m[2]]),
    groups: all(/^TLSv1\.\d\s+\d+ bits\s+(\S+)(?: \(.*\))?$/).map((m) => m[1]),
    signatures: all(/^TLSv1\.\d\s+((?:ecdsa|rsa|ed)\S+)$/).map((m) => m[1]) };
}

// testssl.sh is slow: the checks that speak of the guide, and no more (about 30 s in all).
function testssl(...checks) {
  const file = commune.file(`testssl-${checks.join('')}.json`);
  const done = spawnSync('testssl', ['--quiet', '--color', '0', '--warnings', 'off', '--openssl', '/usr/bin/openssl', '--nodns', 'none', '--jsonfile', file, ...checks, `localhost:${commune.port}`],
    // it tries the library's abilities on the host "invalid.": no resolver may keep it waiting
    { encoding: 'utf8', timeout: 170000, env: { ...process.env, RES_OPTIONS: 'timeout:1 attempts:1' } });
  assert.ok(fs.existsSync(file), done.stdout + done.stderr);
  return Object.fromEntries(JSON.parse(fs.readFileSync(file, 'utf8')).map((row) => [row.id, row.finding]));
}

function lint(...args) {
  const done = run('poterne-pki', ['lint', commune.file('served.pem'), '--profile', 'auth-serveur', '--issuer', commune.file('tls/server-ca.pem'), '--format', 'json', ...args]);
  assert.ok(done.code === 0 || done.code === 1, done.err);
  return Object.fromEntries(JSON.parse(done.out).map((row) => [row.rule, row]));
}
function ticked(rule, line) {
  const row = lint()[rule];
  assert.equal(row.verdict, 'ok', rule);
  assert.match(row.source, new RegExp(`\\b${line}\\b`));
}

before(async () => {
  commune = await new Commune(options).start();
  policy = JSON.parse(run('poterne-pki', ['policy', '--format', 'json']).out);
  for (const line of openssl('ciphers', '-stdname', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0').split('\n')) {
    const [name, dash, other] = line.split(/\s+/);
    if (dash === '-') standard.set(other, name);
  }
  scan = sslscan(commune.port);
  const shown = await client(['-showcerts']);
  commune.write('served.pem', /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(shown)[0]);
});
after(() => commune.stop());

describe('versions and key exchange', () => {
  test('R1 TLS-15 one profile for known clients: none of the degraded lines (Rx-) is served', async () => {
    for (const suite of ['DHE-RSA-AES256-GCM-SHA384', 'PSK-AES256-GCM-SHA384', 'ECDHE-ECDSA-ARIA256-GCM-SHA384', 'ECDHE-ECDSA-CAMELLIA256-SHA384', 'ECDHE-ECDSA-AES256-SHA384']) {
      assert.ok(!/Cipher is (?!\(NONE\))/.test(await client(['-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`])), suite);
    }
  });

  test('R2 the TLS library is the system\'s: OpenSSL 3 from Debian, updated with it', () => {
    const linked = spawnSync('ldd', [path.join(bin, 'poterned')], { encoding: 'utf8' }).stdout;
    assert.match(linked, /libssl\.so\.3 => \/(usr\/)?lib/);
    assert.match(linked, /libcrypto\.so\.3 => \/(usr\/)?lib/);
  });

  test('R3 TLS-01 TLS 1.3 is preferred, TLS 1.2 is accepted', async () => {
    assert.match(await client([]), /New, TLSv1\.3, Cipher is/);
    assert.match(await client(['-tls1_2']), /New, TLSv1\.2, Cipher is/);
    assert.ok(await talks(['-tls1_3']) && await talks(['-tls1_2']));
  });

  test('R4 TLS-01 SSL 2 and 3, TLS 1.0 and 1.1 are not spoken', async () => {
    assert.deepEqual(scan.protocols, { SSLv2: 'disabled', SSLv3: 'disabled', 'TLSv1.0': 'disabled', 'TLSv1.1': 'disabled', 'TLSv1.2': 'enabled', 'TLSv1.3': 'enabled' });
    for (const version of ['-tls1', '-tls1_1']) {
      assert.match(await client([version, '-cipher', 'ALL:@SECLEVEL=0']), /alert protocol version/);
    }
  });

  test('R5 TLS-03 the server is authenticated: nothing anonymous', async () => {
    assert.match(await client(['-tls1_2', '-cipher', 'aNULL:@SECLEVEL=0']), /alert handshake failure/);
    assert.match(await client(['-verify_return_error']), /Verify return code: 0 \(ok\)/);
  });

  test('R6 TLS-02 every suite has forward secrecy', async () => {
    for (const [version, suite] of scan.suites) assert.ok(version === 'TLSv1.3' || suite.startsWith('ECDHE-'), suite);
    assert.match(await client(['-tls1_2', '-cipher', 'kRSA:@SECLEVEL=0']), /alert handshake failure/);
  });

  test('R7 TLS-02 CRY-05 the groups are those of the policy, P-256 with the library at hand, no finite field', async () => {
    const names = [...new Set(scan.groups.map((name) => groupName[name] ?? name))].sort();
    assert.deepEqual(names, ['p-256', 'p-384', 'x25519']);
    for (const name of names) assert.ok(accepted(name), name);
    for (const group of ['secp224r1', 'secp521r1', 'secp256k1', 'ffdhe2048', 'ffdhe3072', 'X448']) {
      assert.ok(!/Cipher is TLS_/.test(await client(['-tls1_3', '-groups', group])), group);
    }
  });

  test('R8 TLS-03 ECDSA for the server; ECDSA, Ed25519 and RSA-PSS asked of clients, no PKCS#1 v1.5', async () => {
    assert.deepEqual(scan.signatures, ['ecdsa_secp256r1_sha256']);
    const asked = /Requested Signature Algorithms: (\S+)/.exec(await client([]))[1].split(':');
    assert.ok(asked.length >= 8);
    for (const name of asked) assert.match(name, /^(ECDSA\+SHA(256|384|512)|ed25519|RSA-PSS\+SHA(256|384|512)|rsa_pss_pss_sha(256|384|512))$/);
    assert.ok(scan.signatures.every(accepted));
  });
});

describe('suites', () => {
  test('R9 TLS-04 AES, ChaCha20 as the alternative, nothing else', () => {
    for (const [, suite] of scan.suites) assert.match(suite, /AES|CHACHA20/);
  });

  test('R10 TLS-04 authenticated modes only, no CCM-8: exactly what the policy accepts', () => {
    const found = scan.suites.map(([version, suite]) => (version === 'TLSv1.3' ? suite : standard.get(suite)));
    for (const suite of found) assert.ok(accepted(suite), suite);
    for (const [, suite] of scan.suites) assert.match(suite, /GCM|CCM(?!8|_8)|POLY1305/);
    const ours = policy.filter((row) => row.verdict === 'accepté' && /^tls_(?!ecdhe_rsa)/.test(row.name)).map((row) => row.name).sort();
    assert.deepEqual(found.map((suite) => suite.toLowerCase()).sort(), ours); // the key is ECDSA
  });

  test('R11 the hash functions are SHA-2', async () => {
    for (const [version, suite] of scan.suites) if (version === 'TLSv1.3') assert.match(suite, /SHA(256|384)$/);
    assert.ok(!/Cipher is (?!\(NONE\))/.test(await client(['-tls1_2', '-sigalgs', 'ECDSA+SHA1', '-cipher', 'ALL:@SECLEVEL=0'])));
  });

  test('R12 several suites are ready in each version', () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) assert.ok(scan.suites.filter(([v]) => v === version).length >= 4, version);
  });

  test('R13 TLS-05 the order of the server holds', async () => {
    const backwards = await client(['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384']);
    assert.match(backwards, /Cipher is TLS_AES_256_GCM_SHA384/);
    assert.match(await client(['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-GCM-SHA384']), /Cipher is ECDHE-ECDSA-AES256-GCM-SHA384/);
  });
});

describe('extensions, randoms, sessions', () => {
  test('R14 TLS-06 the recommended extensions are there: extended master secret, renegotiation info, groups', async () => {
    const old = await client(['-tls1_2', '-tlsextdebug']);
    assert.ok([23, 65281].every((id) => extensions(old).includes(id)), `${extensions(old)}`);
    assert.match(old, /Extended master secret: yes/);
    const now = extensions(await client(['-tls1_3', '-tlsextdebug']));
    assert.ok([43, 51, 10, 13].every((id) => now.includes(id)), `${now}`); // versions, key share, groups, signatures
  });

  test('R15 of the extensions for special uses the server answers ALPN and names its authorities, no other', async () => {
    const offer = ['-tlsextdebug', '-alpn', 'http/1.1', '-status'];
    const asked = async (version) => extensions(await client([version, ...offer]));
    // 11, ec_point_formats: OpenSSL answers it in TLS 1.2 and cannot be told not to (docs/tls.md)
    assert.deepEqual((await asked('-tls1_2')).filter((id) => ![11, 23, 65281].includes(id)), [16]);
    assert.deepEqual((await asked('-tls1_3')).filter((id) => ![10, 13, 43, 51].includes(id)), [16, 47]);
  });

  test('R16 TLS-06 max_fragment_length is refused; heartbeat, truncated_hmac and early data are not answered', async () => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      assert.match(await client([version, '-maxfraglen', '512']), /alert handshake failure/);
      const ids = extensions(await client([version, '-tlsextdebug']));
      for (const id of [1, 2, 4, 7, 8, 9, 15, 19, 20, 42]) assert.ok(!ids.includes(id), `${id}`);
    }
  });

  test('R17 TLS-14 randoms are random: no two alike, no clock in front', async () => {
    const seen = new Set();
    for (let i = 0; i < 6; i++) {
      const value = random(await client(['-tls1_2', '-msg']));
      assert.equal(value.length, 64);
      assert.ok(Math.abs(parseInt(value.slice(0, 8), 16) - Date.now() / 1000) > 86400, 'a Unix time');
      seen.add(value.slice(0, 48));
    }
    assert.equal(seen.size, 6);
  });

  test('R18 TLS-14 a server that could speak 1.3 ends its 1.2 random with the downgrade mark', async () => {
    assert.equal(random(await client(['-tls1_2', '-msg'])).slice(48), '444f574e47524401');
    assert.notEqual(random(await client(['-tls1_3', '-msg'])).slice(48), '444f574e47524401');
  });

  test('R19 TLS-07 no compression', async () => {
    for (const version of ['-tls1_2', '-tls1_3']) assert.match(await client([version, '-comp']), /Compression: NONE/);
  });

  test('R20 TLS-08 no ticket is issued, so none outlives 24 hours', async () => {
    assert.ok(!(await client(['-tls1_2', '-tlsextdebug'])).includes('session ticket'));
    const out = await client(['-tls1_3', '-ign_eof'], { say: REQUEST }); // up to the answer: tickets come before it
    assert.match(out, /HTTP\/1\.1 \d{3}/);
    assert.ok(!/New Session Ticket|TLS session ticket:/.test(out));
  });

  test('R21 TLS-08 no session is resumed: every connection has its own key exchange', async () => {
    const file = commune.file('session12.pem');
    await client(['-tls1_2', '-sess_out', file]);
    const again = await client(['-tls1_2', ...(fs.existsSync(file) ? ['-sess_in', file] : [])]);
    assert.match(again, /New, TLSv1\.2/);
    assert.ok(!/Reused, /.test(again));
  });

  test('R22 TLS-09 renegotiation_info is there and renegotiation is refused', async () => {
    const out = await client(['-tls1_2'], { say: 'R\n' });
    assert.match(out, /Secure Renegotiation IS supported/);
    assert.match(out, /RENEGOTIATING[^]*no renegotiation/);
  });

  test('R23 TLS-10 no 0-RTT', async () => {
    const out = await client(['-tls1_3']);
    assert.match(out, /Early data was not sent/);
    assert.ok(!/Max Early Data: [1-9]/.test(out));
  });
});

describe('the certificate that is served', () => {
  test('R24 TLS-11 it is signed with SHA-2', () => {
    ticked('signature.digest', 'R24');
    assert.match(openssl('x509', '-in', commune.file('served.pem'), '-noout', '-text'), /Signature Algorithm: ecdsa-with-SHA256/);
  });

  test('R25 TLS-11 it lives 825 days at most', () => {
    ticked('validity.life', 'R25');
    const dates = openssl('x509', '-in', commune.file('served.pem'), '-noout', '-startdate', '-enddate').split('\n').map((line) => Date.parse(line.split('=')[1]));
    assert.ok((dates[1] - dates[0]) / 86400000 <= 825);
  });

  test('R26 TLS-11 its key is large enough, and its RSA exponent would have to be', () => {
    ticked('key.size', 'R26');
    assert.match(lint()['key.exponent'].source, /R26/);
    assert.match(openssl('x509', '-in', commune.file('served.pem'), '-noout', '-text'), /NIST CURVE: P-256/);
  });

  test('R27 TLS-11 its key usage is critical and the right one', () => {
    ticked('ku.critical', 'R27');
    ticked('ku.bits', 'R27');
  });

  test('R28 TLS-11 its extended key usage is serverAuth alone, not critical', () => {
    ticked('eku.present', 'R28');
    ticked('eku.single', 'R28');
    ticked('eku.critical', 'R28');
  });

  test('R29 TLS-11 its SAN names the host', async () => {
    ticked('san.dns', 'R29');
    assert.match(await client(['-verify_hostname', 'localhost', '-verify_return_error']), /Verified peername: localhost/);
    assert.ok(!/Verified peername/.test(await client(['-verify_hostname', 'autre.example', '-verify_return_error'])));
  });

  test('R30 TLS-11 it serves one termination: no wildcard, and no second listener speaks TLS', async () => {
    ticked('san.names', 'R30');
    assert.ok(!/BEGIN CERTIFICATE/.test(await client([], { port: commune.metricsPort })));
  });

  test('R31 one certificate is enough for one method of key exchange, the same in both versions', async () => {
    const print = async (version) => /-----BEGIN CERTIFICATE-----[^]*?-----END/.exec(await client([version]))[0];
    assert.equal(await print('-tls1_2'), await print('-tls1_3'));
    assert.ok(scan.suites.every(([version, suite]) => version === 'TLSv1.3' || suite.startsWith('ECDHE-ECDSA-')));
  });

  test('R32 TLS-11 its AKI is the SKI of its authority', () => {
    ticked('aki.present', 'R32');
    ticked('aki.matches', 'R32');
  });

  test('R33 TLS-11 a source of revocation: wanted at every RGS level, a warning for the commune\'s own authority', () => {
    assert.equal(lint()['revocation.source'].verdict, 'warn');
    assert.equal(lint('--level', '*')['revocation.source'].verdict, 'fail');
  });

  test('R34 TLS-11 the chain is in order and complete', async () => {
    const shown = await client(['-showcerts', '-verify_return_error']);
    assert.match(shown, /Verify return code: 0 \(ok\)/);
    const names = [...shown.matchAll(/^ ?\d s:(.*)\n\s+i:(.*)$/gm)].map((m) => [m[1], m[2]]);
    assert.ok(names.length >= 1);
    for (let i = 1; i < names.length; i++) assert.equal(names[i][0], names[i - 1][1]);
  });
});

describe('revocation and transparency', () => {
  test('R35 no OCSP for the commune\'s own certificate, so nothing is stapled to it', async () => {
    assert.match(await client(['-status']), /OCSP response: no response sent/);
    assert.ok(!/OCSP - URI/.test(openssl('x509', '-in', commune.file('served.pem'), '-noout', '-text')));
  });

  test('R36 a list lasts several of its daily renewals: one that fails stops nobody', () => {
    const crl = () => openssl('crl', '-in', commune.file('tls/clients.crl'), '-noout', '-lastupdate', '-nextupdate', '-crlnumber').split('\n');
    const [from, to, number] = crl();
    const days = (Date.parse(to.split('=')[1]) - Date.parse(from.split('=')[1])) / 86400000;
    assert.equal(days, 6);
    assert.equal(run('poterne-pki', ['renew', '-c', commune.config()]).code, 0);
    assert.notEqual(crl()[2], number);
  });

  test('R37 TLS-12 hard fail: who has no certificate, a stranger\'s or a revoked one is not served', async () => {
    assert.ok(await talks(['-tls1_3'], 'partante'));
    assert.match(await client(['-tls1_2'], { certificate: null }), /alert handshake failure|alert certificate required/);
    assert.equal(run('poterne-pki', ['revoke', 'partante', '-c', commune.config(), '--out', commune.file('clients')]).code, 0);
    commune.daemon.kill('SIGHUP');
    await until('the new list', async () => !(await talks(['-tls1_3'], 'partante')));
    assert.ok(!(await talks(['-tls1_2'], 'partante')));
    assert.ok(await talks(['-tls1_3'], 'grc'));
  });

  test('R38 the commune\'s own certificate is of no public PKI: it stands in no public register', () => {
    const text = openssl('x509', '-in', commune.file('served.pem'), '-noout', '-text');
    assert.ok(!/CT Precertificate SCTs/.test(text));
    assert.match(openssl('verify', commune.file('served.pem')), /unable to get local issuer certificate/);
  });

  test('R39 towards the State only the authorities named in the configuration count', async () => {
    const known = cases().find((c) => c.path === '/v4/insee/sirene/unites_legales/{siren}' && c.status === 200);
    const ask = () => commune.ask(`/entreprise/v4/insee/sirene/unites_legales/${known.params.siren}`, { headers: { 'Poterne-Agent': 'agent-042' } });
    assert.equal((await ask()).status, 200);
    await commune.forget();
    const file = commune.file('conf.d/tests.yaml');
    const conf = fs.readFileSync(file, 'utf8');
    assert.match(conf, /"ca":"state\.pem"/);
    fs.writeFileSync(file, conf.replace('"ca":"state.pem"', '"ca":"tls/server-ca.pem"'));
    commune.daemon.kill('SIGHUP');
    let answer;
    await until('the new authorities', async () => { answer = await ask(); return answer.status !== 200; });
    assert.equal(answer.outcome, 'impossible');
    fs.writeFileSync(file, conf);
    commune.daemon.kill('SIGHUP');
    await until('the old ones', async () => (await ask()).status === 200);
  });
});

describe('seen by others', () => {
  test('R4 R6 R10 testssl.sh finds the same versions, categories and groups TLS-01 TLS-02 TLS-04', { timeout: 180000 }, () => {
    const found = testssl('-p', '-s', '-f');
    for (const id of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1']) assert.equal(found[id], 'not offered', id);
    for (const id of ['NULL', 'aNULL', 'EXPORT', 'LOW', '3DES_IDEA', 'AVERAGE']) assert.equal(found[`cipherlist_${id}`], 'not offered', id);
    assert.equal(found.cipherlist_STRONG, 'offered');
    assert.deepEqual(found.PFS_ECDHE_curves.trim().split(' ').map((name) => groupName[name]), ['p-256', 'p-384', 'x25519']);
    for (const name of found.PFS_ciphers.trim().split(/\s+/)) assert.ok(accepted(name.startsWith('TLS_') ? name : standard.get(name)), name);
  });

  test('R16 R19 R22 testssl.sh finds none of the known weaknesses TLS-07 TLS-09', { timeout: 180000 }, () => {
    const found = testssl('-H', '-I', '-R', '-C', '-W', '-F');
    assert.match(found.heartbleed, /not vulnerable/);
    assert.match(found.CCS, /not vulnerable/);
    assert.equal(found.secure_renego, 'supported');
    for (const id of ['CRIME_TLS', 'SWEET32', 'FREAK']) assert.match(found[id], /not vulnerable/, id);
  });

  // The metrics listener is the one that does not speak TLS: numbers about ourselves, on loopback.
  test('TLS-18 no listener gives data in clear: the door refuses plain HTTP, the metrics name nobody', async () => {
    const plain = (port) => new Promise((resolve) => {
      http.get({ host: '127.0.0.1', port, path: '/metrics' }, (answer) => {
        let body = '';
        answer.on('data', (part) => { body += part; });
        answer.on('end', () => resolve(body));
      }).on('error', () => resolve(null));
    });
    assert.equal(await plain(commune.port), null);
    const body = await plain(commune.metricsPort);
    assert.match(body, /^poterne_exchanges_total/m);
    for (const word of ['agent-042', '21680999600004']) assert.ok(!body.includes(word), word);
    // what ends one day has the name the configuration gives it; nothing else has one
    const named = body.split('\n').filter((line) => !line.startsWith('#') && /name="/.test(line));
    for (const line of named) assert.match(line, /^poterne_expiry_seconds\{kind="[a-z-]+",name="[^"]*"\} /);
  });
});

describe('a server whose key is RSA', () => {
  // A certificate of an RGS provider may well be RSA: the same tables must hold.
  test('R8 R26 RSA-3072: ECDHE-RSA with RSA-PSS, and only the suites of the policy TLS-03 TLS-04', async () => {
    const other = new Commune(options);
    other.writeBase();
    fs.mkdirSync(other.file('tls'), { recursive: true });
    openssl('req', '-x509', '-newkey', 'rsa:3072', '-nodes', '-days', '30', '-subj', '/C=FR/O=Commune/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
      '-keyout', other.file('tls/server.key'), '-out', other.file('tls/server.pem'));
    fs.chmodSync(other.file('tls/server.key'), 0o400);
    await other.start();
    const first = commune;
    commune = other;
    try {
      const found = sslscan(other.port);
      assert.deepEqual([...new Set(found.signatures)].sort(), ['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512']);
      for (const [version, suite] of found.suites) {
        assert.ok(accepted(version === 'TLSv1.3' ? suite : standard.get(suite)), suite);
        assert.ok(version === 'TLSv1.3' || suite.startsWith('ECDHE-RSA-'), suite);
      }
    } finally {
      commune = first;
      await other.stop();
    }
  });
});
