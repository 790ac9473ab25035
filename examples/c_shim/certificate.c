#include "shim.h"

#include <string.h>

enum { GROUPS = 1, ANOTHER_SERVICE = 2 }; /* what a certificate is for */
enum { AUTHORITIES = 64, SERIAL = 8 };

typedef struct {
    Bytes name;
    uint8_t private_key[KEY], public_key[KEY];
    Bytes revoked;
} Authority;

static Authority authorities[AUTHORITIES];
static size_t authority_count;
static uint64_t last_serial;

int read_certificate(Octets bytes, Certificate *into) {
    Reader reader = {bytes, 0};
    into->role = (int)take_number(&reader, 1);
    into->purpose = (int)take_number(&reader, 1);
    into->from = take_number(&reader, 8);
    into->until = take_number(&reader, 8);
    into->serial = take_number(&reader, SERIAL);
    into->identity = take_short(&reader);
    into->group = take_short(&reader);
    into->authority = take_short(&reader);
    Octets key = take(&reader, KEY);
    into->covered = octets(bytes.at, bytes.size - reader.left.size);
    into->signature = take(&reader, SIGNATURE);
    if (reader.bad || reader.left.size) return 0;
    memcpy(into->key, key.at, KEY);
    return 1;
}

void read_anchor(Octets name, Octets anchor, Trust *into) {
    *into = (Trust){0};
    if (anchor.size < KEY) return;
    put(&into->name, name.at, name.size);
    memcpy(into->key, anchor.at, KEY);
    put(&into->revoked, anchor.at + KEY, anchor.size - KEY);
}

const char *wrong_with(const Certificate *shown, const Trust *trusts, size_t count, int role, Octets group, double now) {
    const Trust *issuer = NULL;
    for (size_t place = 0; place < count; place++)
        if (same(whole(&trusts[place].name), shown->authority)) issuer = &trusts[place];
    if (!issuer) return "an authority that this device does not trust";
    if (!verify(issuer->key, shown->covered, shown->signature)) return "not signed by its authority";
    if (shown->purpose != GROUPS) return "issued for another service";
    if (shown->role != role) return "issued for the other role";
    if (!same(shown->group, group)) return "issued for another group";
#ifdef BREAK_NO_DATES
    now = (double)shown->from;
#endif
    if (now < (double)shown->from) return "not yet valid";
    if (now > (double)shown->until) return "expired";
    for (size_t at = 0; at + SERIAL <= issuer->revoked.size; at += SERIAL) {
        Reader reader = {octets(issuer->revoked.at + at, SERIAL), 0};
        if (take_number(&reader, SERIAL) == shown->serial) return "withdrawn";
    }
    return NULL;
}

static Authority *authority_called(Octets name) {
    for (size_t place = 0; place < authority_count; place++)
        if (same(whole(&authorities[place].name), name)) return &authorities[place];
    if (authority_count == AUTHORITIES) return NULL;
    Authority *made = &authorities[authority_count++];
    put(&made->name, name.at, name.size);
    random_bytes(made->private_key, KEY);
    signing_key_of(made->private_key, made->public_key);
    return made;
}

Bytes anchor_of(Octets name) {
    Authority *authority = authority_called(name);
    Bytes anchor = {0};
    if (authority) put(&anchor, authority->public_key, KEY);
    if (authority) put(&anchor, authority->revoked.at, authority->revoked.size);
    return anchor;
}

/* The private key of a holder, always the same: so the issuer knows its public part again. */
static void holders_key(const Authority *issuer, Octets identity, Octets group, int role, uint8_t private_key[KEY]) {
    Bytes who = {0};
    put_number(&who, (uint64_t)role, 1);
    put_short(&who, group);
    put_short(&who, identity);
    derive(octets(issuer->private_key, KEY), whole(&who), "c_shim holder", private_key, KEY);
}

int issue(Octets identity, Octets group, Octets authority, int role, double from, double until, Octets flaw,
          Bytes *credentials) {
    Authority *issuer = authority_called(authority);
    uint8_t private_key[KEY], public_key[KEY], signing[KEY], signature[SIGNATURE];
    int is_plain = !flaw.size, is_revoked = same(flaw, text("revoked")), lacks_key = same(flaw, text("without-key"));
    if (!issuer || same(flaw, text("explicit-parameters"))) return 0;
    memcpy(signing, issuer->private_key, KEY);
    if (same(flaw, text("issued-by-member")) || same(flaw, text("look-alike-issuer"))) random_bytes(signing, KEY);
    random_bytes(private_key, KEY);
    if (is_plain || lacks_key) holders_key(issuer, identity, group, role, private_key);
    signing_key_of(private_key, public_key);
    if (lacks_key) random_bytes(private_key, KEY);
    uint64_t serial = ++last_serial;
    if (is_revoked) put_number(&issuer->revoked, serial, SERIAL);
    Bytes certificate = {0};
    put_number(&certificate, (uint64_t)role, 1);
    put_number(&certificate, same(flaw, text("wrong-purpose")) ? ANOTHER_SERVICE : GROUPS, 1);
    put_number(&certificate, from > 0 ? (uint64_t)from : 0, 8);
    put_number(&certificate, until > 0 ? (uint64_t)until : 0, 8);
    put_number(&certificate, serial, SERIAL);
    put_short(&certificate, identity);
    put_short(&certificate, group);
    put_short(&certificate, authority);
    put(&certificate, public_key, KEY);
    sign(signing, whole(&certificate), signature);
    put(&certificate, signature, SIGNATURE);
    put_short(credentials, whole(&certificate));
    put(credentials, private_key, KEY);
    return 1;
}
