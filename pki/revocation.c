/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * revocation.c -- see revocation.h: the reasons' words, and how fresh is fresh.
 * Layer 1 (pki).
 */
#include "poterne/pki/revocation.h"

#include "poterne/pki/path.h"

#define HOUR_S 3600

static const struct {
    const char *code;
    const char *text;
} reasons[] = {
#define X(name, code, text) {code, text},
    PT_PATH_REASONS(X)
#undef X
};

const char *pt_path_reason_code(enum pt_path_reason reason)
{
    return (size_t)reason < PT_COUNT(reasons) ? reasons[reason].code : reasons[0].code;
}

const char *pt_path_reason_text(enum pt_path_reason reason)
{
    return (size_t)reason < PT_COUNT(reasons) ? reasons[reason].text : reasons[0].text;
}

const char *pt_path_verdict_name(enum pt_path_verdict verdict)
{
    switch (verdict) {
    case PT_PATH_GOOD:
        return "good";
    case PT_PATH_REVOKED:
        return "revoked";
    case PT_PATH_UNKNOWN:
    default:
        return "unknown";
    }
}

bool pt_path_revocation_compromises(int32_t reason)
{
    return reason != 0 && (reason < 3 || reason > 5);
}

const char *pt_path_revocation_text(int32_t reason)
{
    static const struct {
        int32_t reason;
        const char *text;
    } texts[] = {
        {1, "clé compromise"},           {2, "clé de l'autorité compromise"},
        {3, "changement d'affiliation"}, {4, "certificat remplacé"},
        {5, "fin d'activité"},           {6, "certificat suspendu"},
        {9, "droits retirés"},           {10, "clé de l'autorité d'attributs compromise"},
    };
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        if (texts[i].reason == reason) {
            return texts[i].text;
        }
    }
    return "motif non précisé";
}

/* An unknown level is the strictest. */
int64_t pt_revocation_life_max_s(enum pt_rgs_level level)
{
    switch (level) {
    case PT_RGS_1:
        return (int64_t)144 * HOUR_S;
    case PT_RGS_2:
        return (int64_t)48 * HOUR_S;
    case PT_RGS_3:
    default:
        return (int64_t)36 * HOUR_S;
    }
}

enum pt_path_reason pt_revocation_fresh(enum pt_rgs_level level, int64_t this_update_s,
                                        int64_t next_update_s, int64_t now_s)
{
    if (next_update_s == 0) {
        return PT_CRL_NO_END;
    }
    if (next_update_s <= this_update_s ||
        next_update_s - this_update_s > pt_revocation_life_max_s(level)) {
        return PT_CRL_LIFE;
    }
    if (this_update_s > now_s) {
        return PT_CRL_FUTURE;
    }
    return now_s < next_update_s ? PT_PATH_OK : PT_CRL_STALE;
}

int64_t pt_revocation_half_life_s(int64_t this_update_s, int64_t next_update_s)
{
    return next_update_s > this_update_s ? this_update_s + (next_update_s - this_update_s) / 2
                                         : this_update_s;
}

bool pt_revocation_due(int64_t this_update_s, int64_t next_update_s, int64_t now_s)
{
    return now_s >= pt_revocation_half_life_s(this_update_s, next_update_s);
}
