/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * outcome.h -- the five answers an exchange may have, and "not yet" (law 8: truth in errors).
 *
 * "Not known there", "habilitation refused", "request invalid", "impossible now or by nature" and
 * "quota" are never mixed: a failure of the State is never a "no" to the citizen (CRPA L.114-10,
 * LEG-13). Layer 0.
 */
#ifndef POTERNE_OUTCOME_H
#define POTERNE_OUTCOME_H

#define PT_OUTCOMES(X)                                                                             \
    X(PT_OUTCOME_NONE, "none") /* not known yet (asked), or has no meaning */                      \
    X(PT_OUTCOME_DELIVERED, "delivered")                                                           \
    X(PT_OUTCOME_NOT_FOUND, "not-found")   /* the State answers that it knows nothing */           \
    X(PT_OUTCOME_REFUSED, "refused")       /* no right: ours, or the State's for our credential */ \
    X(PT_OUTCOME_INVALID, "invalid")       /* the request is wrong and will stay wrong */          \
    X(PT_OUTCOME_IMPOSSIBLE, "impossible") /* ask the person for the document */                   \
    X(PT_OUTCOME_QUOTA, "quota")           /* too many requests: later */

enum pt_outcome {
#define X(name, text) name,
    PT_OUTCOMES(X)
#undef X
        PT_OUTCOME_COUNT
};

/** Stable text of the `Poterne-Outcome` header and of the leaf's `rc`. */
static inline const char *pt_outcome_name(enum pt_outcome outcome)
{
    static const char *const names[] = {
#define X(name, text) text,
        PT_OUTCOMES(X)
#undef X
    };
    return (unsigned)outcome < (unsigned)PT_OUTCOME_COUNT ? names[outcome] : "none";
}

#endif /* POTERNE_OUTCOME_H */
