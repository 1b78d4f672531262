#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# ./dev demo [--keep]: a throw-away commune, the State-API simulator, Poterne, and a GRC that asks.
# Everything lives in build/demo and listens on 127.0.0.1 only.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
bin="$top/build/${PT_PRESET:-release}/bin"
demo="$top/build/demo"
keep=no
[ "${1:-}" = "--keep" ] && keep=yes

pids=""
stop() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    for pid in $pids; do wait "$pid" 2>/dev/null || true; done
}
trap stop EXIT
trap 'exit 1' INT TERM

step() { printf '\n== %s\n' "$1"; }
fail() { printf 'demo: %s\n' "$1" >&2; exit 1; }

# $1: file, $2: pattern, $3: what is awaited. At most 15 s.
await() {
    tries=150
    until grep -q "$2" "$1" 2>/dev/null; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { cat "$1" >&2; fail "$3 ne répond pas"; }
        sleep 0.1
    done
}

step "Une commune jetable : clés, certificats, journal ($demo)"
rm -rf "$demo"
mkdir -p "$demo/tokens" "$demo/conf.d"
chmod 700 "$demo"
# a token of the demonstration only, made here, accepted by the simulator only
token=$(openssl rand -hex 24)
(umask 077 && printf '%s\n' "$token" >"$demo/tokens/subvention-association")

cat >"$demo/poterne.yaml" <<EOF
commune:
  siret: "21680999600004"
  name: Commune d'Admiville
  dpo: dpo@admiville.example
listen:
  grc: 127.0.0.1:0
tls:
  certificate: tls/server.pem
  key: tls/server.key
  client-ca: tls/clients-ca.pem
  client-crl: tls/clients.crl
log:
  directory: log
  retention-months: 36
EOF
"$bin/poterne-pki" init -c "$demo/poterne.yaml" --client grc-demo --out "$demo/clients" >"$demo/pki.txt"
cat "$demo/pki.txt"
fingerprint=$(openssl x509 -in "$demo/clients/grc-demo.pem" -outform DER | sha256sum | cut -d' ' -f1)

step "Le simulateur de l'API de l'État"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=localhost" \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
    -keyout "$demo/state.key" -out "$demo/state.pem" 2>/dev/null
"$bin/state-api-sim" --cases "$top/tests/fixtures/staging/entreprise.jsonl" \
    --cert "$demo/state.pem" --key "$demo/state.key" --port 0 --port-file "$demo/state.port" \
    --token-file "$demo/tokens/subvention-association" >"$demo/state.out" 2>&1 &
pids="$pids $!"
await "$demo/state.port" '[0-9]' "le simulateur"
state=$(cat "$demo/state.port")
printf 'https://localhost:%s\n' "$state"

cat >"$demo/conf.d/demo.yaml" <<EOF
upstreams:
  entreprise: { kind: api-entreprise, url: "https://localhost:$state", ca: state.pem }
clients:
  grc-demo:
    certificate-sha256: "$fingerprint"
    habilitations: [subvention-association]
agents:
  agent-042: { service: vie-associative, granted-by: dgs, valid-until: 2099-12-31 }
habilitations:
  subvention-association:
    procedure: subvention-association
    title: Subvention à une association
    legal-mode: demande
    legal-basis: CRPA L.114-8 I
    datapass: "12345"
    valid-from: 2026-01-01
    valid-until: 2099-12-31
    agents: [agent-042]
    upstream: entreprise
    token-file: tokens/subvention-association
    context: Subventions
    object: subvention-association
    datasets:
      entreprise/v4/insee/unites_legales:
        fields: [/data/siren, /data/personne_morale_attributs/raison_sociale, /data/etat_administratif]
EOF

step "Poterne"
"$bin/poterned" -c "$demo/poterne.yaml" --check
"$bin/poterned" -c "$demo/poterne.yaml" 2>"$demo/poterned.log" &
poterned=$!
pids="$poterned $pids"
await "$demo/poterned.log" '^ready$' "poterned"
port=$(sed -n 's/.*"event":"listening".*"grc":\([0-9]*\).*/\1/p' "$demo/poterned.log" | head -n 1)
grc="https://localhost:$port"
printf '%s\n' "$grc"

# $1: path and query; further arguments: headers
ask() {
    path=$1
    shift
    printf '\nGET %s\n' "$path"
    for header in "$@"; do printf '%s\n' "$header"; done
    set -- "$path" "$@"
    args=""
    shift
    for header in "$@"; do args="$args -H '$header'"; done
    eval "curl -sS --max-time 40 --cacert '$demo/tls/server-ca.pem' --cert '$demo/clients/grc-demo.pem' \
        --key '$demo/clients/grc-demo.key' -D '$demo/headers' -o '$demo/body' $args '$grc$path'"
    tr -d '\r' <"$demo/headers" | grep -iE '^(HTTP|poterne-|link)' | sed 's/^/  /'
    sed 's/^/  /' "$demo/body"
    printf '\n'
}
outcome() { tr -d '\r' <"$demo/headers" | sed -n 's/^[Pp]oterne-[Oo]utcome: //p'; }
expect() { [ "$(outcome)" = "$1" ] || fail "issue attendue : $1 ; reçue : $(outcome)"; }
receipt() {
    id=$(tr -d '\r' <"$demo/headers" | sed -n 's/^[Pp]oterne-[Ee]xchange: //p')
    curl -sS --max-time 10 --cacert "$demo/tls/server-ca.pem" --cert "$demo/clients/grc-demo.pem" \
        --key "$demo/clients/grc-demo.key" -o "$demo/$id.tlog-proof" "$grc/v1/exchanges/$id/receipt"
    "$bin/poterne-verify" "$demo/$id.tlog-proof" --vkey "$demo/log/keys/log.vkey"
}

siren=$(sed -n 's/.*unites_legales\/{siren}".*"params": *{"siren": *"\([0-9]*\)".*"status": *200.*/\1/p' \
    "$top/tests/fixtures/staging/entreprise.jsonl" | head -n 1)
[ -n "$siren" ] || fail "aucune entreprise dans les cas du simulateur"

step "1. Un échange habilité : seuls les champs habilités reviennent"
ask "/entreprise/v4/insee/sirene/unites_legales/$siren" "Poterne-Agent: agent-042" "Poterne-Case: D-2026-0001"
expect delivered
receipt

step "2. Un échange qui n'est pas habilité : rien ne part"
ask "/entreprise/v4/urssaf/unites_legales/$siren/attestation_vigilance" "Poterne-Agent: agent-042"
expect refused
receipt

step "3. L'API de l'État est en panne : impossible, jamais un « non »"
curl -sS --max-time 10 --cacert "$demo/state.pem" -X POST -H 'Content-Type: application/json' \
    --data '{"path_prefix":"/v4/insee","mode":"503","retry_in":60,"count":1}' \
    "https://localhost:$state/_sim/behaviour" >/dev/null
ask "/entreprise/v4/insee/sirene/unites_legales/$siren" "Poterne-Agent: agent-042" "Poterne-Case: D-2026-0002"
expect impossible
receipt

step "Ce que le journal en dit"
"$bin/poterne-audit" list -c "$demo/poterne.yaml"

step "Le journal est intact"
"$bin/poterne-audit" verify -c "$demo/poterne.yaml"

if [ "$keep" = yes ]; then
    cat <<EOF

Tout reste en marche :
  GRC       $grc  (certificat $demo/clients/grc-demo.pem, clé $demo/clients/grc-demo.key,
            autorité $demo/tls/server-ca.pem)
  journal   $bin/poterne-audit list -c $demo/poterne.yaml
  arrêt     kill $pids
EOF
    trap - EXIT
    exit 0
fi

step "Arrêt"
kill "$poterned"
wait "$poterned" || fail "poterned s'est mal arrêté"
printf 'fini\n'
