// SPDX-License-Identifier: EUPL-1.2
// Third parties agree: xmlsec1 and npm jose accept what we seal, and refuse the same changes that we refuse.
// SIG-01, SIG-02, CRY-09: poterne-pki verify on one file of each kind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as jose from 'jose';

const bin = (name) => path.join(process.env.PT_BIN, name);
const AT = '2026-11-24';
let dir;
before(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'poterne-seals-'));
  const made = spawnSync(bin('seal-maker'), [dir], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

const file = (name) => path.join(dir, name);
const kindOf = (name) => /^(p256|p384|rsa)-/.exec(name)[1];
function verify(name, ...more) {
  const kind = kindOf(name);
  const args = ['verify', file(name), '--anchors', file(`${kind}-anchors.pem`), '--tsa-anchors', file(`${kind}-anchors.pem`), '--crl', file(`${kind}-lists.pem`), '--at', AT, '--json', ...more];
  const run = spawnSync(bin('poterne-pki'), args, { encoding: 'utf8' });
  return { status: run.status, err: run.stderr, verdict: run.stdout === '' ? null : JSON.parse(run.stdout) };
}

// --- XML against xmlsec1 -------------------------------------------------------------------------

function xmlsec(name, cwd = dir) {
  const run = spawnSync('xmlsec1', ['--verify', '--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties',
    '--trusted-pem', file(`${kindOf(name)}-root.pem`), '--verification-gmt-time', `${AT} 12:00:00`, name], { cwd, encoding: 'utf8' });
  return run.status === 0;
}

// [what, how]: each changes the text and is refused by both.
const mutations = [
  ['a digest', (t) => t.replace(/<ds:DigestValue>(.)/, (m, c) => m.slice(0, -1) + (c === 'A' ? 'B' : 'A'))],
  ['the value', (t) => t.replace(/<ds:SignatureValue>(.)/, (m, c) => m.slice(0, -1) + (c === 'A' ? 'B' : 'A'))],
  ['the last digest', (t) => t.replace(/<ds:DigestValue>(?=.{44,64}<\/ds:DigestValue><\/ds:Reference><\/ds:SignedInfo>)(.)/, (m, c) => m.slice(0, -1) + (c === 'A' ? 'B' : 'A'))],
  ['the claimed time', (t) => t.replace('2026-11-24T00', '2026-11-23T00')],
  ['the certificate digest', (t) => t.replace(/(<xades:CertDigest>.*?<ds:DigestValue>)(.)/, (m, a, c) => a + (c === 'A' ? 'B' : 'A'))],
  ['the media type', (t) => t.replace('<xades:MimeType>text/xml', '<xades:MimeType>text/html')],
  ['the target of the format', (t) => t.replace(/ObjectReference="#S/, 'ObjectReference="#T')],
  ['a canonical form', (t) => t.replace('CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"', 'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"')],
  ['the signature method', (t) => t.replace(/(SignatureMethod Algorithm="[^"]*)ecdsa-sha(\d+)/, (m, a, n) => `${a}ecdsa-sha${n === '256' ? '384' : '256'}`)],
  ['a digest method', (t) => t.replace(/(<ds:DigestMethod Algorithm=")[^"]*/, '$1http://www.w3.org/2001/04/xmlenc#sha512')],
  ['a reference less', (t) => t.replace(/<ds:Reference Type=.*?<\/ds:Reference>/, '')],
  ['an Id of the properties', (t) => t.replace(/<xades:SignedProperties Id="/, '<xades:SignedProperties Id="x')],
  ['the value taken away', (t) => t.replace(/<ds:SignatureValue>.*?<\/ds:SignatureValue>/s, '<ds:SignatureValue></ds:SignatureValue>')],
];
const inDocument = [
  ['a word of the document', (t) => t.replace('accus', 'refus')],
  ['an attribute of the document', (t) => t.replace('n="1"', 'n="2"')],
  ['an element more', (t) => t.replace('<objet>', '<objet/><objet>')],
  ['another root around it', (t) => t.replace('<demande ', '<r><demande ').replace('</demande>', '</demande></r>')],
];

function refusedByBoth(name, list, content) {
  const text = fs.readFileSync(file(name), 'utf8');
  const changed = `${kindOf(name)}-changed.xml`;
  for (const [what, change] of list) {
    const mutated = change(text);
    assert.notEqual(mutated, text, `${name}: ${what} changes nothing`);
    fs.writeFileSync(file(changed), mutated);
    assert.equal(xmlsec(changed), false, `${name}: xmlsec1 accepts ${what}`);
    const ours = verify(changed, ...content);
    assert.equal(ours.status, 1, `${name}: we accept ${what}`);
    assert.equal(ours.verdict.verdict, 'INVALID', `${name}: ${what}: ${ours.verdict.reason}`);
  }
}

describe('XAdES', () => {
  for (const kind of ['p256', 'p384']) {
    for (const level of ['', '-bt']) {
      test(`xmlsec1 accepts ${kind}-enveloped${level}, and refuses what we refuse`, () => {
        const name = `${kind}-enveloped${level}.xml`;
        assert.equal(xmlsec(name), true);
        const ours = verify(name);
        assert.equal(ours.status, 0, JSON.stringify(ours.verdict));
        assert.equal(ours.verdict.coverage, 'partial'); /* its comment is nobody's */
        const plain = `${kindOf(name)}-plain.xml`;
        fs.writeFileSync(file(plain), fs.readFileSync(file(name), 'utf8').replace('<!-- note -->', ''));
        assert.equal(xmlsec(plain), true);
        assert.equal(verify(plain).verdict.coverage, 'whole');
        assert.equal(ours.verdict.level, level === '' ? 'B-B' : 'B-T');
        refusedByBoth(name, [...mutations, ...inDocument], []);
      });

      test(`xmlsec1 accepts ${kind}-detached${level}, and refuses what we refuse`, () => {
        const name = `${kind}-detached${level}.xml`;
        const content = ['--content', file('demande.xml')];
        assert.equal(xmlsec(name), true);
        assert.equal(verify(name, ...content).status, 0);
        refusedByBoth(name, mutations, content);
        const elsewhere = path.join(dir, `other-${kind}${level}`);
        fs.mkdirSync(elsewhere);
        fs.copyFileSync(file(name), path.join(elsewhere, name));
        fs.writeFileSync(path.join(elsewhere, 'demande.xml'), 'autre chose');
        assert.equal(xmlsec(name, elsewhere), false);
        assert.equal(verify(name, '--content', path.join(elsewhere, 'demande.xml')).verdict.reason, 'digest');
        assert.equal(verify(name).verdict.reason, 'content-absent');
      });
    }
  }

  test('a token that was tampered with makes the seal INVALID', () => {
    const text = fs.readFileSync(file('p256-enveloped-bt.xml'), 'utf8');
    const at = text.indexOf('<xades:EncapsulatedTimeStamp>') + 400;
    fs.writeFileSync(file('p256-token.xml'), text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
    const ours = verify('p256-token.xml');
    assert.equal(ours.status, 1);
    assert.match(ours.verdict.reason, /^token-/);
  });
});

// --- JWS against jose ----------------------------------------------------------------------------

const ALG = { p256: 'ES256', p384: 'ES384', rsa: 'PS384' };
const key = (kind) => jose.importX509(fs.readFileSync(file(`${kind}-seal.pem`), 'utf8'), ALG[kind]);
const options = (kind) => ({ algorithms: [ALG[kind]], crit: { sigD: true } });
const decode = (part) => Buffer.from(part, 'base64url').toString('utf8');
const encode = (text) => Buffer.from(text, 'utf8').toString('base64url');
const flip = (part, at = 0) => part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);
const header = (change) => ([h, p, s]) => [encode(change(decode(h))), p, s];
const jwsMutations = [
  ['the header', ([h, p, s]) => [flip(h, 40), p, s]],
  ['the content', ([h, p, s]) => [h, flip(p, 3), s]],
  ['the value', ([h, p, s]) => [h, p, flip(s, 5)]],
  ['the value cut', ([h, p, s]) => [h, p, s.slice(0, -4)]],
  ['no value', ([h, p]) => [h, p, '']],
  ['alg none', ([h, p]) => [encode(decode(h).replace(/"alg":"[^"]*"/, '"alg":"none"')), p, '']],
  ['alg HS256', header((h) => h.replace(/"alg":"[^"]*"/, '"alg":"HS256"'))],
  ['another alg', header((h) => h.replace(/"alg":"[^"]*"/, '"alg":"ES512"'))],
  ['the time', header((h) => h.replace(/"iat":\d+/, '"iat":1'))],
  ['an unknown critical name', header((h) => h.replace('{', '{"crit":["x-unknown"],"x-unknown":1,'))],
  ['an empty crit', header((h) => h.replace('{', '{"crit":[],'))],
  ['another content', ([h, , s]) => [h, encode('{}'), s]],
  ['a part less', ([h, p]) => [h, p]],
  ['a part more', ([h, p, s]) => [h, p, s, s]],
];

async function joseAccepts(kind, compact) {
  try {
    await jose.compactVerify(compact, await key(kind), options(kind));
    return true;
  } catch {
    return false;
  }
}

describe('JWS', () => {
  for (const kind of ['p256', 'p384', 'rsa']) {
    test(`jose accepts ${kind}-attached.jws, and refuses what we refuse`, async () => {
      const name = `${kind}-attached.jws`;
      const compact = fs.readFileSync(file(name), 'utf8');
      const { payload, protectedHeader } = await jose.compactVerify(compact, await key(kind), options(kind));
      assert.deepEqual(Buffer.from(payload), fs.readFileSync(file('demande.json')));
      assert.equal(protectedHeader.alg, ALG[kind]);
      assert.equal(verify(name).verdict.verdict, 'VALID');
      for (const [what, change] of jwsMutations) {
        const mutated = change(compact.split('.')).join('.');
        assert.notEqual(mutated, compact);
        fs.writeFileSync(file(`${kind}-changed.jws`), mutated);
        assert.equal(await joseAccepts(kind, mutated), false, `jose accepts ${what}`);
        const ours = verify(`${kind}-changed.jws`);
        assert.equal(ours.status, 1, `we accept ${what}`);
        assert.notEqual(ours.verdict.verdict, 'VALID', what);
      }
    });

    test(`jose accepts ${kind}-detached.jws with its content, and refuses what we refuse`, async () => {
      const name = `${kind}-detached.jws`;
      const [h, empty, s] = fs.readFileSync(file(name), 'utf8').split('.');
      const content = encode(fs.readFileSync(file('demande.json'), 'utf8'));
      assert.equal(empty, '');
      assert.equal(await joseAccepts(kind, [h, content, s].join('.')), true);
      assert.equal(verify(name, '--content', file('demande.json')).status, 0);
      assert.equal(verify(name).verdict.reason, 'content-absent');
      for (const [what, change] of jwsMutations.filter(([, c]) => c.length === 1)) {
        const parts = change([h, content, s]);
        const mutated = parts.join('.');
        assert.equal(await joseAccepts(kind, mutated), false, `jose accepts ${what}`);
        fs.writeFileSync(file(`${kind}-changed.jws`), [parts[0], '', ...parts.slice(2)].join('.'));
        fs.writeFileSync(file('changed.json'), Buffer.from(parts[1], 'base64url'));
        assert.equal(verify(`${kind}-changed.jws`, '--content', file('changed.json')).status, 1, `we accept ${what}`);
      }
    });
  }

  test('a JWS of jose without the certificate is INDETERMINATE, never VALID', async () => {
    const { privateKey } = await jose.generateKeyPair('ES256');
    const compact = await new jose.CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    fs.writeFileSync(file('p256-foreign.jws'), `${compact}\n`);
    const ours = verify('p256-foreign.jws');
    assert.equal(ours.status, 1);
    assert.equal(ours.verdict.reason, 'no-certificate');
  });
});

// --- the command ---------------------------------------------------------------------------------

describe('poterne-pki verify', () => {
  const kinds = [
    ['p256-box.asice', 'asic-e', []],
    ['p384-box.asice', 'asic-e', []],
    ['p256-attached.p7s', 'cms-attached', []],
    ['rsa-attached.p7s', 'cms-attached', []],
    ['p256-demande.tst', 'tsr', ['--content', 'demande.json']],
    ['p256-attached.jws', 'jws', []],
    ['p256-enveloped.xml', 'xml-enveloped', []],
  ];
  for (const [name, format, more] of kinds) {
    test(`recognises ${name} by its content`, () => {
      fs.copyFileSync(file(name), file(`${kindOf(name)}-nameless`));
      const ours = verify(`${kindOf(name)}-nameless`, ...more.map((a) => (a.startsWith('--') ? a : file(a))));
      assert.equal(ours.status, 0, `${ours.err} ${JSON.stringify(ours.verdict)}`);
      assert.equal(ours.verdict.format, format);
    });
  }

  const plain = (...args) => spawnSync(bin('poterne-pki'), ['verify', ...args], { encoding: 'utf8' });
  test('exit 2 for a use it does not understand, with a French sentence', () => {
    for (const args of [[], [file('absent')], [file('demande.xml'), file('demande.json')], [file('demande.xml'), '--at', 'hier'],
      [file('demande.xml'), '--level', '****'], [file('demande.xml'), '--anchors', file('absent')]]) {
      const run = plain(...args);
      assert.equal(run.status, 2, args.join(' '));
      assert.notEqual(run.stderr, '');
    }
  });

  test('exit 1 for what is no seal', () => {
    fs.writeFileSync(file('p256-noise'), Buffer.from([1, 2, 3]));
    fs.writeFileSync(file('p256-empty'), '');
    fs.writeFileSync(file('p256-der'), Buffer.from('3003020101', 'hex'));
    for (const name of ['p256-noise', 'p256-empty', 'p256-der', 'p256-root.pem']) {
      const ours = verify(name);
      assert.equal(ours.status, 1, name);
      assert.equal(ours.verdict.verdict, 'INVALID', name);
    }
  });

  test('without anchors nothing is believed; years later neither, without a token', () => {
    const run = plain(file('p256-enveloped.xml'), '--at', AT);
    assert.equal(run.status, 1);
    assert.match(run.stdout, /Verdict/);
    const late = plain(file('p256-enveloped.xml'), '--anchors', file('p256-anchors.pem'), '--crl', file('p256-lists.pem'), '--at', '2029-06-01', '--json');
    assert.equal(JSON.parse(late.stdout).reason, 'expired-no-proof');
  });

  test('with a token, an expired certificate was valid when it sealed: exit 0, and it says so', () => {
    const run = plain(file('p256-enveloped-bt.xml'), '--anchors', file('p256-anchors.pem'), '--tsa-anchors', file('p256-anchors.pem'), '--crl', file('p256-lists-later.pem'), '--at', '2029-06-01');
    assert.equal(run.status, 0, run.stdout);
    assert.match(run.stderr, /ne l'est plus aujourd'hui/);
    const json = plain(file('p256-enveloped-bt.xml'), '--anchors', file('p256-anchors.pem'), '--tsa-anchors', file('p256-anchors.pem'), '--crl', file('p256-lists-later.pem'), '--at', '2029-06-01', '--json');
    assert.equal(JSON.parse(json.stdout).verdict, 'VALID_AT_SIGNING_TIME_EXPIRED_NOW');
  });

  test('an authority of seals dates nothing: a proven time needs --tsa-anchors, and the output says so', () => {
    const trust = ['--anchors', file('p256-anchors.pem'), '--crl', file('p256-lists.pem'), '--at', AT];
    const seal = plain(file('p256-enveloped-bt.xml'), ...trust);
    assert.equal(seal.status, 1, seal.stdout);
    assert.match(seal.stdout, /Jeton d’horodatage non cru : aucune chaîne/);
    assert.match(seal.stdout, /^Jugé au : 2026-11-24T00:00:00.000Z$/m);
    assert.match(seal.stderr, /--tsa-anchors/);
    const json = JSON.parse(plain(file('p256-enveloped-bt.xml'), ...trust, '--json').stdout);
    assert.deepEqual([json.reason, json.token_reason, json.proven_time], ['token-untrusted', 'no-path', null]);
    const token = plain(file('p256-demande.tst'), '--content', file('demande.json'), ...trust);
    assert.equal(token.status, 1);
    assert.match(token.stderr, /--tsa-anchors/);
  });
});
