#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# CCC-01: what the linker really did. check_elf.sh FOLDER: every program of ours in it.
# Under a sanitizer FORTIFY is off on purpose, and the sanitizer's libraries come in addition.
set -eu
folder=$1
seen=0
bad=0

# The libraries each program may need; poterne-verify is built to be trusted alone.
declared() {
    case $1 in
    poterne-verify) echo "libc libcrypto" ;;
    poterne-catalogue) echo "libc libm libcrypto libjansson libyaml-0" ;;
    poterne-audit) echo "libc libm libcrypto libssl libjansson libyaml-0 liblmdb" ;;
    poterne-pki) echo "libc libm libcrypto libssl libjansson libyaml-0 liblmdb libxml2 libxmlsec1 libxmlsec1-openssl libzip libz" ;;
    *) echo "libc libm libcrypto libssl libjansson libyaml-0 liblmdb libcurl" ;;
    esac
}

complain() {
    printf '%s: %s\n' "$program" "$1"
    bad=1
}

# $1: extended pattern that must stand in $2
want() { printf '%s\n' "$2" | grep -qE "$1" || complain "$3"; }
refuse() { ! printf '%s\n' "$2" | grep -qE "$1" || complain "$3"; }

check_libraries() {
    sanitized=no
    for library in $(printf '%s\n' "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*\]/\1/p'); do
        case $library in
        libasan | libubsan | libgcov) sanitized=yes ;;
        ld-linux*) ;;
        *) case " $(declared "$program") " in *" $library "*) ;; *) complain "needs $library" ;; esac ;;
        esac
    done
}

check() {
    header=$(readelf -W -h "$1")
    segments=$(readelf -W -l "$1")
    dynamic=$(readelf -W -d "$1")
    symbols=$(readelf -W --dyn-syms "$1")
    want 'Type:[[:space:]]+DYN' "$header" "is not position-independent"
    want 'GNU_RELRO' "$segments" "has no RELRO"
    want 'BIND_NOW|FLAGS_1.* NOW' "$dynamic" "binds lazily"
    want 'GNU_STACK.* RW ' "$segments" "has an executable stack"
    refuse 'LOAD.* RWE ' "$segments" "has a segment both writable and executable"
    refuse 'RPATH|RUNPATH' "$dynamic" "has a run path"
    want '__stack_chk_fail' "$symbols" "has no stack protector"
    check_libraries
    [ "$sanitized" = yes ] || want '__[a-z]+_chk(@|$)' "$symbols" "has no fortified call"
}

for path in "$folder"/poterne*; do
    if [ ! -f "$path" ] || [ ! -x "$path" ]; then
        continue
    fi
    program=$(basename "$path")
    seen=$((seen + 1))
    check "$path"
done
[ "$seen" -gt 0 ] || { echo "no program in $folder"; exit 1; }
printf 'elf: %s programs\n' "$seen"
exit "$bad"
