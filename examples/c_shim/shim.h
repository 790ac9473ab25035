/* A small device with a protocol of its own, and what it is made of. See README.md. */
#ifndef SHIM_H
#define SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- bytes.c: byte strings -------------------------------------------------------------------------- */

enum { ROOM = 2400 };

typedef struct { /* bytes that somebody else keeps */
    const uint8_t *at;
    size_t size;
} Octets;

typedef struct { /* bytes of one's own, up to ROOM; what does not fit ends the program */
    size_t size;
    uint8_t at[ROOM];
} Bytes;

typedef struct { /* reads from the front; after a read beyond the end `bad` is set and all is empty or zero */
    Octets left;
    int bad;
} Reader;

Octets octets(const void *at, size_t size);
Octets text(const char *zero_ended);
Octets whole(const Bytes *bytes);
int same(Octets one, Octets other);
void put(Bytes *bytes, const void *at, size_t size);
void put_number(Bytes *bytes, uint64_t value, int size); /* big-endian */
void put_short(Bytes *bytes, Octets value);              /* its length in two bytes, and itself */
Octets take(Reader *reader, size_t size);
uint64_t take_number(Reader *reader, int size);
Octets take_short(Reader *reader);

/* --- json.c: a value of a message by its name, and values written safely -------------------------------- */

typedef Octets Value; /* its text, from the first to the last character; absent: size 0 */

Value member(Value object, const char *name);
Value first(Value array_or_object);                /* the first item, or the first member's name */
Value following(Value array_or_object, Value one); /* the item, name or value after it */
int is_there(Value value);                         /* neither absent nor null */
double number_of(Value value, double otherwise);
Bytes string_of(Value value);
Bytes bytes_of(Value value); /* from base64 */
void write_string(FILE *file, Octets value);
void write_base64(FILE *file, Octets value);

/* --- crypto.c: the primitives of libcrypto: Ed25519, X25519, HKDF-SHA-256, AES-256-GCM ------------------- */

enum { KEY = 32, SIGNATURE = 64, TAG = 16, DIGEST = 32 }; /* a private key is as long as its public one */

void signing_key_of(const uint8_t private_key[KEY], uint8_t public_key[KEY]);
void new_agreement_key(uint8_t private_key[KEY], uint8_t public_key[KEY]);
void random_bytes(uint8_t *at, size_t size);
void sign(const uint8_t private_key[KEY], Octets message, uint8_t signature[SIGNATURE]);
int verify(const uint8_t public_key[KEY], Octets message, Octets signature); /* 1 if it is good */
int agree(const uint8_t private_key[KEY], const uint8_t public_key[KEY], uint8_t secret[KEY]); /* 1 if well */
void digest(Octets message, uint8_t out[DIGEST]);
void derive(Octets secret, Octets salt, const char *purpose, uint8_t *out, size_t size);
/* Both append. The nonce is `counter`: never twice under one key. */
void seal(const uint8_t key[KEY], uint64_t counter, Octets header, Octets plain, Bytes *into);
int open_sealed(const uint8_t key[KEY], uint64_t counter, Octets header, Octets sealed, Bytes *into); /* 1 if good */

/* --- certificate.c: certificates and who issues them ----------------------------------------------------- */

enum { MEMBER = 1, OWNER = 2, TRUSTS_MOST = 8 };

typedef struct { /* as read; names point into its bytes */
    int role, purpose;
    uint64_t from, until, serial;
    Octets identity, group, authority, covered, signature;
    uint8_t key[KEY];
} Certificate;

typedef struct { /* an authority that a device trusts: its key, and the serial numbers that it withdrew */
    Bytes name, revoked;
    uint8_t key[KEY];
} Trust;

int read_certificate(Octets bytes, Certificate *into); /* 1 if it has the right form */
void read_anchor(Octets name, Octets anchor, Trust *into);
/* NULL for good credentials of `role` in `group` at `now`; else why not. */
const char *wrong_with(const Certificate *shown, const Trust *trusts, size_t count, int role, Octets group, double now);
/* Credentials are the certificate, its length before it, and the private key. 0 for a flaw that cannot be made. */
int issue(Octets identity, Octets group, Octets authority, int role, double from, double until, Octets flaw,
          Bytes *credentials);
Bytes anchor_of(Octets authority);

/* --- station.c: one device, the protocol itself ----------------------------------------------------------- */

enum { GROUPS_MOST = 3, LINKS_MOST = 20, PAYLOAD_MOST = 1024, FRAME_MOST = 2048, TOKEN = 8 };
enum { UNICAST = 1, GROUPCAST = 2 };

/* Free; a member that asked, or showed itself; an owner that offered; a session; one that ends. */
typedef enum { FREE, ASKED, SHOWN, OFFERED, UP, ENDING } Phase;

typedef struct { /* numbers that were taken: next is one more than the highest, seen a bit for each of 64 below */
    uint64_t next, seen;
} Window;

typedef struct { /* a hop: what one end keeps of its session with the other, or of the way there */
    Phase phase;
    uint32_t number; /* chosen by the owner, in the clear */
    int address;     /* of the peer, as far as it is known */
    Bytes peer;      /* its identity, once verified */
    uint8_t peer_key[KEY], private_key[KEY], to_peer[KEY], from_peer[KEY], token[TOKEN];
    uint64_t next;
    Window window;
    Bytes ask, offer, resend; /* resend: what is repeated until an answer comes */
    int owes_key;             /* owner: the member has not said yet that it has the group's key */
    int tries, parting;       /* parting: the word that is said three times at the end, LEAVE or BYE */
    double due;
} Link;

typedef struct { /* its part in a group; a member has its session in one link, and in others what ends */
    int is_used, is_owner, owner_address;
    Bytes name, certificate;
    uint8_t private_key[KEY], key[KEY];
    uint32_t epoch;
    uint64_t next;
    Window window;
    Link links[LINKS_MOST];
} Group;

typedef struct { /* it holds no pointer: a copy of it is a clone of the device */
    int address;
    double retry; /* seconds until a frame is repeated */
    size_t trust_count;
    Trust trusts[TRUSTS_MOST];
    Group groups[GROUPS_MOST];
} Station;

void own_group(Station *station, Octets group, Octets credentials, double now);
void join_group(Station *station, Octets group, int owner_address, Octets credentials, double now);
void send_data(Station *station, Octets group, Octets data, Octets to, int cast);
void remove_member(Station *station, Octets group, Octets member, double now);
void leave_group(Station *station, Octets group, double now);
void receive_frame(Station *station, int source, Octets payload, double now);
void on_time(Station *station, double now);
double next_wake(const Station *station); /* 0: none */
int group_address(Octets group);

/* --- main.c: what the device has to tell, in the order in which it came up --------------------------------- */

void tell_frame(int source, int destination, Octets payload);
void tell_joined(Octets group, Octets peer, const uint8_t token[TOKEN]);
void tell_received(Octets group, Octets data, Octets sender, int cast);
void tell(const char *event, Octets group, Octets peer, const char *reason); /* Refused, Left, Rekeyed */
void tell_declined(const char *call, const char *reason);

#endif
